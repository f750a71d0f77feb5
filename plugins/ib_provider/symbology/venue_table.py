# SPDX-License-Identifier: Apache-2.0
"""The table of venues: one row each.

Source: IB's exchange listings for the names, ISO 10383 for the MICs. Two IB names may share a MIC
(Xetra's shares and its funds); a venue without a MIC is a pool of IB's own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from ib_provider.domain.contract import SecType

__all__ = ["ALIASES", "ROWS", "FuturesForm", "Venue"]


class FuturesForm(StrEnum):
    """How a future of a venue is asked for."""

    NONE = ""  # the venue lists none under this name
    LETTER = "letter"  # by its local symbol, ESZ7
    MONTH = "month"  # by symbol, class and month: its local symbols are spelt in several ways


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """One exchange.

    Attributes:
        name: IB's name, the last part of an instrument id.
        mic: ISO 10383 market identifier; empty for a pool that has none.
        time_zone: IANA name.
        currency: What its contracts trade in unless they say otherwise.
        calendar: Name in exchange_calendars of the sessions it keeps.
        plain: The security type that a symbol without any mark means here.
        futures: How its futures are asked for.
    """

    name: str
    mic: str
    time_zone: str
    currency: str
    calendar: str
    plain: SecType = SecType.STK
    futures: FuturesForm = FuturesForm.NONE

    @property
    def pairs(self) -> bool:
        """Return whether two currencies and a slash name a contract here."""
        return self.plain in (SecType.CASH, SecType.CRYPTO, SecType.CFD)


_NEW_YORK: Final = "America/New_York"
_CHICAGO: Final = "America/Chicago"
_TORONTO: Final = "America/Toronto"
_LONDON: Final = "Europe/London"
_BERLIN: Final = "Europe/Berlin"
_PARIS: Final = "Europe/Paris"
_ZURICH: Final = "Europe/Zurich"
_HONG_KONG: Final = "Asia/Hong_Kong"
_SYDNEY: Final = "Australia/Sydney"


def _stocks(name: str, mic: str, zone: str, currency: str, calendar: str = "") -> Venue:
    return Venue(name=name, mic=mic, time_zone=zone, currency=currency, calendar=calendar or mic)


def _futures(name: str, mic: str, zone: str, currency: str, calendar: str) -> Venue:
    return Venue(
        name=name,
        mic=mic,
        time_zone=zone,
        currency=currency,
        calendar=calendar,
        plain=SecType.CONTFUT,
        futures=FuturesForm.LETTER,
    )


def _monthly(name: str, mic: str, zone: str, currency: str, calendar: str) -> Venue:
    return replace(_futures(name, mic, zone, currency, calendar), futures=FuturesForm.MONTH)


def _both(name: str, mic: str, zone: str, currency: str, calendar: str = "") -> Venue:
    return replace(_stocks(name, mic, zone, currency, calendar), futures=FuturesForm.MONTH)


def _pool(plain: SecType, name: str, calendar: str, mic: str = "") -> Venue:
    return Venue(
        name=name, mic=mic, time_zone=_NEW_YORK, currency="USD", calendar=calendar, plain=plain
    )


#: All US venues of stocks keep the sessions of the New York Stock Exchange.
ROWS: Final = (
    _stocks("NASDAQ", "XNAS", _NEW_YORK, "USD", "XNYS"),
    _stocks("NYSE", "XNYS", _NEW_YORK, "USD"),
    _stocks("ARCA", "ARCX", _NEW_YORK, "USD", "XNYS"),
    _stocks("AMEX", "XASE", _NEW_YORK, "USD", "XNYS"),
    _stocks("BATS", "BATS", _NEW_YORK, "USD", "XNYS"),
    _stocks("IEX", "IEXG", _NEW_YORK, "USD", "XNYS"),
    _stocks("PINK", "OTCM", _NEW_YORK, "USD", "XNYS"),
    _stocks("TSE", "XTSE", _TORONTO, "CAD"),
    _stocks("VENTURE", "XTSX", _TORONTO, "CAD", "XTSE"),
    _stocks("AEQLIT", "NEOE", _TORONTO, "CAD", "XTSE"),
    _stocks("MEXI", "XMEX", "America/Mexico_City", "MXN"),
    _stocks("LSE", "XLON", _LONDON, "GBP"),
    _stocks("LSEETF", "XLON", _LONDON, "GBP"),
    _stocks("IBIS", "XETR", _BERLIN, "EUR"),
    _stocks("IBIS2", "XETR", _BERLIN, "EUR"),
    _stocks("FWB", "XFRA", _BERLIN, "EUR"),
    _stocks("FWB2", "XFRA", _BERLIN, "EUR"),
    _stocks("SWB", "XSTU", _BERLIN, "EUR"),
    _stocks("GETTEX", "MUNC", _BERLIN, "EUR", "XETR"),
    _stocks("TGATE", "XGAT", _BERLIN, "EUR", "XETR"),
    _stocks("SBF", "XPAR", _PARIS, "EUR"),
    _stocks("AEB", "XAMS", "Europe/Amsterdam", "EUR"),
    _stocks("ENEXT.BE", "XBRU", "Europe/Brussels", "EUR"),
    _stocks("BVL", "XLIS", "Europe/Lisbon", "EUR"),
    _stocks("BVME", "XMIL", "Europe/Rome", "EUR"),
    _stocks("BVME.ETF", "ETFP", "Europe/Rome", "EUR", "XMIL"),
    _stocks("BM", "XMAD", "Europe/Madrid", "EUR"),
    _stocks("EBS", "XSWX", _ZURICH, "CHF"),
    _stocks("VSE", "XWBO", "Europe/Vienna", "EUR"),
    _stocks("SFB", "XSTO", "Europe/Stockholm", "SEK"),
    _stocks("CPH", "XCSE", "Europe/Copenhagen", "DKK"),
    _stocks("HEX", "XHEL", "Europe/Helsinki", "EUR"),
    _stocks("OSE", "XOSL", "Europe/Oslo", "NOK"),
    _stocks("WSE", "XWAR", "Europe/Warsaw", "PLN"),
    _stocks("BUX", "XBUD", "Europe/Budapest", "HUF"),
    _stocks("PRA", "XPRA", "Europe/Prague", "CZK"),
    _stocks("N.TALLINN", "XTAL", "Europe/Tallinn", "EUR"),
    _stocks("N.RIGA", "XRIS", "Europe/Riga", "EUR"),
    _stocks("N.VILNIUS", "XLIT", "Europe/Vilnius", "EUR"),
    _stocks("TASE", "XTAE", "Asia/Jerusalem", "ILS"),
    _stocks("JSE", "XJSE", "Africa/Johannesburg", "ZAR"),
    _stocks("TADAWUL", "XSAU", "Asia/Riyadh", "SAR"),
    _stocks("TSEJ", "XTKS", "Asia/Tokyo", "JPY"),
    _stocks("SEHK", "XHKG", _HONG_KONG, "HKD"),
    _stocks("SEHKNTL", "XSHG", "Asia/Shanghai", "CNH"),
    _stocks("SEHKSTAR", "XSHG", "Asia/Shanghai", "CNH"),
    _stocks("SEHKSZSE", "XSHE", "Asia/Shanghai", "CNH", "XSHG"),
    _stocks("CHINEXT", "XSHE", "Asia/Shanghai", "CNH", "XSHG"),
    _both("SGX", "XSES", "Asia/Singapore", "SGD"),
    _stocks("ASX", "XASX", _SYDNEY, "AUD"),
    _stocks("KRX", "XKRX", "Asia/Seoul", "KRW"),
    _stocks("TWSE", "XTAI", "Asia/Taipei", "TWD"),
    _stocks("BURSAMY", "XKLS", "Asia/Kuala_Lumpur", "MYR"),
    _both("NSE", "XNSE", "Asia/Kolkata", "INR", "XBOM"),
    _futures("CME", "XCME", _CHICAGO, "USD", "CMES"),
    _monthly("CBOT", "XCBT", _CHICAGO, "USD", "CMES"),
    _futures("NYMEX", "XNYM", _NEW_YORK, "USD", "CMES"),
    _futures("COMEX", "XCEC", _NEW_YORK, "USD", "CMES"),
    _futures("KCBT", "XKBT", _CHICAGO, "USD", "CMES"),
    _futures("MGE", "XMGE", _CHICAGO, "USD", "CMES"),
    _futures("CFE", "XCBF", _CHICAGO, "USD", "XCBF"),
    _futures("NYBOT", "IFUS", _NEW_YORK, "USD", "IEPA"),
    _futures("ICECRYPTO", "IFUS", _NEW_YORK, "USD", "IEPA"),
    _futures("IPE", "IFEU", _LONDON, "USD", "IEPA"),
    _futures("ICEEU", "IFLL", _LONDON, "GBP", "XLON"),
    _futures("ICEEUSOFT", "IFLX", _LONDON, "GBP", "XLON"),
    _monthly("LMEOTC", "XLME", _LONDON, "USD", "XLON"),
    _futures("CDE", "XMOD", _TORONTO, "CAD", "XTSE"),
    _monthly("MEXDER", "XEMD", "America/Mexico_City", "MXN", "XMEX"),
    _monthly("EUREX", "XEUR", _BERLIN, "EUR", "XEUR"),
    _monthly("SOFFEX", "XEUR", _ZURICH, "CHF", "XEUR"),
    _monthly("MONEP", "XMON", _PARIS, "EUR", "XPAR"),
    _monthly("MATIF", "XMAT", _PARIS, "EUR", "XPAR"),
    _monthly("FTA", "XEUE", "Europe/Amsterdam", "EUR", "XAMS"),
    _monthly("BELFOX", "XBRD", "Europe/Brussels", "EUR", "XBRU"),
    _monthly("IDEM", "XDMI", "Europe/Rome", "EUR", "XMIL"),
    _monthly("MEFFRV", "XMRV", "Europe/Madrid", "EUR", "XMAD"),
    _monthly("OMS", "XSTO", "Europe/Stockholm", "SEK", "XSTO"),
    _monthly("HKFE", "XHKF", _HONG_KONG, "HKD", "XHKG"),
    _monthly("OSE.JPN", "XOSE", "Asia/Tokyo", "JPY", "XTKS"),
    _futures("SNFE", "XSFE", _SYDNEY, "AUD", "XASX"),
    _monthly("KSE", "XKFE", "Asia/Seoul", "KRW", "XKRX"),
    _stocks("CBOE", "XCBO", _CHICAGO, "USD", "XNYS"),
    _stocks("RUSSELL", "", _NEW_YORK, "USD", "XNYS"),
    _pool(SecType.CASH, "IDEALPRO", "24/5"),
    _pool(SecType.CRYPTO, "PAXOS", "24/7"),
    _pool(SecType.CRYPTO, "ZEROHASH", "24/7"),
    _pool(SecType.CFD, "IBCFD", "24/5"),
    _pool(SecType.CMDTY, "IBCMDTY", "24/5"),
    _pool(SecType.FUND, "FUNDSERV", "XNYS"),
)

#: Names that IB has retired, or gives to a tier or a route of the same venue.
ALIASES: Final = {
    "GLOBEX": "CME",
    "ECBOT": "CBOT",
    "NYMEX.NYM": "NYMEX",
    "ISLAND": "NASDAQ",
    "NASDAQ.NMS": "NASDAQ",
    "NASDAQ.SCM": "NASDAQ",
    "XETRA": "IBIS",
    "DTB": "EUREX",
    "IDEAL": "IDEALPRO",
    "FXCONV": "IDEALPRO",
}
