# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ib_provider.domain.bar import WhatToShow
from ib_provider.domain.contract import SecType
from ib_provider.simulator.market.bar_kinds import is_shown, unavailable


@pytest.mark.parametrize(
    ("sec_type", "count"),
    [
        (SecType.STK, 9),
        (SecType.IND, 3),
        (SecType.CASH, 4),
        (SecType.CMDTY, 4),
        (SecType.CFD, 4),
        (SecType.FUT, 5),
        (SecType.OPT, 5),
        (SecType.FOP, 5),
        (SecType.WAR, 5),
        (SecType.CRYPTO, 6),
        (SecType.BOND, 9),
    ],
)
def test_kinds_of_bars_are_those_of_the_documentation(sec_type: SecType, count: int) -> None:
    """So many of the fourteen, as IB's table of products has them."""
    assert sum(is_shown(sec_type, what) for what in WhatToShow) == count


def test_kind_there_never_is_has_words_of_its_own() -> None:
    """Not those of a span without data: a client may take those for an empty answer."""
    refusal = unavailable("EUR", SecType.CASH, "IDEALPRO", WhatToShow.TRADES)
    assert refusal.code == 162
    assert refusal.message.endswith("No historical market data for EUR/CASH@IDEALPRO Last")
