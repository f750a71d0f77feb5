# SPDX-License-Identifier: Apache-2.0
"""The part of the ledger that keeps order intents, their states, and the audit of both.

Rules:
    * An intent is written before its order is sent, once: the second INSERT of an ``order_ref``
      fails, in whichever process.
    * A leg's next order is meant when the one before is done, and for no more than what is left
      of the leg: both are read in the transaction that writes the intent.
    * A report that comes late changes no state. One that contradicts the ledger is kept in the
      audit and raised: somebody must look.
    * Two account-wide ids under one ``order_ref`` are two orders at the broker: raised likewise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from ib_provider.domain.order import OrderState
from ib_provider.domain.plan_document import plan_id_of
from ib_provider.domain.portfolio import OrderPlan, PlanLeg
from ib_provider.errors import LedgerError
from ib_provider.ledger.attempts import leg_part, refuse_excess
from ib_provider.ledger.database import Database, insert_into
from ib_provider.ledger.intent import (
    STATE_OF_STATUS,
    UNRESOLVED,
    Intent,
    IntentState,
    OrderEvent,
    is_contradiction,
    next_state,
)
from ib_provider.ledger.schema import order_event, order_intent, order_plan
from ib_provider.ledger.sent_orders import DayCount, count_towards_day

__all__ = ["IntentBook"]

_INTENT_COLUMNS = tuple(order_intent.c[name] for name in Intent.__dataclass_fields__)
_EVENT_COLUMNS = tuple(order_event.c[name] for name in OrderEvent.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """What was said of an order, by the broker or by us."""

    state: IntentState
    at: datetime
    perm_id: int = 0
    filled: Decimal | None = None
    avg_fill_price: Decimal | None = None
    message: str = ""


class IntentBook:
    """Intents by ``order_ref``."""

    #: The plan whose id was last found true, and where its legs stand: a plan never changes, and
    #: to hash one of five hundred legs for each of them takes longer than to write them all down.
    _proved: tuple[OrderPlan, dict[PlanLeg, int]] | None = None

    def __init__(self, database: Database) -> None:
        self._database = database

    def intend(
        self,
        leg: PlanLeg,
        *,
        plan: OrderPlan,
        order_id: int,
        client_id: int,
        at: datetime,
        count: DayCount | None = None,
    ) -> Intent:
        """Write down that this leg's order is about to be sent; on the disk when it returns.

        Args:
            leg: Of the plan; or the same for less of it, at no worse price, and as a later
                attempt with an ``order_ref`` of its own.
            count: The day the order counts towards, in the same transaction: it is both meant
                and counted, or neither. None for an order that the broker holds already.

        Raises:
            LimitBreached: The day would be over its cap; nothing was written.
            LedgerError: The leg is not of this plan, the plan is not saved, or an intent of its
                ``order_ref`` or attempt exists: the broker must be asked, not sent to. Or the
                leg's order before it is not done, or has left less than this one is for.
        """
        places = self._places(plan)
        index = places.get(leg, leg_part(plan, leg) if places else None)
        if index is None:
            raise LedgerError(f"order {leg.order_ref} is not of plan {plan.plan_id[:16]}")
        intent = Intent(
            order_ref=leg.order_ref,
            plan_id=plan.plan_id,
            leg=index,
            attempt=leg.attempt,
            quantity=leg.quantity,
            limit_price=leg.limit_price,
            order_id=order_id,
            client_id=client_id,
            perm_id=0,
            state=IntentState.INTENDED,
            filled=Decimal(0),
            avg_fill_price=None,
            message="",
            created_at=at,
            updated_at=at,
        )
        row = _columns(intent)
        try:
            with self._database.write() as connection:
                statement = insert_into(connection, order_intent).on_conflict_do_nothing()
                refuse_excess(connection, intent, plan.legs[index])
                if connection.execute(statement, row).rowcount != 1:
                    raise LedgerError(f"order {leg.order_ref} was already meant to be sent")
                _audit(connection, intent, None, _Report(state=intent.state, at=at), applied=True)
                if count is not None:
                    count_towards_day(connection, count)
        except IntegrityError as error:
            raise LedgerError(f"plan {plan.plan_id[:16]} is not in the ledger") from error
        return intent

    def intents(self, plan_id: str) -> tuple[Intent, ...]:
        """Return the intents of a plan, in its order of sending, a leg's attempts by number."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(*_INTENT_COLUMNS)
                .where(order_intent.c.plan_id == plan_id)
                .order_by(order_intent.c.leg, order_intent.c.attempt)
            ).mappings()
            return tuple(_intent(row) for row in rows)

    def unresolved_orders(self, account: str) -> tuple[Intent, ...]:
        """Return the intents of an account of which nobody knows whether the broker has them."""
        open_states = [state.value for state in UNRESOLVED]
        with self._database.read() as connection:
            rows = connection.execute(
                select(*_INTENT_COLUMNS)
                .join(order_plan, order_plan.c.plan_id == order_intent.c.plan_id)
                .where(order_plan.c.account == account, order_intent.c.state.in_(open_states))
                .order_by(order_intent.c.created_at)
            ).mappings()
            return tuple(_intent(row) for row in rows)

    def find_intent(self, order_ref: str) -> Intent | None:
        """Return the intent of an ``order_ref``, or None where there is none."""
        with self._database.read() as connection:
            return _load(connection, order_ref, lock=False)

    def events(self, order_ref: str) -> tuple[OrderEvent, ...]:
        """Return the audit of one order, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(*_EVENT_COLUMNS)
                .where(order_event.c.order_ref == order_ref)
                .order_by(order_event.c.event_id)
            ).mappings()
            return tuple(_event(row) for row in rows)

    def record_state(self, order_ref: str, state: OrderState, at: datetime) -> Intent:
        """Record what the broker says of an order; return the intent after it.

        Raises:
            LedgerError: No such intent, another order's state, or a contradiction.
        """
        if state.order.order_ref not in ("", order_ref):
            raise LedgerError(f"a state of {state.order.order_ref} was given for {order_ref}")
        report = _Report(
            state=STATE_OF_STATUS[state.status],
            at=at,
            perm_id=state.perm_id,
            filled=state.filled,
            avg_fill_price=state.avg_fill_price,
            message=state.warning or state.why_held,
        )
        return self._record(order_ref, report)

    def record_rejected(self, order_ref: str, code: int, message: str, at: datetime) -> Intent:
        """Record that the broker refused an order; return the intent after it.

        Raises:
            LedgerError: No such intent, or the order is filled.
        """
        text = f"error {code}: {message}"
        return self._record(order_ref, _Report(state=IntentState.REJECTED, at=at, message=text))

    def record_unknown(self, order_ref: str, reason: str, at: datetime) -> Intent:
        """Record that nobody can say whether the broker holds an order.

        An order whose end is known keeps it.

        Raises:
            LedgerError: No such intent.
        """
        return self._record(order_ref, _Report(state=IntentState.UNKNOWN, at=at, message=reason))

    def record_unsent(self, order_ref: str, *, who: str, why: str, at: datetime) -> Intent:
        """Record a person's word that an order never reached the broker; return the intent.

        Raises:
            LedgerError: No such intent, it is known what became of it, or it was being cancelled
                when it was lost: then it was at the broker, and its leg would be sent again.
        """
        current = self.find_intent(order_ref)
        if current is not None and current.state not in UNRESOLVED:
            raise LedgerError(f"order {order_ref} is {current.state}: nothing is left to say of it")
        if current is not None and current.called_off_at is not None:
            raise LedgerError(f"order {order_ref} was at the broker: we asked for its cancel")
        message = f"never at the broker, says {who}: {why}"
        return self._record(order_ref, _Report(state=IntentState.CANCELLED, at=at, message=message))

    def record_gone(self, order_ref: str, *, who: str, why: str, at: datetime) -> Intent:
        """Record a person's word that an order is no longer at the broker; return the intent.

        The caller has given up its leg, or what is left of that may be sent again.

        Raises:
            LedgerError: No such intent.
        """
        message = f"no longer at the broker, says {who}: {why}"
        return self._record(order_ref, _Report(state=IntentState.CANCELLED, at=at, message=message))

    def call_off(self, order_ref: str, reason: str, at: datetime) -> None:
        """Note, before it is asked for, the cancel of an order whose time is over; once.

        Raises:
            LedgerError: No such intent.
        """
        with self._database.write() as connection:
            current = _load(connection, order_ref, lock=True)
            if current is None:
                raise LedgerError(f"order {order_ref} was never meant to be sent")
            if current.called_off_at is not None or current.state.is_terminal:
                return
            connection.execute(
                update(order_intent)
                .where(order_intent.c.order_ref == order_ref)
                .values(called_off_at=at)
            )
            report = _Report(state=current.state, at=at, message=reason)
            _audit(connection, current, current.state, report, applied=True)

    def _places(self, plan: OrderPlan) -> Mapping[PlanLeg, int]:
        """Return where the legs of a plan stand in it; of one whose id is not its own, nothing."""
        if self._proved is None or self._proved[0] is not plan:
            if plan.plan_id != plan_id_of(plan):
                return {}
            self._proved = (plan, {leg: place for place, leg in enumerate(plan.legs)})
        return self._proved[1]

    def _record(self, order_ref: str, report: _Report) -> Intent:
        with self._database.write() as connection:
            current = _load(connection, order_ref, lock=True)
            if current is None:
                raise LedgerError(f"order {order_ref} was never meant to be sent")
            problem = _problem(current, report)
            after = current if problem else _merge(current, report)
            if problem or after != current:
                _audit(connection, current, current.state, report, applied=not problem)
            if after != current:
                connection.execute(
                    update(order_intent)
                    .where(order_intent.c.order_ref == order_ref)
                    .values(_columns(replace(after, updated_at=report.at)))
                )
                after = replace(after, updated_at=report.at)
        # Raised when the audit is committed, not before: the contradiction must be on record.
        if problem:
            raise LedgerError(problem)
        return after


def _problem(current: Intent, report: _Report) -> str:
    """Return what the report contradicts, or nothing."""
    if is_contradiction(current.state, report.state):
        return f"order {current.order_ref} is {current.state} and was reported {report.state}"
    if 0 not in (current.perm_id, report.perm_id) and current.perm_id != report.perm_id:
        return (
            f"order {current.order_ref} is at the broker twice: "
            f"permId {current.perm_id} and permId {report.perm_id}"
        )
    return ""


def _merge(current: Intent, report: _Report) -> Intent:
    """Return the intent with what the report adds; ``updated_at`` is left for the caller."""
    state = next_state(current.state, report.state)
    filled = current.filled if report.filled is None else max(current.filled, report.filled)
    newest = report.filled is not None and report.filled >= current.filled
    late = state is not report.state
    kept = current.message if state is current.state else ""
    return replace(
        current,
        state=state,
        perm_id=current.perm_id or report.perm_id,
        filled=filled,
        avg_fill_price=(report.avg_fill_price if newest else None) or current.avg_fill_price,
        message=kept if late else report.message or kept,
    )


def _audit(
    connection: Connection,
    intent: Intent,
    former: IntentState | None,
    report: _Report,
    *,
    applied: bool,
) -> None:
    connection.execute(
        order_event.insert(),
        {
            "order_ref": intent.order_ref,
            "at": report.at,
            "former": former,
            "state": report.state,
            "applied": applied,
            "perm_id": report.perm_id,
            "filled": report.filled,
            "message": report.message,
        },
    )


def _load(connection: Connection, order_ref: str, *, lock: bool) -> Intent | None:
    statement = select(*_INTENT_COLUMNS).where(order_intent.c.order_ref == order_ref)
    # SQLite's write lock is held already; Postgres locks the row.
    row = connection.execute(statement.with_for_update() if lock else statement).mappings()
    found = row.one_or_none()
    return None if found is None else _intent(found)


def _columns(intent: Intent) -> dict[str, Any]:
    return {name: getattr(intent, name) for name in Intent.__dataclass_fields__}


def _intent(row: Mapping[Any, Any]) -> Intent:
    return Intent(**{**row, "state": IntentState(row["state"])})


def _event(row: Mapping[Any, Any]) -> OrderEvent:
    former = None if row["former"] is None else IntentState(row["former"])
    return OrderEvent(**{**row, "former": former, "state": IntentState(row["state"])})
