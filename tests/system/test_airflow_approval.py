# SPDX-License-Identifier: Apache-2.0
"""No order goes out without a person's yes to that very plan, whatever is done to the run.

The shipped ``ib_rebalance`` in a whole Airflow, spoken to by REST; what was sent is read from the
journal of the simulated gateway, a process of its own.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.config import Settings
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.load_instruments import load_instruments
from tests.support.airflow_home import PROJECT
from tests.support.airflow_stack import AirflowRest, running_airflow
from tests.support.main_job import ACCOUNT, IDS
from tests.support.simulator import gateway_in_process

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

#: What is answered, or done, to the run of each.
KEYS = ("yes", "no", "swapped", "silence")
ENDS = ("success", "failed", "skipped", "upstream_failed")
#: How often the scheduler looks for questions that nobody answered, in seconds.
ENVIRONMENT = {
    "AIRFLOW__SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL": "2",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.3",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where Airflow and the provider keep their state."""
    return tmp_path_factory.mktemp("airflow")


@pytest.fixture(scope="module")
def journal(home: Path) -> Path:
    """Return where the gateway notes every order message that it receives."""
    return home / "journal.jsonl"


@pytest.fixture(scope="module")
def include(home: Path) -> Path:
    """Return the demo's portfolio and limits, and nothing else."""
    for name in ("limits/demo", "portfolios/demo"):
        path = home / "include" / f"{name}.yaml"
        path.parent.mkdir(parents=True)
        path.write_bytes((PROJECT / "include" / f"{name}.yaml").read_bytes())
    return home / "include"


