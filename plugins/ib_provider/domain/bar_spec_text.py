# SPDX-License-Identifier: Apache-2.0
"""Bar specifications as people write them: ``1-HOUR-LAST``, and back.

Rules:
    * ``STEP-UNIT-KIND``: the step and the unit name one of IB's bar sizes, the kind what the bars
      are made of. Case does not matter, the rendered form is the canonical one.
    * Regular hours are not part of the text: the same specification is collected either way.
    * A pair that IB does not serve is refused with the ones it does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ib_provider.domain.bar import BarSize, BarSpec, WhatToShow
from ib_provider.domain.contract import SecType
from ib_provider.errors import ConfigError

__all__ = ["KINDS", "SERVED_KINDS", "check_served", "parse_bar_spec", "render_bar_spec"]

_UNITS: Final = {"sec": "SECOND", "min": "MINUTE", "hour": "HOUR", "day": "DAY"}
_COUNTED: Final = re.compile(r"(\d+) ([a-z]+?)s?")

#: The last part of a specification; the words of a chart, not of the wire.
KINDS: Final[Mapping[str, WhatToShow]] = {
    "LAST": WhatToShow.TRADES,
    "AGG_LAST": WhatToShow.AGGTRADES,
    "MID": WhatToShow.MIDPOINT,
    "BID": WhatToShow.BID,
    "ASK": WhatToShow.ASK,
    "BID_ASK": WhatToShow.BID_ASK,
    "ADJUSTED": WhatToShow.ADJUSTED_LAST,
    "HISTORICAL_VOLATILITY": WhatToShow.HISTORICAL_VOLATILITY,
    "IMPLIED_VOLATILITY": WhatToShow.OPTION_IMPLIED_VOLATILITY,
    "FEE_RATE": WhatToShow.FEE_RATE,
    "YIELD_BID": WhatToShow.YIELD_BID,
    "YIELD_ASK": WhatToShow.YIELD_ASK,
    "YIELD_BID_ASK": WhatToShow.YIELD_BID_ASK,
    "YIELD_LAST": WhatToShow.YIELD_LAST,
    "SCHEDULE": WhatToShow.SCHEDULE,
}
_KIND_TEXTS: Final = {what: text for text, what in KINDS.items()}

_PRICES: Final = frozenset(
    {WhatToShow.MIDPOINT, WhatToShow.BID, WhatToShow.ASK, WhatToShow.BID_ASK, WhatToShow.SCHEDULE}
)
_TRADED: Final = _PRICES | {WhatToShow.TRADES}
_VOLATILITIES: Final = frozenset(
    {WhatToShow.HISTORICAL_VOLATILITY, WhatToShow.OPTION_IMPLIED_VOLATILITY}
)
_YIELDS: Final = frozenset(
    {
        WhatToShow.YIELD_BID,
        WhatToShow.YIELD_ASK,
        WhatToShow.YIELD_BID_ASK,
        WhatToShow.YIELD_LAST,
    }
)

#: What IB serves of each security type. Source: TWS API, "Available Data per Product".
SERVED_KINDS: Final[Mapping[SecType, frozenset[WhatToShow]]] = {
    SecType.STK: _TRADED | _VOLATILITIES | {WhatToShow.ADJUSTED_LAST, WhatToShow.FEE_RATE},
    SecType.IND: _VOLATILITIES | {WhatToShow.TRADES, WhatToShow.SCHEDULE},
    SecType.CASH: _PRICES,
    SecType.FUT: _TRADED,
    SecType.CONTFUT: _TRADED,
    SecType.OPT: _TRADED,
    SecType.FOP: _TRADED,
    SecType.WAR: _TRADED,
    SecType.CRYPTO: _TRADED | {WhatToShow.AGGTRADES},
    SecType.BOND: _TRADED | _YIELDS,
    SecType.FUND: _PRICES,
    SecType.CMDTY: _PRICES,
    SecType.CFD: _PRICES,
}


def parse_bar_spec(text: str, *, rth: bool = True) -> BarSpec:
    """Return the kind of bar that a text such as ``1-HOUR-LAST`` names.

    Raises:
        ConfigError: It names none; with the bar sizes or the kinds that there are.
    """
    step, dash, rest = text.strip().upper().partition("-")
    unit, second, kind = rest.partition("-")
    if not dash or not second:
        raise _refused(text, "it is not STEP-UNIT-KIND, such as 1-HOUR-LAST")
    size = _SIZE_OF.get(f"{step}-{unit}")
    if size is None:
        raise _refused(text, f"no bar size {step}-{unit}; there are {', '.join(_SIZE_OF)}")
    what = KINDS.get(kind)
    if what is None:
        raise _refused(text, f"no kind {kind!r}; there are {', '.join(KINDS)}")
    if what is WhatToShow.SCHEDULE and size is not BarSize.DAY_1:
        raise _refused(text, "a schedule has one size, 1-DAY-SCHEDULE")
    return BarSpec(size=size, what=what, rth=rth)


def render_bar_spec(spec: BarSpec) -> str:
    """Return the canonical text of a kind of bar; ``rth`` is not part of it."""
    return f"{_TEXT_OF[spec.size]}-{_KIND_TEXTS[spec.what]}"


def check_served(spec: BarSpec, sec_type: SecType) -> None:
    """Refuse bars that IB does not serve for a security type.

    Raises:
        ConfigError: With what it does serve.
    """
    served = SERVED_KINDS.get(sec_type, frozenset())
    if spec.what not in served:
        legal = ", ".join(_KIND_TEXTS[what] for what in _KIND_TEXTS if what in served)
        raise _refused(
            render_bar_spec(spec), f"IB serves {legal or 'no bars'} for {sec_type.value}"
        )


def _text_of(size: BarSize) -> str:
    if size is BarSize.WEEK_1:
        return "1-WEEK"
    if size is BarSize.MONTH_1:
        return "1-MONTH"
    counted = _COUNTED.fullmatch(size.value)
    if counted is None:
        raise ValueError(f"bar size {size.value!r} has no count and unit")
    return f"{counted[1]}-{_UNITS[counted[2]]}"


_TEXT_OF: Final = {size: _text_of(size) for size in BarSize}
_SIZE_OF: Final = {text: size for size, text in _TEXT_OF.items()}


def _refused(text: str, reason: str) -> ConfigError:
    return ConfigError("bar specification", [f"{text!r}: {reason}"])
