# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.contract import Instrument
from ib_provider.store.instrument_table import instrument_rows, instruments_in
from tests.support.instrument_values import AAPL, any_instruments


@given(instruments=st.lists(any_instruments(), max_size=4))
def test_instrument_rows_any_instruments_come_back_exactly(instruments: list[Instrument]) -> None:
    """Every field survives, a decimal with its zeros: what IB said is what is kept."""
    back = instruments_in(instrument_rows(instruments))
    assert list(back) == instruments
    assert [str(one.min_tick) for one in back] == [str(one.min_tick) for one in instruments]


def test_instrument_rows_time_without_zone_raises_value_error() -> None:
    """A time that could be anywhere is not stored as UTC."""
    naive = replace(AAPL, seen_at=datetime(2013, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match=r"AAPL\.NASDAQ: seen_at"):
        instrument_rows([naive])
