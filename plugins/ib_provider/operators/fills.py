# SPDX-License-Identifier: Apache-2.0
"""Copy fills out of the ledger into the store, and say so to whoever waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from ib_provider.hooks.outcome import task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.parameters import read_names

if TYPE_CHECKING:
    from airflow.sdk import Context

__all__ = ["IbFillsOperator"]


class IbFillsOperator(IbOperator):
    """Copy the fills of plans into the view ``fills``; skipped where nothing is new.

    A retry is not skipped: the try before it may have died between the copy and the event of it.
    Who waits is then woken once too often rather than not at all.

    Args:
        plan_ids: The plans, as a list or as text (templated).
        kwargs: Airflow's own, and ``ib_conn_id``; an event of each asset in ``outlets`` carries
            what is returned.

    Returns:
        ``{"plan_ids": [ids], "fills": kept in all, "rows": written now, "accounts": [names],
        "sessions": [dates]}``; accounts and sessions are of the rows.
    """

    template_fields: Sequence[str] = (*IbOperator.template_fields, "plan_ids")

    def __init__(self, *, plan_ids: Sequence[str] | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan_ids = plan_ids

    def execute(self, context: Context) -> dict[str, Any]:
        """Copy them and publish the counts."""
        from ib_provider.ledger.ledger import Ledger
        from ib_provider.usecases.keep_fills import keep_fills

        settings, plan_ids = self.hook.settings, read_names(self.plan_ids)
        with task_outcome(), Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            kept = keep_fills(settings, ledger, plan_ids)
        self.tell(f"{kept.fills} fill(s) of {len(plan_ids)} plan(s), {kept.new} new or changed")
        is_first_try = context["ti"].try_number == 1
        if not kept.new and (is_first_try or not kept.fills):
            raise AirflowSkipException("no fill is new")
        published: dict[str, Any] = {
            "plan_ids": list(plan_ids),
            "fills": kept.fills,
            "rows": kept.new,
            "accounts": list(kept.accounts),
            "sessions": [session.isoformat() for session in kept.sessions],
        }
        for asset in self.outlets:
            context["outlet_events"][asset].extra = dict(published)
        return published
