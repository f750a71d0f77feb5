# SPDX-License-Identifier: Apache-2.0
"""The generic ticks that a request for quotes may name, by the kind of contract.

Source: TWS API, "Available Tick Types" and the text of error 321. The market answers those with a
``told`` mark; the others are legal and stay silent, as they do at a gateway that has no such data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.simulator.refusal import Refusal, invalid

__all__ = ["GENERIC_TICKS", "NO_BASE_TICKS", "GenericTick", "parse_generic_ticks"]

NO_BASE_TICKS: Final = "mdoff"
_STOCK, _INDEX = (SecType.STK,), (SecType.IND,)
_FUTURE = (SecType.FUT, SecType.CONTFUT)
_OPTION = (SecType.OPT, SecType.FOP, SecType.WAR)
_ALL = (
    *_STOCK, *_INDEX, *_FUTURE, *_OPTION, SecType.CASH, SecType.CFD, SecType.CMDTY,
    SecType.CRYPTO, SecType.BOND, SecType.FUND, SecType.BAG,
)  # fmt: skip
_TRADED = (*_STOCK, *_INDEX, *_FUTURE, *_OPTION, SecType.CFD, SecType.CRYPTO, SecType.BAG)


@dataclass(frozen=True, slots=True)
class GenericTick:
    """One generic tick. ``told``: whether this market has such data."""

    number: int
    name: str
    sec_types: tuple[SecType, ...]
    told: bool = False


GENERIC_TICKS: Final = {
    tick.number: tick
    for tick in (
        GenericTick(100, "Option Volume", (*_STOCK, *_INDEX)),
        GenericTick(101, "Option Open Interest", (*_STOCK, *_INDEX, *_OPTION)),
        GenericTick(104, "Historical Volatility", (*_STOCK, *_INDEX), told=True),
        GenericTick(105, "Average Opt Volume", (*_STOCK, *_INDEX)),
        GenericTick(106, "Option Implied Volatility", (*_STOCK, *_INDEX, *_OPTION), told=True),
        GenericTick(162, "Index Future Premium", _INDEX),
        GenericTick(165, "Misc. Stats", (*_STOCK, *_INDEX), told=True),
        GenericTick(220, "Creditman", _STOCK),
        GenericTick(221, "Mark Price", _ALL, told=True),
        GenericTick(225, "Auction", _ALL),
        GenericTick(232, "Pl Price", _ALL, told=True),
        GenericTick(233, "RTVolume", _TRADED, told=True),
        GenericTick(236, "Shortable", _STOCK, told=True),
        GenericTick(256, "Inventory", _STOCK),
        GenericTick(258, "Fundamentals", _STOCK),
        GenericTick(291, "Close Implied Volatility", (*_STOCK, *_INDEX, *_OPTION)),
        GenericTick(292, "Wide News", _ALL),
        GenericTick(293, "TradeCount", _TRADED, told=True),
        GenericTick(294, "TradeRate", _TRADED, told=True),
        GenericTick(295, "VolumeRate", _TRADED, told=True),
        GenericTick(318, "LastRTHTrade", _TRADED, told=True),
        GenericTick(370, "ParticipationMonitor", _STOCK),
        GenericTick(375, "RTTrdVolume", _TRADED, told=True),
        GenericTick(377, "CttTickTag", _STOCK),
        GenericTick(381, "IB Rate", _STOCK),
        GenericTick(384, "RfqTickRespTag", _ALL),
        GenericTick(387, "DMM", _STOCK),
        GenericTick(388, "Issuer Fundamentals", _STOCK),
        GenericTick(391, "IBWarrantImpVolCompeteTick", (SecType.WAR,)),
        GenericTick(405, "Index Capabilities", _INDEX),
        GenericTick(407, "FuturesMargins", _FUTURE),
        GenericTick(411, "Real-time Historical Volatility", _STOCK, told=True),
        GenericTick(428, "Monetary Close Price", _ALL),
        GenericTick(439, "MonitorTickTag", _ALL),
        GenericTick(456, "IBDividends", _STOCK, told=True),
        GenericTick(459, "RTCLOSE", _STOCK),
        GenericTick(460, "Bond Factor Multiplier", (SecType.BOND,), told=True),
        GenericTick(499, "Fee and Rebate Rate", _STOCK),
        GenericTick(506, "midpriv", (*_STOCK, *_OPTION)),
        GenericTick(576, "ETF NAV Bid/Ask", _STOCK),
        GenericTick(577, "ETF NAV Last", _STOCK),
        GenericTick(578, "ETF NAV Close", _STOCK),
        GenericTick(586, "IPO Prices", _STOCK),
        GenericTick(587, "Pl Price Delayed", _ALL),
        GenericTick(588, "Futures Open Interest", _FUTURE, told=True),
        GenericTick(595, "Short-Term Volume X Mins", _STOCK, told=True),
        GenericTick(614, "ETF NAV High/Low", _STOCK),
        GenericTick(619, "Slow Mark Price", _ALL),
        GenericTick(623, "ETF Frozen NAV Last", _STOCK),
    )
}
"""Number → generic tick."""


def parse_generic_ticks(text: str, sec_type: SecType) -> frozenset[int] | Refusal:
    """Return the numbers a list names; ``mdoff`` and news providers (``292:BRFG``) are no numbers.

    Returns:
        Error 321 where one is no number, or not for that kind of contract.
    """
    wanted = set()
    for entry in text.split(","):
        name = entry.strip().partition(":")[0]
        if name in ("", NO_BASE_TICKS):
            continue
        tick = GENERIC_TICKS.get(int(name)) if name.isascii() and name.isdigit() else None
        if tick is None or sec_type not in tick.sec_types:
            legal = ",".join(
                f"{known.number}({known.name})"
                for known in GENERIC_TICKS.values()
                if sec_type in known.sec_types
            )
            return invalid(
                f"Incorrect generic tick list of {text}.  Legal ones for ({sec_type}) are: {legal}."
            )
        wanted.add(tick.number)
    return frozenset(wanted)
