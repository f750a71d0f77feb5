# SPDX-License-Identifier: Apache-2.0
"""Open interest of futures, kept day by day, and the rolls that depend on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ib_provider.domain.bar import BarSpec
from ib_provider.domain.contract import Instrument
from ib_provider.domain.roll_rule import RollBasis, RollRule
from ib_provider.errors import ConfigError, LocalProtocolError, OpenInterestUnknown
from ib_provider.store.catalog import open_catalog, rebuild_catalog
from ib_provider.store.open_interest_store import OpenInterestStore
from ib_provider.usecases.keep_open_interest import InterestReport, keep_open_interest
from ib_provider.usecases.stitch_future import Adjustment, StitchReport, stitch_future
from tests.support.bar_desk import DAY_S, BarDesk, bar_desk

MARCH, JUNE, SEPTEMBER = "ESH13.CME", "ESM13.CME", "ESU13.CME"
DAILY = BarSpec(rth=False)
#: Thursday of the week before the March contract ends, in the afternoon.
CLOCK = "2013-03-07T14:30:00-06:00"


async def keep(desk: BarDesk, *months: Instrument, nearest: int = 2) -> InterestReport:
    async with desk.connect() as client:
        return await keep_open_interest(
            client,
            store=OpenInterestStore(desk.bars.root),
            chains=[months],
            capture="test",
            nearest=nearest,
            patience_s=5.0,
            progress=desk.said.append,
        )


def stitch(desk: BarDesk, *months: Instrument) -> StitchReport:
    return stitch_future(
        bars=desk.bars,
        continuous_id="ES.CME",
        contracts=months,
        spec=DAILY,
        rule=RollRule(basis=RollBasis.OPEN_INTEREST, sessions_before=1),
        adjustment=Adjustment.DIFFERENCE,
    )


async def test_open_interest_kept_daily_decides_on_the_roll(tmp_path: Path) -> None:
    """June overtakes March over the week-end: held from the session after that was told."""
    told: dict[date, tuple[float, float]] = {}
    async with bar_desk(tmp_path, CLOCK) as desk:
        known = await desk.load(MARCH, JUNE, SEPTEMBER)
        months = known[MARCH], known[JUNE]
        for days in (1, 3, 1, 1, 1):  # Thursday, Friday, Monday to Wednesday
            report = await keep(desk, *months)
            assert (sorted(report.kept), report.failed) == ([MARCH, JUNE], {})
            old, new = report.kept[MARCH], report.kept[JUNE]
            told[old.session] = float(old.open_interest), float(new.open_interest)
            await desk.do("advance", seconds=days * DAY_S)
        assert sorted(told) == [date(2013, 3, day) for day in (7, 8, 11, 12, 13)]
        ahead = [day for day, (old, new) in told.items() if new > old]
        assert ahead == [date(2013, 3, day) for day in (11, 12, 13)]
        await desk.do("advance", seconds=7 * DAY_S)
        await desk.pull((MARCH, JUNE), DAILY, date(2013, 2, 4), date(2013, 3, 19))
        report_of = stitch(desk, *months)
        (roll,) = report_of.rolls
        assert (roll.session, roll.from_id, roll.to_id) == (date(2013, 3, 12), MARCH, JUNE)
        assert report_of.variant == "rule=open_interest/adjust=difference"
        rebuild_catalog(desk.bars.root, ())
        with open_catalog(desk.bars.root) as sql:
            query = "SELECT session, open_interest FROM open_interest "
            query += f"WHERE instrument_id = '{JUNE}' ORDER BY session"
            rows = sql.execute(query).fetchall()
        assert rows == [(day, new) for day, (_, new) in told.items()]


async def test_roll_without_open_interest_names_the_days(tmp_path: Path) -> None:
    """It is not quietly made by another rule; Monday was missed, and June was ahead on Tuesday."""
    async with bar_desk(tmp_path, CLOCK) as desk:
        known = await desk.load(MARCH, JUNE)
        months = known[MARCH], known[JUNE]
        await keep(desk, *months)
        await desk.do("advance", seconds=5 * DAY_S)
        await keep(desk, *months)
        await desk.do("advance", seconds=8 * DAY_S)
        await desk.pull((MARCH, JUNE), DAILY, date(2013, 2, 4), date(2013, 3, 19))
        with pytest.raises(OpenInterestUnknown) as refused:
            stitch(desk, *months)
        assert sorted(refused.value.missing) == [date(2013, 3, 8), date(2013, 3, 11)]
        assert "2013-03-11: ESH13.CME, ESM13.CME" in str(refused.value)


async def test_last_number_of_a_day_counts(tmp_path: Path) -> None:
    """A retry replaces what the failed try had kept."""
    async with bar_desk(tmp_path, CLOCK) as desk:
        march = (await desk.load(MARCH))[MARCH]
        store = OpenInterestStore(desk.bars.root)
        value = (await keep(desk, march)).kept[MARCH]
        store.keep(MARCH, [replace(value, open_interest=value.open_interest + 1)], capture="later")
        assert store.by_session(MARCH) == {date(2013, 3, 7): float(value.open_interest + 1)}
        assert store.by_session(JUNE) == {}


async def test_contract_without_open_interest_is_named_and_spoils_no_other(tmp_path: Path) -> None:
    """One that IB does not know; nothing is kept of it."""
    async with bar_desk(tmp_path, CLOCK) as desk:
        known = await desk.load(MARCH, JUNE)
        strange = replace(known[JUNE], contract=replace(known[JUNE].contract, con_id=999_999_999))
        report = await keep(desk, known[MARCH], strange)
        assert sorted(report.kept) == [MARCH]
        assert "200" in report.failed[JUNE]
        assert OpenInterestStore(desk.bars.root).by_session(JUNE) == {}


async def test_silence_of_the_gateway_is_told_and_is_no_zero(tmp_path: Path) -> None:
    """A broken farm says nothing: the wait is bounded."""
    async with bar_desk(tmp_path, CLOCK) as desk:
        march = (await desk.load(MARCH))[MARCH]
        await desk.do("farm", farm="usfarm", state="broken", answers="nothing")
        async with desk.connect() as client:
            report = await keep_open_interest(
                client,
                store=OpenInterestStore(desk.bars.root),
                chains=[[march]],
                capture="test",
                patience_s=0.3,
            )
        assert report.kept == {}
        assert MARCH in report.failed


async def test_what_is_no_future_or_trades_no_more_is_refused(tmp_path: Path) -> None:
    """A share has none, and a chain that has ended nothing to ask for."""
    async with bar_desk(tmp_path, CLOCK) as desk:
        known = await desk.load(MARCH, "AAPL.NASDAQ")
        async with desk.connect() as client:
            with pytest.raises(LocalProtocolError, match="no future"):
                await client.open_interest(known["AAPL.NASDAQ"].contract)
        await desk.do("advance", seconds=30 * DAY_S)
        with pytest.raises(ConfigError, match="0 month"):
            await keep(desk, known[MARCH])
