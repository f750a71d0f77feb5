# SPDX-License-Identifier: Apache-2.0
"""Which sessions a run is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from ib_provider.config import load_settings
from ib_provider.operators.sessions import (
    IbSessionsOperator,
    batch_name,
    last_finished_session,
)
from ib_provider.store.session_store import NamedSession, SessionStore
from ib_provider.usecases.session_calendar import SessionCalendar

GOOD_FRIDAY = NamedSession(
    market="CME ES",
    rth=False,
    session=date(2015, 4, 3),
    opens_at=datetime(2015, 4, 2, 22, tzinfo=UTC),
    closes_at=datetime(2015, 4, 3, 13, 15, tzinfo=UTC),
    seen_at=datetime(2015, 4, 7, tzinfo=UTC),
)


@dataclass
class Run:
    """What the operator looks at in a run."""

    dag_id: str = "ib_bars"
    run_id: str = "scheduled__2013-03-01T23:00:00+00:00_x1"
    partition_key: str | None = None


def resolve(partition_key: str | None = None, **arguments: Any) -> dict[str, Any]:
    operator = IbSessionsOperator(task_id="sessions", **arguments)
    context: Any = {"dag_run": Run(partition_key=partition_key)}
    return operator.execute(context)


def test_sessions_of_a_partition_are_that_one_day() -> None:
    """A scheduled run or a backfill is about its key, whenever it runs."""
    found = resolve("2013-03-01")
    assert (found["start"], found["end"], found["sessions"]) == ("2013-03-01", "2013-03-02", 1)


@pytest.mark.parametrize(
    ("month", "end", "sessions"),
    [("2012-02", "2012-03-01", 20), ("2012-12", "2013-01-01", 20), ("2012-10", "2012-11-01", 21)],
)
def test_sessions_of_a_month_are_all_of_it(month: str, end: str, sessions: int) -> None:
    """A leap day, the turn of a year, the storm; the numbers are New York's own."""
    found = resolve(month)
    assert (found["start"], found["end"]) == (f"{month}-01", end)
    assert found["sessions"] == sessions


@pytest.mark.parametrize("key", ["2013-13", "2013-00", "2013", "2013-2"])
def test_a_key_that_is_neither_day_nor_month_is_refused(key: str) -> None:
    """Rather than taken for the last session."""
    with pytest.raises(AirflowFailException, match=key):
        resolve(key)


@pytest.mark.parametrize("holiday", ["2012-10-29", "2012-12-25", "2013-03-02"])
def test_sessions_of_a_closed_day_skip_the_run(holiday: str) -> None:
    """The storm of 2012, Christmas, a Saturday: nothing to download is not a failure."""
    with pytest.raises(AirflowSkipException, match=holiday):
        resolve(holiday)


def test_sessions_asked_for_win_over_the_partition() -> None:
    """A person's range is what the run is about."""
    found = resolve("2013-03-01", start="2013-01-01", end="2013-02-01")
    assert (found["start"], found["sessions"]) == ("2013-01-01", 21)


@pytest.mark.parametrize(
    ("start", "end"),
    [("2013-01-01", "None"), ("", "2013-01-01"), ("2013-02-01", "2013-02-01"), ("x", "y")],
)
def test_sessions_half_a_range_or_a_wrong_one_is_refused(start: str, end: str) -> None:
    """A slip of the pen does not download thirteen years."""
    with pytest.raises(AirflowFailException, match="ConfigError"):
        resolve(start=start, end=end)


def test_sessions_of_an_unknown_venue_are_refused() -> None:
    """No calendar is guessed."""
    with pytest.raises(AirflowFailException, match="UnknownVenue"):
        resolve("2013-03-01", venue="MOON")


@pytest.mark.parametrize(
    ("now", "session"),
    [
        (datetime(2013, 3, 1, 20, 59, tzinfo=UTC), date(2013, 2, 28)),
        (datetime(2013, 3, 1, 21, 1, tzinfo=UTC), date(2013, 3, 1)),
        (datetime(2013, 3, 4, 15, 0, tzinfo=UTC), date(2013, 3, 1)),
        (datetime(2001, 9, 17, 13, 0, tzinfo=UTC), date(2001, 9, 10)),
    ],
)
def test_last_finished_session_is_the_last_that_closed(now: datetime, session: date) -> None:
    """Before the close, after it, over a week-end, over the longest closure."""
    assert last_finished_session(SessionCalendar(), "NYSE", now)[0] == session


def test_sessions_of_a_day_that_only_the_broker_knows_are_run(state: Path) -> None:
    """CME traded on Good Friday 2015, a day that calendars have as closed: IB's word counts."""
    with pytest.raises(AirflowSkipException, match="2015-04-03"):
        resolve("2015-04-03", venue="CME")
    SessionStore(load_settings().market).record([GOOD_FRIDAY])
    found = resolve("2015-04-03", venue="CME")
    assert (found["start"], found["sessions"]) == ("2015-04-03", 1)
    calendar = SessionCalendar.of([GOOD_FRIDAY])
    for hour, last in ((20, date(2015, 4, 2)), (29, date(2015, 4, 3))):
        now = datetime(2015, 4, 3, tzinfo=UTC) + timedelta(hours=hour)
        assert last_finished_session(calendar, "CME", now)[0] == last


def test_batch_is_the_same_on_every_retry_and_a_safe_folder_name() -> None:
    """Staged data of the first try is found by the second."""
    assert batch_name("ib_bars", "manual__2013-03-01T23:00:00+00:00/..") == (
        "ib_bars-manual__2013-03-01T23_00_00_00_00_.."
    )
