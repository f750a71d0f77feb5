# SPDX-License-Identifier: Apache-2.0
"""Plans as documents: exact both ways, and any change shows."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.contract import Contract, SecType
from ib_provider.domain.order import OrderType, Side, TimeInForce
from ib_provider.domain.plan_document import (
    plan_from_document,
    plan_id_of,
    plan_to_document,
    seal_plan,
)
from ib_provider.domain.portfolio import CashRow, OrderPlan, PlanLeg, PlanRow
from ib_provider.errors import LedgerError
from tests.support.books import a_portfolio
from tests.support.plans import a_leg, a_plan

AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=9))])

CONTRACTS = st.builds(
    Contract,
    con_id=st.integers(0, 2**40),
    symbol=TEXTS,
    sec_type=st.sampled_from(SecType),
    strike=st.none() | AMOUNTS,
    exchange=TEXTS,
)
LEGS = st.builds(
    PlanLeg,
    order_ref=TEXTS,
    instrument_id=TEXTS,
    contract=CONTRACTS,
    side=st.sampled_from(Side),
    quantity=AMOUNTS,
    order_type=st.sampled_from(OrderType),
    limit_price=AMOUNTS,
    tif=st.sampled_from(TimeInForce),
    arrival_price=AMOUNTS,
)
ROWS = st.builds(
    PlanRow,
    instrument_id=TEXTS,
    held=AMOUNTS,
    price=st.none() | AMOUNTS,
    weight=st.none() | AMOUNTS,
    target_weight=AMOUNTS,
    target_quantity=st.none() | AMOUNTS,
    trade=AMOUNTS,
    note=TEXTS,
)
PLANS = st.builds(
    OrderPlan,
    plan_id=st.just(""),
    account=TEXTS,
    strategy=TEXTS,
    key=TEXTS,
    currency=TEXTS,
    net_liquidation=AMOUNTS,
    as_of=st.datetimes(
        min_value=datetime(1990, 1, 1),  # noqa: DTZ001
        max_value=datetime(2100, 1, 1),  # noqa: DTZ001
        timezones=ZONES,
    ),
    rows=st.lists(ROWS, max_size=3).map(tuple),
    legs=st.lists(LEGS, max_size=3).map(tuple),
).map(seal_plan)


@given(plan=PLANS)
def test_plan_survives_json_exactly(plan: OrderPlan) -> None:
    """Any plan comes back equal, with the same id, through real JSON without a float."""
    text = json.dumps(plan_to_document(plan))
    read = plan_from_document(json.loads(text, parse_float=pytest.fail))
    assert read == plan
    assert plan_to_document(read) == plan_to_document(plan)


def test_plan_id_is_the_same_for_equal_plans() -> None:
    """How a number was written, and in which zone the time, makes no other plan."""
    plan = a_plan(nlv="1000000")
    other = replace(
        plan,
        net_liquidation=Decimal("1.000000E+6"),
        as_of=plan.as_of.astimezone(timezone(timedelta(hours=-5))),
    )
    assert plan_id_of(other) == plan.plan_id


def test_plan_id_is_pinned() -> None:
    """The hash of one plan, as first made: a change of the format must raise PLAN_FORMAT."""
    assert a_plan().plan_id == "57ecbedba3315de213d0308de36ddc7404b9229bcb79e116dade23ec6d5aaced"


@pytest.mark.parametrize("name", [f.name for f in fields(OrderPlan) if f.name != "plan_id"])
def test_plan_id_depends_on_every_field(name: str) -> None:
    """Nothing in a plan can change without its id."""
    plan = a_plan()
    other = a_plan(a_leg("another"), key="another", nlv="1")
    values: dict[str, Any] = {
        "account": "DU2",
        "strategy": "other",
        "currency": "EUR",
        "as_of": plan.as_of + timedelta(microseconds=1),
        "rows": (),
        "basis": Decimal(1),
        "rules": a_portfolio(),
        "cash": (CashRow(currency="USD", rate=Decimal(1), before=Decimal(0), after=Decimal(0)),),
    }
    changed = replace(plan, **{name: values.get(name, getattr(other, name))})
    assert plan_id_of(changed) != plan.plan_id


def _paths(document: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(document, dict | list):
        pairs = document.items() if isinstance(document, dict) else enumerate(document)
        for key, value in pairs:
            yield from _paths(value, (*at, key))
    else:
        yield at


@pytest.mark.parametrize("path", list(_paths(plan_to_document(a_plan()))), ids=str)
def test_plan_touched_anywhere_is_refused(path: tuple[Any, ...]) -> None:
    """Whichever single value of the document is changed, the plan is not given out."""
    document: Any = copy.deepcopy(plan_to_document(a_plan()))
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = {"465": "466", "BUY": "SELL", None: "1", 1: 2}.get(inner[path[-1]], "touched")
    with pytest.raises(LedgerError):
        plan_from_document(document)


@pytest.mark.parametrize("document", [None, [], "plan", {}, {"format": 2}, {"format": 1}])
def test_document_that_is_no_plan_is_refused(document: object) -> None:
    """Anything else is an error of the ledger, not a crash."""
    with pytest.raises(LedgerError):
        plan_from_document(document)


def test_plan_with_a_number_that_is_none_is_not_written() -> None:
    """A NaN never gets into a plan."""
    with pytest.raises(LedgerError, match="NaN"):
        seal_plan(replace(a_plan(), net_liquidation=Decimal("NaN")))
