# SPDX-License-Identifier: Apache-2.0
"""The day's caps and the kill switch in the ledger, on SQLite and Postgres, across processes."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.domain.kill_order import KillLevel, KillOrder
from ib_provider.domain.order import Side
from ib_provider.domain.order_history import SentOrder
from ib_provider.errors import LedgerError, LimitBreached
from ib_provider.ledger import Ledger
from ib_provider.ledger.sent_orders import DayCount
from tests.support.plans import ACCOUNT, AT, a_leg, a_plan

pytest_plugins = ("tests.support.ledgers",)

ROOT = Path(__file__).parents[2]
DAY = date(2013, 3, 4)

#: Eight processes that each want 30 of a day's 100, at the same moment.
RACE = """
import multiprocessing, sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from ib_provider.errors import LimitBreached
from ib_provider.ledger import Ledger
from tests.integration.test_ledger_safety import an_order

url, locks = sys.argv[1], Path(sys.argv[2])
fork = multiprocessing.get_context("fork")
line = fork.Barrier(8)

def race(number):
    line.wait(timeout=60)
    with Ledger.open(url, locks=locks) as ledger:
        try:
            ledger.count_order(
                an_order(f"ref{number}", "30"), account="DU1000001", day=date(2013, 3, 4),
                cap=Decimal(100))
        except LimitBreached:
            print("refused", flush=True)
        else:
            print("counted", flush=True)

racers = [fork.Process(target=race, args=(n,)) for n in range(8)]
[racer.start() for racer in racers]
[racer.join() for racer in racers]
"""


def an_order(ref: str, value: str, *, at: datetime = AT) -> SentOrder:
    """Build an order that counts towards a day."""
    return SentOrder(
        order_ref=ref,
        instrument_id="AAPL.NASDAQ",
        side=Side.BUY,
        quantity=Decimal(5),
        value=Decimal(value),
        currency="USD",
        at=at,
    )


def count(ledger: Ledger, order: SentOrder, *, cap: str = "100", day: date = DAY) -> None:
    """Count an order towards a day."""
    ledger.count_order(order, account=ACCOUNT, day=day, cap=Decimal(cap))


def a_stop(account: str = "*", *, until: datetime | None = None) -> KillOrder:
    """Build a stop."""
    return KillOrder(
        level=KillLevel.CANCEL_OURS, account=account, who="ann", why="test", at=AT, until=until
    )


def test_cap_of_a_day_is_shared_by_processes(ledger: Ledger, ledger_url: str, locks: Path) -> None:
    """Of eight who want 30 of 100 at once, three get it; the others are told."""
    racers = subprocess.run(
        [sys.executable, "-c", RACE, ledger_url, str(locks)],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'plugins'}:{ROOT}", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert sorted(racers.stdout.split()) == ["counted"] * 3 + ["refused"] * 5
    assert sum(order.value for order in ledger.sent_orders(ACCOUNT, DAY)) == 90


def test_order_counts_once_and_only_in_its_day_and_account(ledger: Ledger) -> None:
    """A resend is the same order; yesterday and another account have caps of their own."""
    order = an_order("a", "60")
    count(ledger, order)
    count(ledger, order)
    count(ledger, an_order("b", "60"), day=DAY - timedelta(days=1))
    ledger.count_order(an_order("c", "60"), account="DU2", day=DAY, cap=Decimal(100))
    assert ledger.sent_orders(ACCOUNT, DAY) == (order,)
    with pytest.raises(LimitBreached, match=r"max_daily_value: DU1000001: 120.00 on 2013-03-04"):
        count(ledger, an_order("d", "60"))
    assert ledger.sent_orders(ACCOUNT, DAY) == (order,)


def test_order_is_counted_and_meant_or_neither(ledger: Ledger) -> None:
    """One that breaks the day's cap leaves no intent, and one meant before is not counted again."""
    legs = [a_leg("first"), a_leg("second")]
    plan = ledger.save_plan(a_plan(*legs))
    for number, leg in enumerate(legs):
        order = an_order(leg.order_ref, "60")
        towards = DayCount(order=order, account=ACCOUNT, day=DAY, cap=Decimal(100))
        if leg is legs[1]:
            with pytest.raises(LimitBreached, match=r"max_daily_value: DU1000001: 120.00"):
                ledger.intend(
                    leg, plan=plan, order_id=number + 1, client_id=1, at=AT, count=towards
                )
        else:
            ledger.intend(leg, plan=plan, order_id=number + 1, client_id=1, at=AT, count=towards)
    assert [intent.order_ref for intent in ledger.intents(plan.plan_id)] == ["first"]
    assert [order.order_ref for order in ledger.sent_orders(ACCOUNT, DAY)] == ["first"]
    late = DayCount(order=an_order("first", "70"), account=ACCOUNT, day=DAY, cap=Decimal(100))
    with pytest.raises(LedgerError, match="already meant"):
        ledger.intend(legs[0], plan=plan, order_id=9, client_id=1, at=AT, count=late)
    assert [order.value for order in ledger.sent_orders(ACCOUNT, DAY)] == [60]


