# SPDX-License-Identifier: Apache-2.0
"""Rendered templates, read into types."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ib_provider.domain.bar import BarSize, BarSpec
from ib_provider.errors import ConfigError
from ib_provider.operators.parameters import (
    Parameters,
    read_bool,
    read_date,
    read_flag,
    read_loosened,
    read_mappings,
    read_names,
    read_number,
    read_range,
    read_specs,
    read_text,
    read_whole,
)


@pytest.mark.parametrize("value", [None, "", "  ", "None", "null"])
def test_text_unset_is_none(value: object) -> None:
    """An unset Param renders as the word None."""
    assert read_text(value) is None


@pytest.mark.parametrize("value", [True, "True", "true", " TRUE "])
def test_bool_reads_what_templates_write(value: object) -> None:
    """Truth is written in several ways."""
    assert read_bool(value) is True


@pytest.mark.parametrize("value", [None, "", "None", "1", "yes", 0])
def test_bool_unclear_is_an_error_and_not_false(value: object) -> None:
    """Whether orders are sent is never guessed."""
    with pytest.raises(ValueError, match="neither true nor false"):
        read_bool(value)


def test_flag_unclear_names_its_parameter() -> None:
    """The message says where to look."""
    with pytest.raises(ConfigError, match="plan_only"):
        read_flag("rebalance", "plan_only", "perhaps")


def test_date_reads_iso_text_and_dates() -> None:
    """Both a Param's text and a date of Python's."""
    assert read_date("2013-02-28") == read_date(date(2013, 2, 28)) == date(2013, 2, 28)
    assert read_date("None") is None


@pytest.mark.parametrize("value", ["28.02.2013", "2013-02-30", "yesterday"])
def test_date_wrong_is_an_error(value: str) -> None:
    """A date that does not exist is not the first of the next month."""
    with pytest.raises(ValueError, match="not a date"):
        read_date(value)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (["A.X", " B.X "], ("A.X", "B.X")),
        ("A.X, B.X", ("A.X", "B.X")),
        ("A.X\nB.X", ("A.X", "B.X")),
        ("", ()),
        (None, ()),
        ([], ()),
    ],
)
def test_names_read_lists_and_text(value: object, names: tuple[str, ...]) -> None:
    """One a line, or with commas."""
    assert read_names(value) == names


def test_parameters_wrong_are_reported_together() -> None:
    """Every problem of one task in one failure."""
    parameters = Parameters("bars")
    parameters.read("start", "soon", read_date)
    parameters.read("rth", "maybe", read_bool)
    with pytest.raises(ConfigError) as caught:
        parameters.check()
    assert [problem.partition(":")[0] for problem in caught.value.problems] == ["start", "rth"]


def test_range_needs_both_ends_in_order() -> None:
    """Rendered templates are text; the end is exclusive."""
    assert read_range("bars", "2013-02-01", date(2013, 3, 1)) == (
        date(2013, 2, 1),
        date(2013, 3, 1),
    )
    for start, end in ((None, "2013-03-01"), ("2013-03-01", "2013-03-01"), ("soon", "None")):
        with pytest.raises(ConfigError):
            read_range("bars", start, end)


def test_specs_are_read_from_lists_and_from_rendered_text() -> None:
    """Each kind once; every one that is none is told."""
    daily, hour = BarSpec(), BarSpec(size=BarSize.HOUR_1)
    assert read_specs("bars", ["1-DAY-LAST"], rth=True) == (daily,)
    assert read_specs("bars", "1-DAY-LAST,1-HOUR-LAST, 1-day-last", rth="True") == (daily, hour)
    with pytest.raises(ConfigError) as caught:
        read_specs("bars", "1-DAY-LOST 9-DAY-LAST", rth=True)
    assert len(caught.value.problems) == 2
    with pytest.raises(ConfigError, match="none was said"):
        read_specs("bars", [], rth=True)


def test_numbers_unset_are_none_and_zero_is_zero() -> None:
    """Whether it comes as a number or as a template's text."""
    for unset in (None, "", "None"):
        assert read_whole(unset) is None
        assert read_number(unset) is None
    for zero in (0, "0"):
        assert read_whole(zero) == 0
        assert read_whole(zero) is not None
        assert read_number(zero) == Decimal(0)
    assert read_number("0.95") == Decimal("0.95")


@pytest.mark.parametrize("value", ["1.5", "x", "1e3"])
def test_whole_of_anything_else_is_an_error(value: str) -> None:
    """A day and a half is no number of days."""
    with pytest.raises(ValueError, match="whole"):
        read_whole(value)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "x"])
def test_number_that_is_none_is_an_error(value: str) -> None:
    """A bound that is no number would bound nothing."""
    with pytest.raises(ValueError, match="not a number"):
        read_number(value)


def test_mappings_are_read_from_lists_and_from_what_templates_make_of_them() -> None:
    """A list stays; its text is read as data, never as code."""
    entry = {"symbol": "IBM", "con_id": 8314}
    assert read_mappings([entry]) == (entry,)
    assert read_mappings(str([entry])) == (entry,)
    assert read_mappings("None") == read_mappings(()) == ()
    for bad in ("IBM", "[1]", [1], "__import__('os')", {"symbol": "IBM"}):
        with pytest.raises(ValueError, match="no list of mappings"):
            read_mappings(bad)


def test_loosened_limits_are_read_from_the_json_of_a_template() -> None:
    """As exact as they were written; nothing said is nothing loosened."""
    found = read_loosened("rebalance", '{"max_turnover": 1.1}', "new money")
    assert found == {"max_turnover": Decimal("1.1")}
    nothings: list[Any] = [None, "", "{}", "None", {}]
    for nothing in nothings:
        assert read_loosened("rebalance", nothing, "None") == {}


@pytest.mark.parametrize(
    ("loosen", "reason", "words"),
    [
        ({"max_turnover": 1.5}, " ", "reason: is needed"),
        ({}, "because", "names no limit"),
        ("[1]", "because", "no mapping"),
        ("{max_turnover}", "because", "no JSON"),
        ({"max_turnover": "much"}, "because", "loosen.max_turnover: 'much' is not a number"),
        ({"max_turnover": None}, "because", "loosen.max_turnover: no number"),
        ('{"max_turnover": NaN}', "because", "is not a number"),
    ],
)
def test_loosened_limits_that_do_not_read_are_refused(
    loosen: object, reason: object, words: str
) -> None:
    """No limit is loosened by a guess, and none for no reason."""
    with pytest.raises(ConfigError, match=words):
        read_loosened("rebalance", loosen, reason)
