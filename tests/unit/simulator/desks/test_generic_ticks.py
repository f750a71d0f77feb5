# SPDX-License-Identifier: Apache-2.0
"""Lists of generic ticks, legal and not."""

from __future__ import annotations

import pytest

from ib_provider.domain.contract import SecType
from ib_provider.simulator.desks.generic_ticks import GENERIC_TICKS, parse_generic_ticks
from ib_provider.simulator.refusal import Refusal


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", set()),
        ("233", {233}),
        ("100, 233 ,236,", {100, 233, 236}),
        ("mdoff,292:BRFG+DJNL", {292}),
    ],
)
def test_list_is_a_set_of_numbers(text: str, wanted: set[int]) -> None:
    """Blanks, the word that switches base ticks off, and news providers do no harm."""
    assert parse_generic_ticks(text, SecType.STK) == wanted


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("999", "STK"),
        ("233,x", "STK"),
        ("-233", "STK"),
        ("²", "STK"),
        ("236", "FUT"),
        ("233", "CASH"),
    ],
)
def test_tick_that_is_not_for_the_contract_is_refused_with_those_that_are(
    text: str, kind: str
) -> None:
    """Error 321 names the kind of contract and every legal number, as gateways do."""
    refusal = parse_generic_ticks(text, SecType(kind))
    assert isinstance(refusal, Refusal)
    assert refusal.code == 321
    assert f"Legal ones for ({kind}) are: " in refusal.message
    for tick in GENERIC_TICKS.values():
        assert (f"{tick.number}({tick.name})" in refusal.message) == (kind in tick.sec_types)
