# SPDX-License-Identifier: Apache-2.0
"""Limit files: every limit written down, or refused with every problem."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ib_provider.domain.portfolio import Limits
from ib_provider.errors import ConfigError
from ib_provider.rebalance import parse_limits, read_yaml

DEMO = Path(__file__).parents[3] / "include" / "limits" / "demo.yaml"
NUMBERS = [
    "max_order_value",
    "max_order_quantity",
    "max_orders",
    "max_turnover",
    "max_weight",
    "max_price_age_s",
    "max_price_move",
    "max_collar_bp",
]


def a_document(**changes: Any) -> dict[str, Any]:
    """Build the demo's limits, changed."""
    document = read_yaml("demo.yaml", DEMO.read_text())
    assert isinstance(document, dict)
    return {**document, **changes}


def problems(document: object) -> tuple[str, ...]:
    """Return the problems of a document that must not be accepted."""
    with pytest.raises(ConfigError) as refused:
        parse_limits("l.yaml", document)
    return refused.value.problems


def test_demo_limits_are_what_they_say() -> None:
    """The file that ships is accepted, and its numbers are those that stand there."""
    limits = parse_limits("demo.yaml", a_document())
    assert limits.accounts == ("DU1000001",)
    assert limits.max_weight == Decimal("0.30")
    assert limits.max_price_age_s == 60.0
    assert not limits.allow_short


_REQUIRED = [field.name for field in fields(Limits) if field.name != "allow_unpriced"]


@pytest.mark.parametrize("key", _REQUIRED)
def test_limit_that_is_not_written_down_is_refused(key: str) -> None:
    """No limit is a default."""
    document = a_document()
    del document[key]
    assert problems(document) == (f"{key}: missing",)


@pytest.mark.parametrize("key", NUMBERS)
@pytest.mark.parametrize("value", [True, "5", float("nan"), float("inf"), -1])
def test_limit_that_is_no_number_is_refused(key: str, value: object) -> None:
    """A limit that nothing could exceed, or that is no number, is no limit."""
    (problem,) = problems(a_document(**{key: value}))
    assert problem.startswith(f"{key}: ")


def test_limits_tell_every_problem_at_once() -> None:
    """A bad file is mended in one go."""
    found = problems(
        a_document(
            max_orders=2.5, max_weight=30, allow_short="no", accounts=["DU1", 7, "DU1"], max_order=1
        )
    )
    assert found == (
        "max_order: unknown key, did you mean 'max_orders'?",
        "max_orders: a number where a whole number is expected",
        "max_weight: 30 is not above 0 and at most 5",
        "allow_short: text 'no' where true or false is expected",
        "accounts[1]: 7 is no account id",
        "accounts[2]: 'DU1' is listed twice",
    )


@pytest.mark.parametrize("accounts", [[], "DU1000001", {}, 5])
def test_accounts_that_are_no_list_are_refused(accounts: object) -> None:
    """No account allowed, and a text for a list, are mistakes."""
    assert problems(a_document(accounts=accounts))[0].startswith("accounts: ")
