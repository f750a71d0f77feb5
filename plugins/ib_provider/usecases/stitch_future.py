# SPDX-License-Identifier: Apache-2.0
"""Make one continuous series of the contracts of a future, back-adjusted, with its roll log.

Rules:
    * Contracts stay as they are; the continuous series is derived and can be made again.
    * The newest contract keeps its own prices. Every roll back adds its difference, or multiplies
      by its ratio, in everything before it. Volume is never adjusted.
    * The daily bars of the contracts decide when to roll, whatever bars are stitched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey, WhatToShow
from ib_provider.domain.bar_table import BAR_SCHEMA
from ib_provider.domain.contract import Instrument
from ib_provider.domain.roll_rule import RollBasis, RollRule
from ib_provider.domain.rolls import ContractDays, DayBar, Roll, plan_rolls
from ib_provider.errors import ConfigError
from ib_provider.store.bar_store import BarStore
from ib_provider.store.continuous_store import CONTINUOUS_SCHEMA, ContinuousStore
from ib_provider.store.open_interest_store import OpenInterestStore
from ib_provider.usecases.session_calendar import SessionCalendar

__all__ = ["Adjustment", "StitchReport", "stitch_future"]

_PRICES: Final = ("open", "high", "low", "close", "wap")
_DAY: Final = timedelta(days=1)


class Adjustment(StrEnum):
    """What a roll does to the prices before it."""

    NONE = "none"
    DIFFERENCE = "difference"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True, kw_only=True)
class StitchReport:
    """What was stitched."""

    key: SeriesKey
    variant: str
    rows: int
    rolls: tuple[Roll, ...]


def stitch_future(
    *,
    bars: BarStore,
    continuous_id: str,
    contracts: Sequence[Instrument],
    spec: BarSpec,
    rule: RollRule,
    adjustment: Adjustment,
) -> StitchReport:
    """Stitch the contracts of one future and keep the result.

    Args:
        continuous_id: Root and venue: ``ES.CME``.
        contracts: Its contracts, with their expiry, in any order.
        rule: When to roll, and which of the contracts take part.

    Raises:
        ConfigError: No contract has daily bars, one has no expiry, or a gap cannot be told.
        OpenInterestUnknown: The rule looks at it, and it was not kept.
    """
    contracts = [item for item in contracts if rule.takes(item)]
    lacking = [item.instrument_id for item in contracts if item.expiry is None]
    if lacking:
        raise ConfigError("stitch", [f"{name}: no expiry is known" for name in lacking])
    interest = OpenInterestStore(bars.root) if rule.basis is RollBasis.OPEN_INTEREST else None
    days = [_days(bars, item, spec, interest) for item in contracts]
    known = [item for item in days if item.days]
    if not known:
        raise ConfigError("stitch", [f"{continuous_id}: no contract has daily TRADES bars"])
    first = min(day for item in known for day in item.days)
    longest = max(contracts, key=lambda item: item.expiry or date.min)
    last = max(item.last_trade_date for item in known)
    rolls = plan_rolls(
        known,
        sessions=SessionCalendar.stored(bars.root).sessions(longest, first, last + _DAY),
        rule=rule,
    )
    table = _stitched(bars, known, rolls, spec, adjustment)
    key = SeriesKey(instrument_id=continuous_id, spec=spec)
    variant = f"rule={rule.basis}/adjust={adjustment}"
    ContinuousStore(bars.root).replace(key, variant, table, rolls)
    return StitchReport(key=key, variant=variant, rows=table.num_rows, rolls=rolls)


def _days(
    bars: BarStore, instrument: Instrument, spec: BarSpec, interest: OpenInterestStore | None
) -> ContractDays:
    """Return the daily bars of a contract as rolls need them; a day without a close is none."""
    daily = BarSpec(size=BarSize.DAY_1, what=WhatToShow.TRADES, rth=spec.rth)
    table = bars.read(SeriesKey(instrument_id=instrument.instrument_id, spec=daily))
    rows = zip(*(table[name].to_pylist() for name in ("session", "close", "volume")), strict=True)
    return ContractDays(
        instrument_id=instrument.instrument_id,
        last_trade_date=instrument.expiry or date.max,
        days={
            session: DayBar(close=close, volume=volume or 0.0)
            for session, close, volume in rows
            if close is not None
        },
        open_interest=interest.by_session(instrument.instrument_id) if interest else {},
    )


def _stitched(
    bars: BarStore,
    contracts: Sequence[ContractDays],
    rolls: Sequence[Roll],
    spec: BarSpec,
    adjustment: Adjustment,
) -> pa.Table:
    """Return the bars of each contract while it was held, newest unadjusted, oldest first."""
    held = _held(contracts, rolls)
    parts, shift, factor = [], 0.0, 1.0
    for position in reversed(range(len(held))):
        name, start, end = held[position]
        table = bars.read(SeriesKey(instrument_id=name, spec=spec), start, end)
        parts.append(_adjusted(name, table, shift=shift, factor=factor))
        if position:
            roll = rolls[position - 1]
            if adjustment is Adjustment.DIFFERENCE:
                shift += roll.difference
            elif adjustment is Adjustment.RATIO:
                factor *= _ratio(roll)
    return pa.concat_tables(reversed(parts)).combine_chunks()


def _held(
    contracts: Sequence[ContractDays], rolls: Sequence[Roll]
) -> list[tuple[str, date | None, date | None]]:
    """Return each contract with the sessions it is held: from its roll to the next one."""
    first = min(contracts, key=lambda item: item.last_trade_date).instrument_id
    names = [first, *(roll.to_id for roll in rolls)]
    edges: list[date | None] = [None, *(roll.session for roll in rolls), None]
    return [(name, edges[i], edges[i + 1]) for i, name in enumerate(names)]


def _ratio(roll: Roll) -> float:
    if roll.ratio is None:
        reason = f"{roll.from_id}, {roll.to_id}: no ratio of prices that are not above zero"
        raise ConfigError("stitch", [f"{reason}; adjust by difference"])
    return roll.ratio


def _adjusted(name: str, table: pa.Table, *, shift: float, factor: float) -> pa.Table:
    columns = {
        column: (
            pc.multiply(pc.add(table[column], shift), factor)
            if column in _PRICES
            else table[column]
        )
        for column in BAR_SCHEMA.names
    }
    ids = pa.array([name] * table.num_rows, pa.string())
    return pa.table(
        {"instrument_id": ids, **columns, "unadjusted_close": table["close"]},
        schema=CONTINUOUS_SCHEMA,
    )
