# SPDX-License-Identifier: Apache-2.0
"""Limits as people write them: ``include/limits/*.yaml``. Every one must be written down."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ib_provider.domain.account import TradingMode
from ib_provider.domain.contract import SecType
from ib_provider.domain.limits import Limits
from ib_provider.errors import SymbologyError
from ib_provider.rebalance.document_reader import DocumentReader
from ib_provider.rebalance.portfolio_document import NAME_PATTERN
from ib_provider.rebalance.pricing import TRADED_TYPES
from ib_provider.symbology.instrument_id import canonical_id

__all__ = ["MAY_LOOSEN", "parse_limits"]

#: The one key that may be left out: which limits may be loosened for one plan, and how far.
MAY_LOOSEN: Final = "may_loosen"
_KEYS: Final = tuple(field.name for field in fields(Limits))


def parse_limits(source: str, document: object) -> Limits:
    """Return the limits of a document that was loaded from YAML.

    Args:
        source: The file, for messages.
        document: A mapping of plain values.

    Raises:
        ConfigError: With every problem at once, each beginning with its key.
    """
    reader = DocumentReader(document, at="", problems=[])
    reader.only((*_KEYS, MAY_LOOSEN))
    limits = Limits(
        name=reader.text("name", pattern=NAME_PATTERN),
        max_order_value=reader.number("max_order_value", low="0", above=True),
        max_order_quantity=reader.number("max_order_quantity", low="0", above=True),
        max_orders=reader.count("max_orders", low=1),
        max_turnover=reader.number("max_turnover", low="0", above=True),
        max_weight=reader.number("max_weight", low="0", high="5", above=True),
        max_gross=reader.number("max_gross", low="0", high="20", above=True),
        max_net=reader.number("max_net", low="0", high="20"),
        max_adv=_unless_any(reader, "max_adv"),
        max_debit=reader.number("max_debit", low="0"),
        max_price_age_s=float(reader.number("max_price_age_s", low="0", above=True)),
        max_price_move=reader.number("max_price_move", low="0", high="1", above=True),
        max_collar_bp=reader.number("max_collar_bp", low="0", high="1000"),
        max_daily_value=reader.number("max_daily_value", low="0", above=True),
        max_open_value=reader.number("max_open_value", low="0", above=True),
        max_open_orders=reader.count("max_open_orders", low=1),
        max_orders_per_minute=reader.count("max_orders_per_minute", low=1),
        max_orders_per_name=reader.count("max_orders_per_name", low=1),
        duplicate_window_s=float(reader.number("duplicate_window_s", low="0")),
        max_rejects=reader.count("max_rejects", low=1),
        allow_short=reader.flag("allow_short"),
        trading_mode=_mode(reader),
        accounts=_accounts(reader),
        sec_types=_sec_types(reader),
        currencies=reader.texts("currencies", pattern="[A-Z]{3}"),
        allow_instruments=None
        if reader.is_any("allow_instruments")
        else _instruments(reader, "allow_instruments"),
        deny_instruments=_instruments(reader, "deny_instruments", may_be_empty=True),
        time_zone=_time_zone(reader),
        # The only one that need not be there: it allows, and nothing is allowed by default.
        allow_unpriced=reader.has("allow_unpriced") and reader.flag("allow_unpriced"),
    )
    reader.finish(source)
    return limits


def _unless_any(reader: DocumentReader, key: str) -> Decimal | None:
    """Return a share; None where the file says in a word that there is no limit."""
    if reader.is_any(key):
        return None
    return reader.number(key, low="0", high="1", above=True)


def _instruments(
    reader: DocumentReader, key: str, *, may_be_empty: bool = False
) -> tuple[str, ...]:
    """Return stored ids: a spelling that matches no order would allow or deny nothing."""
    found: list[str] = []
    for number, text in enumerate(reader.texts(key, pattern=".+", may_be_empty=may_be_empty)):
        try:
            found.append(canonical_id(text))
        except SymbologyError as error:
            reader.complain(f"{key}[{number}]", str(error))
    return tuple(found)


def _mode(reader: DocumentReader) -> TradingMode:
    text = reader.text("trading_mode", choices=[mode.value for mode in TradingMode])
    return TradingMode(text) if text else TradingMode.PAPER


def _sec_types(reader: DocumentReader) -> tuple[SecType, ...]:
    known = "|".join(TRADED_TYPES)
    return tuple(SecType(text) for text in reader.texts("sec_types", pattern=known))


def _time_zone(reader: DocumentReader) -> str:
    name = reader.text("time_zone")
    try:
        return str(ZoneInfo(name)) if name else name
    except (ValueError, ZoneInfoNotFoundError):
        reader.complain("time_zone", f"{name!r} is no IANA time zone")
        return name


def _accounts(reader: DocumentReader) -> tuple[str, ...]:
    accounts: list[str] = []
    for number, account in enumerate(reader.entries("accounts")):
        key = f"accounts[{number}]"
        if not isinstance(account, str) or not account.strip() or account != account.strip():
            reader.complain(key, f"{account!r} is no account id")
        elif account in accounts:
            reader.complain(key, f"{account!r} is listed twice")
        else:
            accounts.append(account)
    return tuple(accounts)
