# SPDX-License-Identifier: Apache-2.0
"""Which sessions a run is about. The first task of a run over market data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case, task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.parameters import Parameters, read_date

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ib_provider.usecases.session_calendar import SessionCalendar

__all__ = ["IbSessionsOperator", "batch_name"]

#: The longest closure of a stock exchange is shorter: 2001-09-11 closed New York for four sessions.
_LOOK_BACK = timedelta(days=14)
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class IbSessionsOperator(IbOperator):
    """Resolve the sessions of a run, and skip the rest of it when there are none.

    Strategy: ``start`` and ``end`` if they are given; else the run's partition key, which is one
    session date or a month, ``2013-02``; else the last session that is over by the *gateway's*
    clock. A partition key on a holiday skips the run, a range without sessions is somebody's
    mistake and fails.

    Args:
        start: First session, inclusive, exchange-local (templated).
        end: Day after the last session (templated).
        venue: Whose calendar, by IB's name of the exchange (templated).
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"start": date, "end": date, "sessions": count, "batch": name}``, each also under a key
        of its own; dates as ISO text.
    """

    template_fields: Sequence[str] = (*IbOperator.template_fields, "start", "end", "venue")

    def __init__(
        self,
        *,
        start: str | None = None,
        end: str | None = None,
        venue: str = "NYSE",
        **kwargs: Any,
    ) -> None:
        super().__init__(multiple_outputs=True, **kwargs)
        self.start = start
        self.end = end
        self.venue = venue

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the range, or skip what follows."""
        run = context["dag_run"]
        with task_outcome():
            asked = self._asked()
            if asked is None and run.partition_key:
                asked = _range_of(run.partition_key)
        if asked is None:
            _ = self.hook.gateway
            asked = run_use_case(self._last_finished())
        start, end = asked
        with task_outcome():
            found = self._calendar().venue_sessions(self.venue, start, end)
        if not found and run.partition_key:
            raise AirflowSkipException(f"{run.partition_key} is no session of {self.venue}")
        self.tell(f"{len(found)} session(s) of {self.venue} from {start} to {end} (exclusive)")
        return {
            "start": start.isoformat(),
            "end": end.isoformat(),
            "sessions": len(found),
            "batch": batch_name(run.dag_id, run.run_id),
        }

    def _calendar(self) -> SessionCalendar:
        from ib_provider.usecases.session_calendar import SessionCalendar

        return SessionCalendar.stored(self.hook.settings.market)

    def _asked(self) -> tuple[date, date] | None:
        parameters = Parameters("sessions")
        start = parameters.read("start", self.start, read_date)
        end = parameters.read("end", self.end, read_date)
        if start is None and end is None:
            parameters.check()
            return None
        parameters.require(
            "start, end", given=start is not None and end is not None, reason="give both or none"
        )
        parameters.check()
        if start is None or end is None:
            return None
        parameters.require("end", given=start < end, reason=f"{end} is not after start, {start}")
        parameters.check()
        return start, end

    async def _last_finished(self) -> tuple[date, date]:
        async with self.hook.client(ClientRole.DATA) as client:
            now = await client.current_time()
        return last_finished_session(self._calendar(), self.venue, now)


def last_finished_session(
    calendar: SessionCalendar, venue: str, now: datetime
) -> tuple[date, date]:
    """Return the last session that closed before ``now``, as a half-open range of dates.

    Of a session that only IB knows the venue's day must be over.
    """
    from ib_provider.symbology.sessions import session_hours, session_of

    today = now.date()
    days = calendar.venue_sessions(venue, today - _LOOK_BACK, today + timedelta(days=2))
    for session in reversed(days):
        hours = session_hours(venue, session)
        if hours.close < now if hours is not None else session < session_of(venue, now):
            return session, session + timedelta(days=1)
    raise AirflowSkipException(f"{venue} had no session in the {_LOOK_BACK.days} days before {now}")


def batch_name(dag_id: str, run_id: str) -> str:
    """Return the staging area of a run: the same on every retry, safe as a folder's name."""
    return re.sub(r"[^\w.-]+", "_", f"{dag_id}-{run_id}")


def _range_of(key: str) -> tuple[date, date]:
    """Return the half-open range of dates that a partition key names: a day or a month."""
    if _MONTH.fullmatch(key):
        first = date.fromisoformat(f"{key}-01")
        return first, (first + timedelta(days=31)).replace(day=1)
    parameters = Parameters("partition key")
    session = parameters.read("partition_key", key, read_date)
    parameters.check()
    if session is None:
        raise AirflowSkipException("the partition key is empty")
    return session, session + timedelta(days=1)
