# SPDX-License-Identifier: Apache-2.0
"""Start and stop the connection's gateway in a container."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ib_provider.hooks.outcome import task_outcome
from ib_provider.operators.ib_operator import IbOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

__all__ = ["IbGatewayStartOperator", "IbGatewayStopOperator"]


class IbGatewayStartOperator(IbOperator):
    """Start the gateway, or take the one that runs, and end when its API answers.

    Refused credentials, a login elsewhere and throttling fail the task for good: another try would
    lock the user name at IB. An unconfirmed second factor is worth a retry, which waits on.

    Args:
        timeout_s: For the start, a login with its second factor included (templated).
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"name": …, "address": …, "state": …, "server_version": …}``.
    """

    template_fields: Sequence[str] = (*IbOperator.template_fields, "timeout_s")

    def __init__(self, *, timeout_s: float | str = 300.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.timeout_s = timeout_s

    def execute(self, context: Context) -> dict[str, Any]:  # noqa: ARG002  Airflow's signature
        """Start it and publish its address."""
        with task_outcome():
            status = self.hook.start_gateway(timeout_s=float(self.timeout_s), progress=self.tell)
        return {
            "name": status.name,
            "address": status.address,
            "state": status.state.value,
            "server_version": status.answer.server_version if status.answer else None,
        }


class IbGatewayStopOperator(IbOperator):
    """Stop and remove the gateway's container; one that is not there is no failure.

    Returns:
        Whether there was one.
    """

    def execute(self, context: Context) -> bool:  # noqa: ARG002  Airflow's signature
        """Stop it."""
        with task_outcome():
            was_there = self.hook.gateway_container(progress=self.tell).stop()
        self.tell("stopped and removed" if was_there else "there was no container")
        return was_there
