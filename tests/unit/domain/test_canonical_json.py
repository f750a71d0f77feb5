# SPDX-License-Identifier: Apache-2.0
"""The text that is hashed is what ``json`` itself would write of the document."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.canonical_json import canonical_json
from ib_provider.domain.kill_order import KillLevel, KillOrder
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.domain.value_document import value_to_document
from ib_provider.errors import LedgerError
from tests.support.books import AT, a_book, a_portfolio
from tests.support.plans import a_leg, a_plan

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)


def as_json_writes(value: object) -> str:
    """Return what the standard library writes of a document."""
    document = value_to_document(value)
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@given(text=st.text(st.characters(codec="utf-8")), number=NUMBERS, count=st.integers())
def test_canonical_json_is_what_json_writes(text: str, number: Decimal, count: int) -> None:
    """Any text, number and nesting: the same characters."""
    leg = replace(a_leg(text), quantity=number, wave=count)
    plan = replace(a_plan(), strategy=text, legs=(leg, leg), rules=a_portfolio(), basis=number)
    assert canonical_json(plan) == as_json_writes(plan)


def test_canonical_json_of_times_in_any_zone_is_utc() -> None:
    """An instant has one text, wherever it was read."""
    stop = KillOrder(
        level=KillLevel.CANCEL_OURS,
        account="*",
        who="ann",
        why='"quoted" \\ and ünïcode\n',
        at=AT.astimezone(timezone(timedelta(hours=9))),
        until=None,
    )
    assert canonical_json(stop) == as_json_writes(stop)
    assert '"at":"2013-03-04T15:00:00+00:00"' in canonical_json(stop)


def test_canonical_json_leaves_out_and_adds_what_it_is_told() -> None:
    """The plan's own id is not in its hash; the format is."""
    plan = a_plan()
    document = value_to_document(plan)
    assert isinstance(document, dict)
    del document["plan_id"]
    text = canonical_json(plan, without="plan_id", also={"format": 7})
    assert json.loads(text) == {**document, "format": 7}


@pytest.mark.parametrize("number", ["NaN", "sNaN", "-NaN9", "Infinity", "1E+99", "1E-99"])
def test_canonical_json_refuses_what_is_no_amount(number: str) -> None:
    """A number that cannot be kept is not hashed either."""
    plan: OrderPlan = replace(a_plan(), net_liquidation=Decimal(number))
    with pytest.raises(LedgerError):
        canonical_json(plan)


def test_canonical_json_refuses_a_type_without_a_document() -> None:
    """A book is no document."""
    with pytest.raises(LedgerError, match="document form"):
        canonical_json(a_book())
