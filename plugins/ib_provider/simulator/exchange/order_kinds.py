# SPDX-License-Identifier: Apache-2.0
"""Order types and times in force as a table. Code that asks what an order needs looks here.

Source: IB's order type pages as remembered; which combinations are refused is a guess where no
capture shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

__all__ = ["KNOWN_ELSEWHERE", "TIMES", "OrderKind", "Trigger", "kind_of", "time_fits"]


class Trigger(Enum):
    """What an order waits for before it works."""

    NONE = "none"
    STOP = "stop"  # the market moves against it
    TOUCH = "touch"  # the market moves in its favour
    TRAIL = "trail"  # the market moves against it from its best


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderKind:
    """One order type.

    Attributes:
        limit: It must name a limit price.
        stop: It must name a stop or trigger price.
        caps: It may name a limit price that caps a price of its own.
        times: The times in force it can have.
        outside: It can trade outside regular hours.
        late: It can be changed into, and from, the other such types.
    """

    name: str
    limit: bool = False
    stop: bool = False
    caps: bool = False
    trigger: Trigger = Trigger.NONE
    at_close: bool = False
    times: frozenset[str]
    outside: bool = False
    changeable: bool = True


TIMES: Final = frozenset({"DAY", "GTC", "IOC", "FOK", "GTD", "OPG"})
_RESTING: Final = frozenset({"DAY", "GTC", "GTD"})
_PLAIN: Final = TIMES
_DAY: Final = frozenset({"DAY"})

_KINDS: Final = {
    kind.name: kind
    for kind in (
        OrderKind(name="MKT", times=_PLAIN),
        OrderKind(name="LMT", limit=True, times=_PLAIN, outside=True),
        OrderKind(name="STP", stop=True, trigger=Trigger.STOP, times=_RESTING | {"IOC"}),
        OrderKind(
            name="STP LMT",
            limit=True,
            stop=True,
            trigger=Trigger.STOP,
            times=_RESTING | {"IOC"},
            outside=True,
        ),
        OrderKind(name="MIT", stop=True, trigger=Trigger.TOUCH, times=_RESTING, outside=True),
        OrderKind(
            name="LIT",
            limit=True,
            stop=True,
            trigger=Trigger.TOUCH,
            times=_RESTING,
            outside=True,
        ),
        OrderKind(name="MTL", times=_RESTING, changeable=False),
        OrderKind(name="TRAIL", trigger=Trigger.TRAIL, times=_RESTING, outside=True),
        OrderKind(name="TRAIL LIMIT", trigger=Trigger.TRAIL, times=_RESTING, outside=True),
        OrderKind(name="MOC", at_close=True, times=_DAY, changeable=False),
        OrderKind(name="LOC", limit=True, at_close=True, times=_DAY, changeable=False),
        OrderKind(name="MIDPRICE", caps=True, times=_DAY, changeable=False),
        OrderKind(name="REL", caps=True, times=_RESTING, changeable=False),
    )
}
_SPELLINGS: Final = {"STPLMT": "STP LMT", "TRAILLMT": "TRAIL LIMIT", "TRAIL LMT": "TRAIL LIMIT"}

#: IB has them, this exchange does not: refused with 387, not as a mistake.
KNOWN_ELSEWHERE: Final = frozenset(
    {
        "BOX TOP",
        "MKT PRT",
        "PASSV REL",
        "PEG BENCH",
        "PEG BEST",
        "PEG MID",
        "PEG MKT",
        "PEG PRIM",
        "PEG STK",
        "REL + LMT",
        "REL + MKT",
        "SNAP MID",
        "SNAP MKT",
        "SNAP PRIM",
        "STP PRT",
        "VOL",
        "VWAP",
    }
)


def kind_of(order_type: str) -> OrderKind | None:
    """Return the type of IB's spelling, or None where the exchange has no such type."""
    return _KINDS.get(_SPELLINGS.get(order_type, order_type))


def time_fits(kind: OrderKind, tif: str, *, algo: bool) -> bool:
    """Return whether an order of a type can live that way."""
    if algo and tif not in _RESTING:
        return False
    return tif in kind.times
