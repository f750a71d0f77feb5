# SPDX-License-Identifier: Apache-2.0
"""Two keys that must agree before anything is sent: the connection's, and the account's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ib_provider.domain.account import TradingMode
from ib_provider.domain.approval import Approval
from ib_provider.domain.portfolio import Breach, OrderPlan
from ib_provider.errors import ConfigError, LimitBreached, NotApproved, WrongAccount

__all__ = ["TradingGuard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingGuard:
    """What the connection allows.

    Attributes:
        trading_mode: Must fit the account: paper accounts begin with ``D``, live ones do not.
        read_only: True refuses every order.
        max_plan_age: A plan older than this is not sent.
        max_execution_age: Of one whose first wave was sent in time, nothing more is sent then.
        needs_approval: A person must have approved the plan. A live account always does.
        max_approval_age: An approval older than this no longer counts.
    """

    trading_mode: TradingMode
    read_only: bool
    max_plan_age: timedelta = timedelta(hours=1)
    max_execution_age: timedelta = timedelta(hours=12)
    needs_approval: bool = False
    max_approval_age: timedelta = timedelta(minutes=30)

    def admit(self, account: str, managed: Sequence[str]) -> None:
        """Raise unless this account may be traded here.

        Raises:
            ConfigError: The connection is read-only.
            WrongAccount: Not this login's account, or paper and live disagree.
        """
        if self.read_only:
            raise ConfigError("connection", ["read_only: is true, so no order is sent"])
        if account not in managed:
            raise WrongAccount(account, managed)
        kind = TradingMode.of(account)
        if kind is not self.trading_mode:
            reason = f"{account} is a {kind} account, the connection says {self.trading_mode}"
            raise WrongAccount(account, managed, reason)

    def refuse_stale(self, plan: OrderPlan, now: datetime, *, is_begun: bool = False) -> None:
        """Raise when a plan is too old to send.

        Args:
            is_begun: Its first wave was sent, in time; what follows belongs to it.

        Raises:
            LimitBreached: Its prices and positions are history.
        """
        age = now - plan.as_of
        allowed = self.max_execution_age if is_begun else self.max_plan_age
        if not timedelta(0) <= age <= allowed:
            raise LimitBreached(
                [
                    Breach(
                        limit="plan_age",
                        subject=plan.plan_id[:12],
                        found=str(age),
                        allowed=f"0:00:00 to {allowed}",
                    )
                ]
            )

    def refuse_unapproved(
        self, plan: OrderPlan, approvals: Sequence[Approval], now: datetime
    ) -> None:
        """Raise unless a person has approved this very plan, and lately, where one must.

        Args:
            approvals: What was said of it, oldest first: the last one counts.

        Raises:
            NotApproved: Nobody did, somebody said no, or it was too long ago.
        """
        if not approvals:
            if self.needs_approval or self.trading_mode is TradingMode.LIVE:
                raise NotApproved(plan.plan_id, "nobody has approved it")
            return
        last = approvals[-1]
        if last.plan_id != plan.plan_id:
            raise NotApproved(plan.plan_id, f"the approval is of plan {last.plan_id[:12]}")
        if not last.is_approved:
            raise NotApproved(plan.plan_id, f"{last.who} rejected it at {last.at:%F %T} UTC")
        age = now - last.at
        if not timedelta(0) <= age <= self.max_approval_age:
            reason = f"{last.who} approved it {age} ago, allowed {self.max_approval_age}"
            raise NotApproved(plan.plan_id, reason)