@pytest.fixture(scope="module")
def dags(home: Path) -> Path:
    """Return the shipped DAG under a name for each key, so that their runs need not queue."""
    folder = home / "dags"
    folder.mkdir()
    shipped = (PROJECT / "dags" / "ib_rebalance.py").read_text("utf-8")
    # An answer within seconds of the question costs a retry, as Airflow is: not half a minute.
    text = _with(shipped, '"retry_delay": timedelta(seconds=30)', '"retry_delay": timedelta(0, 1)')
    for key in KEYS:
        named = _with(text, 'dag_id="ib_rebalance"', f'dag_id="{key}"')
        if key == "silence":
            named = _with(
                named, "response_timeout=timedelta(minutes=30)", "response_timeout=timedelta(0, 2)"
            )
        (folder / f"{key}.py").write_text(named, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def airflow(home: Path, journal: Path, include: Path, dags: Path) -> Iterator[AirflowRest]:
    """Return a running Airflow."""
    more = ENVIRONMENT | {"AIRFLOW__CORE__DAGS_FOLDER": str(dags)}
    with gateway_in_process("--journal", str(journal), "--fill-delay", "0.01") as gateway:
        asyncio.run(_load(gateway.port, home))
        with running_airflow(
            home, gateway_port=gateway.port, include=include, environment=more
        ) as rest:
            yield rest


@pytest.fixture(scope="module")
def runs(airflow: AirflowRest) -> dict[str, str]:
    """Return the path of a run of each key, all of them asking for approval of their plan."""
    conf = {"portfolio": "demo", "dry_run": False, "approval": True}
    return {key: airflow.trigger(key, rebalance_id=key, **conf) for key in KEYS}


def _with(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


async def _load(port: int, home: Path) -> None:
    async with IbClient(Endpoint(port=port, client_id=90)) as client:
        await load_instruments(client, store=InstrumentStore(_settings(home).market), ids=IDS)


def test_silence_is_no_approval_and_clearing_submit_sends_nothing(
    airflow: AirflowRest, runs: dict[str, str], home: Path, journal: Path
) -> None:
    """Nobody answers in time: the run fails, and what is cleared after it sends nothing."""
    path = runs["silence"]
    assert airflow.wait_for_task(path, "approve", *ENDS) == "failed"
    assert airflow.wait_for_end(path) == "failed"
    airflow.clear("silence", path, "submit")
    assert airflow.wait_for_end(path) == "failed"
    assert airflow.wait_for_task(path, "submit", *ENDS) == "upstream_failed"
    _pass_by_hand(airflow, "silence", path)
    _check_unsent(home, journal, "silence")


def test_rejected_plan_is_not_sent_by_clearing_submit_nor_by_marking_the_gate_as_passed(
    airflow: AirflowRest, runs: dict[str, str], home: Path, journal: Path
) -> None:
    """Somebody said no, and it stays a no."""
    path = runs["no"]
    airflow.answer(path, "approve", "Reject")
    assert airflow.wait_for_task(path, "submit", *ENDS) == "skipped"
    airflow.wait_for_end(path)
    airflow.clear("no", path, "submit")
    airflow.wait_for_end(path)
    assert airflow.wait_for_task(path, "submit", *ENDS) == "skipped"
    _pass_by_hand(airflow, "no", path)
    _check_unsent(home, journal, "no")


def test_yes_to_a_plan_that_the_run_is_no_longer_about_sends_nothing(
    airflow: AirflowRest, runs: dict[str, str], home: Path, journal: Path
) -> None:
    """While the person reads, what ``plan`` published is exchanged for another plan's id."""
    path = runs["swapped"]
    airflow.wait_for_task(path, "approve", "awaiting_input")
    other = _plan(home, "no")
    assert other != _plan(home, "swapped")
    _exchange_plan(airflow, path, other)
    airflow.answer(path, "approve", "Approve")
    assert airflow.wait_for_task(path, "approve", *ENDS) == "failed"
    airflow.wait_for_end(path)
    _pass_by_hand(airflow, "swapped", path)
    _check_unsent(home, journal, "no")
    _check_unsent(home, journal, "swapped")


def test_approved_plan_is_sent_once_and_clearing_submit_sends_nothing_again(
    airflow: AirflowRest, runs: dict[str, str], home: Path, journal: Path
) -> None:
    """Five orders after the yes, none before it; none more, and of no other plan, afterwards."""
    path = runs["yes"]
    airflow.wait_for_task(path, "approve", "awaiting_input")
    plan = _plan(home, "yes")
    assert _sent(journal) == Counter()
    airflow.answer(path, "approve", "Approve")
    assert airflow.wait_for_end(path) == "success"
    assert len(plan.legs) == 5
    assert _sent(journal) == Counter(leg.order_ref for leg in plan.legs)

    airflow.clear("yes", path, "submit")
    assert airflow.wait_for_end(path) == "success"
    assert _sent(journal) == Counter(leg.order_ref for leg in plan.legs)

    # Approved was this plan; the run is made one about another.
    _exchange_plan(airflow, path, _plan(home, "no"))
    _submit_refused(airflow, "yes", path)
    assert _sent(journal) == Counter(leg.order_ref for leg in plan.legs)
    _check_approved(home, journal)


def _pass_by_hand(airflow: AirflowRest, key: str, path: str) -> None:
    """Mark the question as passed, whatever was answered, and try to have the orders sent."""
    airflow.mark_passed(path, "approve")
    _submit_refused(airflow, key, path)


def _submit_refused(airflow: AirflowRest, key: str, path: str) -> None:
    """Run ``submit`` alone, and fail unless it refuses for want of an approval."""
    airflow.clear(key, path, "submit")
    assert airflow.wait_for_task(path, "submit", *ENDS) == "failed"
    task = airflow.call("GET", f"{path}/taskInstances/submit")
    log = airflow.call("GET", f"{path}/taskInstances/submit/logs/{task['try_number']}")
    assert "NotApproved" in json.dumps(log)


def _exchange_plan(airflow: AirflowRest, path: str, plan: OrderPlan) -> None:
    """Overwrite what the task ``plan`` published, as a person may."""
    airflow.call("PATCH", f"{path}/taskInstances/plan/xcomEntries/plan_id", value=plan.plan_id)


def _settings(home: Path) -> Settings:
    return Settings(home=home, ledger_url=f"sqlite:///{home}/ledger.db", include=home / "include")


def _ledger(home: Path) -> Ledger:
    settings = _settings(home)
    return Ledger.open(settings.ledger_url, locks=settings.locks)


def _plan(home: Path, key: str) -> OrderPlan:
    with _ledger(home) as ledger:
        plan = ledger.find_plan(ACCOUNT, "demo", key)
    assert plan is not None
    return plan


def _sent(journal: Path) -> Counter[str]:
    """Return how many order messages the gateway received under each order_ref."""
    if not journal.exists():
        return Counter()
    lines = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    return Counter(line["order_ref"] for line in lines if "order_ref" in line)


def _check_unsent(home: Path, journal: Path, key: str) -> None:
    """Fail if an order of this plan was received, or any order that nobody approved."""
    refs = {leg.order_ref for leg in _plan(home, key).legs}
    assert len(refs) == 5
    assert not refs & _sent(journal).keys()
    _check_approved(home, journal)


def _check_approved(home: Path, journal: Path) -> None:
    """Fail unless the last word on the plan of every order that was sent is a person's yes."""
    with _ledger(home) as ledger:
        for order_ref in _sent(journal):
            intent = ledger.find_intent(order_ref)
            assert intent is not None
            said = ledger.approvals(intent.plan_id)
            assert [word.is_approved for word in said[-1:]] == [True]
            assert said[-1].at < intent.created_at