def test_order_of_no_number_is_not_counted(ledger: Ledger) -> None:
    """A NaN is below no cap."""
    with pytest.raises(LimitBreached, match="NaN"):
        count(ledger, an_order("a", "NaN"))


def test_refused_order_frees_its_part_of_the_day_and_counts_as_refused(ledger: Ledger) -> None:
    """What the broker refused moved nothing; refusals in a row are counted until a fill."""
    legs = [a_leg(f"ref{n}") for n in range(3)]
    plan = ledger.save_plan(a_plan(*legs))
    for n, leg in enumerate(legs):
        count(ledger, an_order(leg.order_ref, "60", at=AT + timedelta(seconds=n)))
        ledger.intend(leg, plan=plan, order_id=n + 1, client_id=1, at=AT)
        ledger.record_rejected(leg.order_ref, 201, "no", AT)
    assert ledger.rejects_in_a_row(ACCOUNT) == 3
    assert [order.is_refused for order in ledger.sent_orders(ACCOUNT, DAY)] == [True] * 3
    ledger.record_reset(ACCOUNT, who="ann", why="seen", at=AT + timedelta(seconds=1))
    assert ledger.rejects_in_a_row(ACCOUNT) == 1
    assert ledger.rejects_in_a_row("DU2") == 0


def test_stop_is_there_for_every_process_until_it_is_lifted(
    ledger: Ledger, ledger_url: str, locks: Path
) -> None:
    """Another process sees the stop at once, and the lift; the audit keeps both."""
    with Ledger.open(ledger_url, locks=locks) as other:
        ledger.record_stop(a_stop())
        assert other.stops() == (a_stop(),)
        ledger.record_lift("*", who="bob", why="over", at=AT + timedelta(minutes=1))
        assert other.stops() == ()
        audit = [(event.action, event.who, event.why) for event in other.kill_events()]
    assert audit == [("stop", "ann", "test"), ("lift", "bob", "over")]


def test_lift_of_one_account_leaves_the_stop_of_all(ledger: Ledger) -> None:
    """Who may trade again is named; nobody else is freed along."""
    for account in ("DU1", "DU2", "*"):
        ledger.record_stop(a_stop(account))
    ledger.record_lift("DU1", who="ann", why="ok", at=AT)
    assert [stop.account for stop in ledger.stops()] == ["DU2", "*"]


@pytest.mark.parametrize(
    "stop",
    [
        a_stop(until=AT),
        KillOrder(level=KillLevel.NO_NEW_ORDERS, account="*", who=" ", why="x", at=AT, until=None),
        KillOrder(level=KillLevel.NO_NEW_ORDERS, account="*", who="x", why="", at=AT, until=None),
    ],
    ids=["ends at once", "nobody", "no reason"],
)
def test_stop_without_who_why_or_time_is_refused(ledger: Ledger, stop: KillOrder) -> None:
    """An audit with holes is none."""
    with pytest.raises(LedgerError):
        ledger.record_stop(stop)
    assert ledger.kill_events() == ()


def test_times_come_back_in_utc(ledger: Ledger) -> None:
    """The end of a stop is compared with a clock that knows its zone."""
    end = datetime(2013, 3, 4, 12, 0, tzinfo=UTC) + timedelta(days=1)
    ledger.record_stop(a_stop(until=end))
    assert ledger.stops()[0].until == end
