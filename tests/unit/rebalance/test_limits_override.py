# SPDX-License-Identifier: Apache-2.0
"""Limits are loosened as far as their file lets anybody, and no further."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ib_provider.errors import ConfigError
from ib_provider.rebalance import loosen_limits, parse_limits, read_yaml
from ib_provider.rebalance.limits_override import LOOSENABLE

DEMO = Path(__file__).parents[3] / "include" / "limits" / "demo.yaml"


def a_document(**may_loosen: Any) -> dict[str, Any]:
    """Build the demo's limits, of which these may be loosened."""
    document = read_yaml("demo.yaml", DEMO.read_text())
    assert isinstance(document, dict)
    return {**document, "may_loosen": may_loosen}


def problems(document: object, loosened: dict[str, Any]) -> tuple[str, ...]:
    """Return the problems of an override that must not be accepted."""
    with pytest.raises(ConfigError) as refused:
        loosen_limits("l.yaml", document, loosened)
    return refused.value.problems


def test_named_limits_are_loosened_and_all_others_stand() -> None:
    """From a form as from the ledger: whole numbers come as either."""
    document = a_document(max_turnover=2.0, max_orders=20)
    base = parse_limits("l.yaml", document)
    asked = {"max_turnover": Decimal("1.5"), "max_orders": Decimal(20)}
    limits = loosen_limits("l.yaml", document, asked)
    assert limits == replace(base, max_turnover=Decimal("1.5"), max_orders=20)
    assert loosen_limits("l.yaml", document, {}) == base


def test_limit_that_the_file_does_not_name_stands() -> None:
    """A file that names none lets nobody loosen anything."""
    (problem,) = problems(a_document(), {"max_turnover": 1.5})
    assert problem == "max_turnover: l.yaml lets nobody loosen it; it may be: none"
    (problem,) = problems(a_document(max_orders=20), {"accounts": ["U1"]})
    assert problem.endswith("it may be: max_orders")


@pytest.mark.parametrize("value", [Decimal("0.5"), Decimal("1.0"), 1])
def test_override_that_loosens_nothing_is_refused(value: object) -> None:
    """The demo's turnover is 1.0: who writes less, or as much, has made a mistake."""
    (problem,) = problems(a_document(max_turnover=2.0), {"max_turnover": value})
    assert "is not looser than 1.0" in problem


def test_override_beyond_what_the_file_allows_is_refused() -> None:
    """The furthest value itself is allowed."""
    document = a_document(max_turnover=2.0)
    assert loosen_limits("l.yaml", document, {"max_turnover": 2.0}).max_turnover == 2
    (problem,) = problems(document, {"max_turnover": Decimal("2.01")})
    assert problem == "max_turnover: 2.01 is beyond 2.0, the furthest it may be"


@pytest.mark.parametrize("value", [float("nan"), Decimal("NaN"), "1.5", None, True, float("inf")])
def test_override_that_is_no_number_is_refused(value: object) -> None:
    """Nothing is compared with a NaN."""
    assert problems(a_document(max_turnover=2.0), {"max_turnover": value})


@pytest.mark.parametrize(
    "may_loosen",
    [{"accounts": 2}, {"max_price_age_s": 600}, {"max_orders": "many"}, ["max_orders"]],
)
def test_file_that_names_what_cannot_be_loosened_is_refused(may_loosen: object) -> None:
    """Who may trade, in which mode, and on how old a price is nobody's to loosen."""
    document = {**a_document(), "may_loosen": may_loosen}
    assert problems(document, {})


def test_caps_are_all_of_which_a_larger_one_is_looser() -> None:
    """Each begins with max; what counts refusals, ages, rates and debit is not among them."""
    assert all(name.startswith("max_") for name in LOOSENABLE)
    kept = {"max_rejects", "max_price_age_s", "max_orders_per_minute", "max_debit"}
    assert kept.isdisjoint(LOOSENABLE)
