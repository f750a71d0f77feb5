# SPDX-License-Identifier: Apache-2.0
"""Portfolio files: read exactly, or refused with every problem."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.errors import ConfigError
from ib_provider.rebalance import parse_portfolio, read_yaml

DEMO = Path(__file__).parents[3] / "include" / "portfolios" / "demo.yaml"


def a_document(**changes: Any) -> dict[str, Any]:
    """Build a good document, changed; a change to ``...`` takes the key away."""
    document: dict[str, Any] = {
        "name": "demo",
        "currency": "USD",
        "cash_buffer": 0.02,
        "drift_band": 0.01,
        "collar_bp": 30,
        "unlisted": "keep",
        "min_order_value": 500,
        "targets": [{"instrument": "AAPL.NASDAQ", "weight": 0.1}],
    }
    document.update(changes)
    return {key: value for key, value in document.items() if value is not ...}


def problems(document: object) -> tuple[str, ...]:
    """Return the problems of a document that must not be accepted."""
    with pytest.raises(ConfigError) as refused:
        parse_portfolio("p.yaml", document)
    return refused.value.problems


def test_demo_portfolio_is_what_it_says() -> None:
    """The file that ships is accepted, and its weights are the decimals that stand there."""
    portfolio = parse_portfolio("demo.yaml", read_yaml("demo.yaml", DEMO.read_text()))
    assert [(t.instrument_id, t.amount) for t in portfolio.targets] == [
        ("AAPL.NASDAQ", Decimal("0.25")),
        ("GOOG.NASDAQ", Decimal("0.25")),
        ("IBM.NYSE", Decimal("0.2")),
        ("MSFT.NASDAQ", Decimal("0.2")),
        ("FB.NASDAQ", Decimal("0.05")),
    ]
    assert portfolio.cash_buffer == Decimal("0.02")


def test_every_problem_is_told_at_once() -> None:
    """A bad file is mended in one go."""
    found = problems(
        {
            "name": "bad name!",
            "currency": "usd",
            "cash_bufer": 0.02,
            "drift_band": True,
            "collar_bp": "30",
            "unlisted": "sell",
            "min_order_value": -1,
            "targets": [
                {"instrument": "AAPL.NASDAQ", "weight": 0.7},
                {"instrument": "AAPL.NASDAQ", "weight": 0.7},
                {"instrument": "AAPL", "wieght": 0.1},
                "IBM.NYSE",
            ],
        }
    )
    assert found == (
        "cash_bufer: unknown key, did you mean 'cash_buffer'?",
        "name: 'bad name!' does not match [A-Za-z0-9][A-Za-z0-9_-]{0,31}",
        "currency: 'usd' does not match [A-Z]{3}",
        "targets[1].instrument: 'AAPL.NASDAQ' is listed twice",
        "targets[2].wieght: unknown key, did you mean 'weight'?",
        "targets[2].instrument: 'AAPL' is not an instrument id: it is not SYMBOL.VENUE",
        "targets[2].weight: missing",
        "targets[3]: text 'IBM.NYSE' where a mapping is expected",
        "targets: the weights sum to 1.4, more than 1",
        "cash_buffer: missing",
        "drift_band: true or false where a number is expected",
        "collar_bp: text '30' where a number is expected",
        "unlisted: 'sell' is none of keep, sweep",
        "min_order_value: -1 is not at least 0",
    )


@pytest.mark.parametrize("key", sorted(a_document()))
def test_key_that_is_missing_or_empty_is_told(key: str) -> None:
    """Nothing has a default: what is not written is not decided."""
    assert f"{key}: missing" in problems(a_document(**{key: ...}))
    assert f"{key}: empty" in problems(a_document(**{key: None}))


@pytest.mark.parametrize("value", [True, "0.1", float("nan"), float("inf"), [], {}, -0.1, 1.1])
def test_weight_that_is_no_fraction_is_refused(value: object) -> None:
    """A weight is a number from 0 to 1 and nothing that looks like one."""
    targets = [{"instrument": "AAPL.NASDAQ", "weight": value}]
    assert problems(a_document(targets=targets))[0].startswith("targets[0].weight: ")


@pytest.mark.parametrize("document", [None, [], "text", 5, True])
def test_document_that_is_no_mapping_is_refused(document: object) -> None:
    """An empty file, a list or a word is told as such, not a crash."""
    assert "where a mapping is expected" in problems(document)[0]


@pytest.mark.parametrize("targets", [[], {}, "AAPL", {"AAPL.NASDAQ": 0.1}])
def test_targets_that_are_no_list_are_refused(targets: object) -> None:
    """A mapping of weights would lose a name written twice, so it is not taken."""
    assert any(p.startswith("targets: ") for p in problems(a_document(targets=targets)))


def test_weights_that_sum_to_one_exactly_are_accepted() -> None:
    """Ten tenths are one: decimals, not binary fractions."""
    targets = [{"instrument": f"S{n}.NYSE", "weight": 0.1} for n in range(10)]
    portfolio = parse_portfolio("p.yaml", a_document(targets=targets))
    assert sum(target.amount for target in portfolio.targets) == 1


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(changes=st.dictionaries(st.sampled_from(sorted(a_document())), VALUES))
def test_any_document_is_accepted_or_refused_as_a_config_error(changes: dict[str, Any]) -> None:
    """Whatever YAML may hold, the answer is a portfolio in range or the list of problems."""
    try:
        portfolio = parse_portfolio("p.yaml", a_document(**changes))
    except ConfigError:
        return
    assert 0 <= portfolio.cash_buffer < 1
    assert sum(target.amount for target in portfolio.targets) <= 1


def test_target_in_another_spelling_is_kept_by_its_stored_id() -> None:
    """A MIC names the same stock, so the plan and the store speak of one instrument."""
    document = a_document(targets=[{"instrument": "AAPL.XNAS", "weight": 0.1}])
    assert parse_portfolio("p.yaml", document).targets[0].instrument_id == "AAPL.NASDAQ"


def test_target_twice_in_two_spellings_is_told() -> None:
    """Twice the weight would be bought of it."""
    found = problems(
        a_document(
            targets=[
                {"instrument": "AAPL.NASDAQ", "weight": 0.1},
                {"instrument": "AAPL=STK.NASDAQ", "weight": 0.1},
            ]
        )
    )
    assert found == ("targets[1].instrument: 'AAPL=STK.NASDAQ' is listed twice (as 'AAPL.NASDAQ')",)


@pytest.mark.parametrize("text", ["AAPL270115C00400000.SMART", "EUR/USD.IDEALPRO", "IBUS500.IBCFD"])
def test_target_that_is_neither_stock_nor_future_is_refused(text: str) -> None:
    """An option, a pair and a CFD are no targets."""
    found = problems(a_document(targets=[{"instrument": text, "weight": 0.1}]))
    assert found == (f"targets[0].instrument: {text!r} is neither a stock nor a future",)
