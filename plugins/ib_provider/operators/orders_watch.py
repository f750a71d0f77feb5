# SPDX-License-Identifier: Apache-2.0
"""Look after an account's orders, and call a person for what a machine does not decide.

Rules:
    - A concern fails the task once a session, when it is new; while it stands it is a warning. What
      was told is kept in the state store of the task's first inlet: it outlives the run.
    - Nothing is cancelled, sent or unlocked here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case, task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.parameters import read_text

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ib_provider.usecases.review_orders import OrderConcern, OrdersReview

__all__ = ["IbOrdersWatchOperator"]

#: Fills and cancels of the close are told a little after it.
_AFTER_CLOSE: Final = timedelta(minutes=20)


class IbOrdersWatchOperator(IbOperator):
    """Write down what the broker says of our orders, and fail on what needs a person.

    Args:
        account: Empty takes the connection's, or the login's only one (templated).
        venue: Scheduled runs outside its sessions are skipped; IB's name of it (templated).
        late_after: An order that has been out for longer needs a person.
        kwargs: Airflow's own, and ``ib_conn_id``; the first of ``inlets`` is the asset whose state
            store remembers what was told. Without one, all that stands fails every run.

    Returns:
        ``{"account", "working", "others", "new_fills", "plan_ids": [ids], "concerns": [text]}``.
    """

    template_fields: Sequence[str] = (*IbOperator.template_fields, "account", "venue")

    def __init__(
        self,
        *,
        account: str | None = None,
        venue: str = "NYSE",
        late_after: timedelta = timedelta(hours=1),
        **kwargs: Any,
    ) -> None:
        super().__init__(multiple_outputs=True, **kwargs)
        self.account = account
        self.venue = venue
        self.late_after = late_after

    def execute(self, context: Context) -> dict[str, Any]:
        """Look once; publish what was seen; fail on what is new and needs a person."""
        run = context["dag_run"]
        if run.run_type == "scheduled" and not self._is_session(run.run_after):
            raise AirflowSkipException(f"{self.venue} is closed")
        _ = self.hook.gateway
        review = run_use_case(self._review())
        published = {
            "account": review.account,
            "working": review.working,
            "others": review.others,
            "new_fills": review.new_fills,
            "plan_ids": list(review.plan_ids),
            "concerns": [str(concern) for concern in review.concerns],
        }
        # A task that fails publishes nothing by itself; what follows needs to know the plans.
        for key, value in published.items():
            context["ti"].xcom_push(key=key, value=value)
        new = self._new(context, review)
        for concern in review.concerns:
            if concern not in new:
                self.log.warning("stands: %s", concern)
        if new:
            lines = "".join(f"\n  - {concern}" for concern in new)
            raise AirflowFailException(f"{review.account}: {len(new)} need a person{lines}")
        return published

    def _is_session(self, at: datetime) -> bool:
        from ib_provider.symbology.sessions import session_hours, session_of

        with task_outcome():
            hours = session_hours(self.venue, session_of(self.venue, at))
        return hours is not None and hours.open <= at <= hours.close + _AFTER_CLOSE

    def _new(self, context: Context, review: OrdersReview) -> list[OrderConcern]:
        """Return the concerns that were not told in this session, and remember all that stand."""
        if not self.inlets:
            return list(review.concerns)
        store = context["asset_state_store"][self.inlets[0]]
        name, day = f"told:{review.account}", f"{datetime.now(UTC):%F}"
        told = str(store.get(name) or "").splitlines()
        known = told[1:] if told[:1] == [day] else []
        store.set(name, "\n".join([day, *(concern.key for concern in review.concerns)]))
        return [concern for concern in review.concerns if concern.key not in known]

    async def _review(self) -> OrdersReview:
        from ib_provider.ledger.ledger import Ledger
        from ib_provider.usecases.review_orders import review_orders

        settings = self.hook.settings
        with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            async with self.hook.client(ClientRole.ORDERS) as client:
                return await review_orders(
                    client,
                    ledger=ledger,
                    account=self.hook.account(client, read_text(self.account)),
                    late_after=self.late_after,
                    progress=self.tell,
                )
