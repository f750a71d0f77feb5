# SPDX-License-Identifier: Apache-2.0
"""Keep the lake tidy, and its copy on an object store up to date. No gateway is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from airflow.sdk.exceptions import AirflowSkipException

from ib_provider.hooks.outcome import task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.parameters import read_text

if TYPE_CHECKING:
    from airflow.sdk import Context

__all__ = ["IbLakeMirrorOperator", "IbLakeTidyOperator"]

#: Paths that are named; the rest is counted.
_NAMED: Final = 20


class IbLakeTidyOperator(IbOperator):
    """Compact what killed captures left in parts, and delete stale temporary files.

    Tables that are being written are passed over.

    Args:
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"parts": compacted, "swept": files deleted, "busy": [tables passed over]}``.
    """

    def execute(self, context: Context) -> dict[str, Any]:  # noqa: ARG002 # Airflow's signature
        """Tidy, and publish the counts."""
        from ib_provider.usecases.tidy_lake import tidy_lake

        with task_outcome():
            done = tidy_lake(self.hook.settings.market, progress=self.tell)
        self.tell(f"{done.parts:,} part(s) compacted, {done.swept:,} temporary file(s) deleted")
        for name in done.busy:
            self.tell(f"being written, passed over: {name}")
        return {"parts": done.parts, "swept": done.swept, "busy": list(done.busy)}


class IbLakeMirrorOperator(IbOperator):
    """Copy what is published to an object store; skipped where no mirror is configured.

    Only what changed is sent. A try that was killed is gone on with by the next. Nothing is
    deleted there but parts of live tables that were compacted here.

    Args:
        url: Such as ``s3://bucket/market`` (templated); empty takes ``IB_PROVIDER_MIRROR``.
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"url", "written", "written_bytes", "unchanged", "deleted", "only_there"}``, all but the
        first counts; the log names what is only there.
    """

    template_fields: Sequence[str] = (*IbOperator.template_fields, "url")

    def __init__(self, *, url: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url = url

    def execute(self, context: Context) -> dict[str, Any]:  # noqa: ARG002 # Airflow's signature
        """Mirror, and publish the counts."""
        from ib_provider.ledger.ledger import Ledger
        from ib_provider.store.object_tree import ObjectTree
        from ib_provider.usecases.mirror_lake import mirror_lake

        with task_outcome():
            settings = self.hook.settings
            url = read_text(self.url) or settings.mirror
            if not url:
                raise AirflowSkipException("no mirror: IB_PROVIDER_MIRROR is not set")
            tree = ObjectTree.open(url)
            self.tell(f"mirror to {tree.url}")
            with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
                done = mirror_lake(settings.market, tree, ledger=ledger, progress=self.tell)
        self.tell(
            f"{done.written:,} file(s) written ({done.written_bytes / 1e6:,.1f} MB), "
            f"{done.unchanged:,} unchanged, {done.deleted:,} deleted"
        )
        for path in done.only_there[:_NAMED]:
            self.tell(f"only in the mirror: {path}")
        if len(done.only_there) > _NAMED:
            self.tell(f"only in the mirror: {len(done.only_there) - _NAMED:,} more")
        return {
            "url": tree.url,
            "written": done.written,
            "written_bytes": done.written_bytes,
            "unchanged": done.unchanged,
            "deleted": done.deleted,
            "only_there": len(done.only_there),
        }
