# SPDX-License-Identifier: Apache-2.0
"""The first task of a trading run: may this run trade at all, and under which key.

Rules:
    - A run that starts long after it was meant to (a scheduler that was down, a task cleared the
      next morning) does not trade on yesterday's intention.
    - A backfill never trades. The DAG refuses it; this catches runners that ignore the DAG.
    - The key of a rebalance is its session date, or the id a person gave. It never comes from the
      run id or the clock of a try: two runs of one day are one rebalance.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from ib_provider.hooks.outcome import task_outcome
from ib_provider.operators.parameters import read_text

if TYPE_CHECKING:
    from airflow.sdk import Context

__all__ = ["IbTradingGateOperator", "refuse_late_run"]


class IbTradingGateOperator(BaseOperator):
    """Let a trading run pass, or stop it.

    Args:
        rebalance_id: The id of an ad-hoc rebalance; empty takes the session date (templated).
        venue: Whose sessions count, by IB's name of the exchange (templated).
        max_delay: How long after its time a run may still begin.
        kwargs: Airflow's own.

    Returns:
        ``{"key": text}``, also under a key of its own.
    """

    template_fields: Sequence[str] = ("rebalance_id", "venue")

    def __init__(
        self,
        *,
        rebalance_id: str | None = None,
        venue: str = "NYSE",
        max_delay: timedelta = timedelta(minutes=30),
        **kwargs: Any,
    ) -> None:
        super().__init__(multiple_outputs=True, **kwargs)
        self.rebalance_id = rebalance_id
        self.venue = venue
        self.max_delay = max_delay

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the key of this rebalance, or fail, or skip a scheduled run on a holiday."""
        from ib_provider.symbology.sessions import session_hours, session_of

        run = context["dag_run"]
        refuse_late_run(context, max_delay=self.max_delay, now=datetime.now(UTC))
        with task_outcome():
            session = session_of(self.venue, run.run_after)
            closed = session_hours(self.venue, session) is None
        if closed and run.run_type == "scheduled":
            raise AirflowSkipException(f"{session} is no session of {self.venue}")
        return {"key": rebalance_key(self.rebalance_id, session)}


def rebalance_key(rebalance_id: object, session: date) -> str:
    """Return what a rebalance is called, whoever retries it."""
    return read_text(rebalance_id) or session.isoformat()


def refuse_late_run(context: Context, *, max_delay: timedelta, now: datetime) -> None:
    """Refuse a run that is not about now.

    Raises:
        AirflowFailException: A backfill, or more than ``max_delay`` after the run's time.
    """
    run = context["dag_run"]
    if run.run_type == "backfill":
        raise AirflowFailException("a backfill does not trade: the past cannot be bought")
    delay = now - run.run_after
    if delay > max_delay:
        raise AirflowFailException(
            f"this run was due {run.run_after:%Y-%m-%d %H:%M} UTC, {delay} ago; a trading run "
            f"begins within {max_delay}. Trigger a new run instead of clearing this one"
        )
