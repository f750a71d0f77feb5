# SPDX-License-Identifier: Apache-2.0
"""Contracts of every kind as a gateway answers them, made by hypothesis."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from ib_provider.domain.contract import Contract, SecType
from ib_provider.symbology.futures_roots import is_known_root, root_symbol

__all__ = ["qualified_contracts"]

_DAYS = st.dates(date(2005, 1, 1), date(2059, 12, 31))
_CON_IDS = st.integers(1, 2**31 - 1)
_LETTERS = "FGHJKMNQUVXZ"
_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def _text(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True)


@st.composite
def _stocks(draw: st.DrawFn) -> Contract:
    venue, currency = draw(
        st.sampled_from(
            (("NASDAQ", "USD"), ("ARCA", "USD"), ("LSE", "GBP"), ("LSE", "USD"), ("EBS", "CHF"),
             ("EBS", "USD"), ("ASX", "AUD"), ("SFB", "SEK"), ("NSE", "INR"), ("SGX", "SGD"))
        )
    )  # fmt: skip
    local = draw(_text(r"[A-Z0-9]{1,5}([ .&-][A-Z0-9]{1,3})?\.?"))
    symbol = draw(st.sampled_from((local, local.replace(" ", "."))))
    exchange = draw(st.sampled_from(("SMART", venue)))
    return Contract(
        con_id=draw(_CON_IDS), symbol=symbol, local_symbol=local, currency=currency,
        exchange=exchange, primary_exchange=venue, trading_class=draw(_text("[A-Z]{3}")),
    )  # fmt: skip


@st.composite
def _futures(draw: st.DrawFn) -> Contract:
    venue, currency = draw(
        st.sampled_from(
            (("CME", "USD"), ("CBOT", "USD"), ("NYMEX", "USD"), ("EUREX", "EUR"), ("HKFE", "HKD"),
             ("OSE.JPN", "JPY"), ("SNFE", "AUD"), ("SGX", "USD"), ("SGX", "SGD"))
        )
    )  # fmt: skip
    root = draw(_text("[A-Z][A-Z0-9]{0,4}|[0-9][A-Z]"))
    last = draw(_DAYS)
    letter, name = _LETTERS[last.month - 1], _NAMES[last.month - 1]
    local = draw(
        st.sampled_from(
            (f"{root}{letter}{last.year % 10}", f"{root:<4} {name} {last:%y}",
             f"{root} {last:%Y%m%d} M", f"{root}_{last:%Y%m%d}", f"{last:%y%m%d}018")
        )
    )  # fmt: skip
    symbol = root_symbol(venue, root) if is_known_root(venue, root) else "XYZ"
    return Contract(
        con_id=draw(_CON_IDS), sec_type=SecType.FUT, symbol=symbol,
        local_symbol=local, trading_class=root, last_trade_date=f"{last:%Y%m%d}", exchange=venue,
        currency=currency,
    )  # fmt: skip


@st.composite
def _options(draw: st.DrawFn) -> Contract:
    root, last = draw(_text("[A-Z]{1,5}[0-9]?")), draw(_DAYS)
    right, strike = draw(st.sampled_from("CP")), Decimal(draw(st.integers(1, 9_999_999))) / 1000
    style = draw(st.sampled_from(("", " M", " W", " M 1")))
    plain = format(strike.normalize(), "f")
    occ = f"{root:<6}{last:%y%m%d}{right}{int(strike * 1000):08}"
    local, venue, currency = draw(
        st.sampled_from(
            ((occ, "SMART", "USD"), (occ, "CBOE", "USD"), (occ, "CDE", "CAD"),
             (f"{right} {root} {last:%Y%m%d} {plain}{style}", "EUREX", "EUR"))
        )
    )  # fmt: skip
    return Contract(
        con_id=draw(_CON_IDS), sec_type=SecType.OPT, symbol=draw(st.sampled_from((root, "XYZ"))),
        local_symbol=local, trading_class=root, last_trade_date=f"{last:%Y%m%d}", strike=strike,
        right=right, exchange=venue, currency=currency,
    )  # fmt: skip


@st.composite
def _options_on_futures(draw: st.DrawFn) -> Contract:
    root, last, right = draw(_text("[A-Z][A-Z0-9]{0,3}")), draw(_DAYS), draw(st.sampled_from("CP"))
    strike = draw(_text(r"[1-9][0-9]{0,4}(\.[0-9]?[1-9])?"))
    local = f"{root}{_LETTERS[last.month - 1]}{last.year % 10} {right}{strike}"
    return Contract(
        con_id=draw(_CON_IDS), sec_type=SecType.FOP, symbol=root, local_symbol=local,
        trading_class=root, last_trade_date=f"{last:%Y%m%d}", strike=Decimal(strike), right=right,
        exchange=draw(st.sampled_from(("CME", "NYMEX", "NYBOT"))), currency="USD",
    )  # fmt: skip


@st.composite
def _others(draw: st.DrawFn) -> Contract:
    symbol, currency = draw(_text("[A-Z]{3}")), draw(_text("[A-Z]{3}"))
    kind, venue, local = draw(
        st.sampled_from(
            ((SecType.CASH, "IDEALPRO", f"{symbol}.{currency}"), (SecType.IND, "EUREX", symbol),
             (SecType.CRYPTO, "PAXOS", f"{symbol}.{currency}"), (SecType.CFD, "SMART", symbol),
             (SecType.CRYPTO, "ZEROHASH", f"{symbol}.{currency}"), (SecType.CMDTY, "SMART", symbol),
             (SecType.CFD, "SMART", f"{symbol}.{currency}"), (SecType.BOND, "SMART", ""),
             (SecType.FUND, "FUNDSERV", symbol), (SecType.WAR, "SWB", f"{symbol} 27 CALL"),
             (SecType.IOPT, "NEWVENUE", f"{symbol}x1"), (SecType.CONTFUT, "CME", f"{symbol}H7"))
        )
    )  # fmt: skip
    return Contract(
        con_id=draw(_CON_IDS), sec_type=kind, symbol=symbol, local_symbol=local, exchange=venue,
        currency=currency,
    )  # fmt: skip


def qualified_contracts() -> st.SearchStrategy[Contract]:
    """Return contracts of every kind but combinations."""
    return st.one_of(_stocks(), _futures(), _options(), _options_on_futures(), _others())
