# SPDX-License-Identifier: Apache-2.0
"""How strict each check is for a kind of series: severities and thresholds, as people set them.

Rules:
    * The defaults are those of ``checks`` and ``price_shape``; a suite changes some of them for
      the series that it is for, and of several suites the later one wins.
    * A check without a severity is switched off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from ib_provider.domain.bar import BarSpec, SeriesKey, WhatToShow
from ib_provider.domain.contract import SecType
from ib_provider.domain.finding import Severity
from ib_provider.quality.checks import CHECKS, MINUTES_MATCH_DAY, Check
from ib_provider.quality.price_shape import JUMP_Z, LEAST_JUMP, SPIKE_FACTOR, STALE_RUN

__all__ = [
    "DEFAULT_RULES",
    "THRESHOLDS",
    "BarRules",
    "RuleBook",
    "RuleSuite",
    "Threshold",
    "known_checks",
]

#: How far a day's high or low may be from that of its bars: auctions and late prints.
_TOLERANCE: Final = 0.005
#: How much of a session's bars may be missing: IB sends none for a minute without a trade.
_SESSION_SHARE: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class BarRules:
    """How strict the checks of one series are.

    Attributes:
        severities: By check; None switches it off.
        spike_factor: By what a spike leaves its neighbours.
        jump_z: From which robust z-score a move is a jump.
        least_jump: Below this logarithmic move nothing is a jump.
        stale_run: How many equal bars in a row are one too many.
        session_share: Which share of a session's intraday bars is enough.
        tolerance: How far, relatively, a day's range may be from that of its bars.
    """

    severities: Mapping[str, Severity | None] = field(
        default_factory=lambda: MappingProxyType(
            {check.name: check.severity for check in (*CHECKS.values(), MINUTES_MATCH_DAY)}
        )
    )
    spike_factor: float = SPIKE_FACTOR
    jump_z: float = JUMP_Z
    least_jump: float = LEAST_JUMP
    stale_run: int = STALE_RUN
    session_share: float = _SESSION_SHARE
    tolerance: float = _TOLERANCE

    def severity(self, check: str) -> Severity | None:
        """Return what a failure of a check means; None where it is switched off."""
        return self.severities[check]


@dataclass(frozen=True, slots=True)
class Threshold:
    """One number that a suite may set.

    Attributes:
        field: Of ``BarRules``.
        low: Smallest value.
        high: Largest value; None for no bound.
    """

    field: str
    low: float
    high: float | None = None
    whole: bool = False


#: By check, by its name in a suite's file.
THRESHOLDS: Final[Mapping[str, Mapping[str, Threshold]]] = MappingProxyType(
    {
        "price_spikes": {"factor": Threshold("spike_factor", 1.1)},
        "price_jumps": {
            "z": Threshold("jump_z", 1.0),
            "least": Threshold("least_jump", 0.0001),
        },
        "stale_prices": {"run": Threshold("stale_run", 2, whole=True)},
        "session_bars": {"share": Threshold("session_share", 0.0, 1.0)},
        "minutes_match_day": {"tolerance": Threshold("tolerance", 0.0, 1.0)},
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSuite:
    """Changes to the rules of some series; where a set is empty it is for all.

    Attributes:
        name: The file's stem.
        intraday: Only bars within a day, only longer ones, or both (None).
        values: Thresholds by field of ``BarRules``.
    """

    name: str
    asset_classes: frozenset[SecType] = frozenset()
    kinds: frozenset[WhatToShow] = frozenset()
    intraday: bool | None = None
    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)

    def is_for(self, spec: BarSpec, asset_class: SecType | None) -> bool:
        """Return whether it changes the rules of a series."""
        return (
            (not self.asset_classes or asset_class in self.asset_classes)
            and (not self.kinds or spec.what in self.kinds)
            and (self.intraday is None or self.intraday is spec.size.is_intraday)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """Suites in the order in which they apply, and what each instrument is."""

    suites: Sequence[RuleSuite] = ()
    asset_classes: Mapping[str, SecType] = field(default_factory=dict)

    def of(self, key: SeriesKey) -> BarRules:
        """Return the rules of one series."""
        rules = BarRules()
        asset_class = self.asset_classes.get(key.instrument_id)
        for suite in self.suites:
            if suite.is_for(key.spec, asset_class):
                merged = MappingProxyType({**rules.severities, **suite.severities})
                rules = replace(rules, severities=merged, **suite.values)  # type: ignore[arg-type]
        return rules

    def everywhere(self) -> BarRules:
        """Return rules no looser than those of any series: what a first, rough look must use."""
        factor = [suite.values.get("spike_factor", SPIKE_FACTOR) for suite in self.suites]
        tolerance = [suite.values.get("tolerance", _TOLERANCE) for suite in self.suites]
        return BarRules(
            spike_factor=min([SPIKE_FACTOR, *factor]), tolerance=min([_TOLERANCE, *tolerance])
        )


#: What holds where nobody set anything.
DEFAULT_RULES: Final = RuleBook()


def known_checks() -> tuple[Check, ...]:
    """Return every check that a suite may name."""
    return (*CHECKS.values(), MINUTES_MATCH_DAY)
