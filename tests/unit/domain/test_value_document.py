# SPDX-License-Identifier: Apache-2.0
"""Values to documents and back: exact, canonical, and strict."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.contract import Contract
from ib_provider.domain.order import Execution
from ib_provider.domain.value_document import (
    decimal_text,
    value_from_document,
    value_to_document,
)
from ib_provider.errors import LedgerError
from tests.support.plans import a_contract, a_fill

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)


@pytest.mark.parametrize(
    ("number", "text"),
    [("1E+3", "1000"), ("1.50", "1.5"), ("-0.00", "0"), ("0", "0"), ("1E-7", "0.0000001")],
)
def test_decimal_text_is_plain_and_short(number: str, text: str) -> None:
    """No exponent, no idle zero, no sign of nothing."""
    assert decimal_text(Decimal(number)) == text


@given(number=NUMBERS)
def test_decimal_text_is_read_back_equal(number: Decimal) -> None:
    """No digit is lost."""
    assert Decimal(decimal_text(number)) == number


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+99999999"])
def test_decimal_text_of_no_amount_is_refused(number: str) -> None:
    """What is not finite, or would fill memory, is not written."""
    with pytest.raises(LedgerError, match="no number that can be kept"):
        decimal_text(Decimal(number))


def test_execution_survives_json() -> None:
    """An execution with its contract comes back equal through real JSON."""
    execution = a_fill("0000e0d5.69dd7411.01.01").execution
    text = json.dumps(value_to_document(execution))
    assert value_from_document(Execution, json.loads(text)) == execution


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"con_id": "265598"}, "Contract.con_id: '265598' is no int"),
        ({"con_id": True}, "Contract.con_id: True is no int"),
        ({"symbol": None}, "Contract.symbol: None is no str"),
        ({"sec_type": "SHARE"}, "Contract.sec_type: 'SHARE' is no SecType"),
        ({"strike": "NaN"}, "NaN is no number"),
        ({"strike": "1.50"}, "is not how a Decimal is written"),
        ({"strike": 1.5}, "Contract.strike: 1.5 is no text"),
        ({"strike": "a"}, "Contract.strike: 'a' is no Decimal"),
        ({"colour": "red"}, "missing or unknown: colour"),
    ],
)
def test_document_of_another_shape_is_refused(change: dict[str, Any], said: str) -> None:
    """Each field must be of its type, as we write it, and there must be no other."""
    document = value_to_document(a_contract())
    assert isinstance(document, dict)
    with pytest.raises(LedgerError, match=said):
        value_from_document(Contract, {**document, **change})


def test_document_without_a_field_is_refused() -> None:
    """A field with a default is not filled in: another version wrote this."""
    document = value_to_document(a_contract())
    assert isinstance(document, dict)
    del document["right"]
    with pytest.raises(LedgerError, match="missing or unknown: right"):
        value_from_document(Contract, document)


@pytest.mark.parametrize("value", [1.5, {"a": 1}, datetime(2013, 3, 4)])  # noqa: DTZ001
def test_value_without_a_document_is_refused(value: object) -> None:
    """A float, a mapping and a time without a zone have no exact form."""
    with pytest.raises(LedgerError):
        value_to_document(value)
