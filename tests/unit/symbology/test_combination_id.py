# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.contract import Combination, ComboLeg, Contract, SecType
from ib_provider.errors import InvalidInstrumentId
from ib_provider.symbology.combination_id import with_leg_contracts
from ib_provider.symbology.instrument_id import canonical_id, instrument_id, parse_instrument_id

LEGS = st.lists(
    st.builds(
        ComboLeg,
        ratio=st.integers(-9, 9).filter(bool),
        instrument_id=st.sampled_from(
            ("ESZ27.CME", "ESH28.CME", "BF-B.NYSE", "AAPL270115C00400000.SMART",
             "P OEXP 20260212 6480 W.EUREX", "1690200A1=FUT.OSE.JPN", "EUR/USD.IDEALPRO")
        ),
    ),
    min_size=2,
    max_size=4,
)  # fmt: skip


@pytest.mark.parametrize(
    ("spelling", "text"),
    [
        ("-1*ESZ27.CME|+1*ESH28.CME=BAG.SMART", "+1*ESH28.CME|-1*ESZ27.CME=BAG.SMART"),
        ("+1*ESZ27.XCME|-2*ESH28.GLOBEX=BAG.CME", "+1*ESZ27.CME|-2*ESH28.CME=BAG.CME"),
        ("(1)ESZ27___((2))ESH28.CME", "+1*ESZ27.CME|-2*ESH28.CME=BAG.SMART"),
        ("+1*#43645865|-1*#9408@NYSE=BAG.SMART", "+1*#43645865|-1*#9408@NYSE=BAG.SMART"),
    ],
)
def test_combination_is_read_in_every_spelling(spelling: str, text: str) -> None:
    """Legs stand in one order, each by its canonical id or its conId."""
    assert canonical_id(spelling) == text
    assert canonical_id(text) == text


@given(legs=LEGS)
def test_combination_has_one_id_in_whatever_order_its_legs_come(legs: list[ComboLeg]) -> None:
    """Ratios and sides survive; the order says nothing."""
    texts = {
        instrument_id(Combination(exchange="SMART", legs=tuple(order)))
        for order in permutations(legs)
    }
    assert len(texts) == 1
    said = parse_instrument_id(texts.pop())
    assert isinstance(said, Combination)
    assert sorted((leg.ratio, leg.instrument_id) for leg in said.legs) == sorted(
        (leg.ratio, leg.instrument_id) for leg in legs
    )


def test_combination_with_qualified_legs_can_be_asked_for() -> None:
    """Each leg gets the conId and the exchange of its own contract."""
    said = parse_instrument_id("+1*ESH28.CME|-1*ESZ27.CME=BAG.CME")
    assert isinstance(said, Combination)
    ready = with_leg_contracts(
        said,
        {
            "ESZ27.CME": Contract(con_id=1, symbol="ES", sec_type=SecType.FUT, exchange="CME"),
            "ESH28.CME": Contract(con_id=2, symbol="ES", sec_type=SecType.FUT, exchange="CME"),
        },
    )
    assert [(leg.con_id, leg.ratio, leg.exchange) for leg in ready.legs] == [
        (2, 1, "CME"),
        (1, -1, "CME"),
    ]
    assert (ready.symbol, ready.currency) == ("ES", "USD")
    assert instrument_id(ready) == "+1*ESH28.CME|-1*ESZ27.CME=BAG.CME"


@pytest.mark.parametrize(
    "text",
    [
        "ESZ27.CME|ESH28.CME=BAG.SMART",
        "+0*ESZ27.CME|-1*ESH28.CME=BAG.SMART",
        "+1*NOTHING.NOWHERE|-1*ESH28.CME=BAG.SMART",
        "(1)ESZ27___2ESH28.CME",
        "(1)ESZ27___((1))A B C.CME",
    ],
)
def test_combination_with_a_leg_that_does_not_parse_is_refused(text: str) -> None:
    """One bad leg makes the whole a mistake."""
    with pytest.raises(InvalidInstrumentId):
        parse_instrument_id(text)


def test_combination_without_legs_has_no_id() -> None:
    """All combinations of a symbol would share it."""
    with pytest.raises(InvalidInstrumentId):
        instrument_id(Combination(symbol="ES", exchange="CME", legs=()))
    with pytest.raises(InvalidInstrumentId):
        instrument_id(Combination(exchange="CME", legs=(ComboLeg(ratio=1),)))
