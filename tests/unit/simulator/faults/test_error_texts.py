# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from ib_provider.simulator.faults.director import FARMS
from ib_provider.simulator.faults.error_texts import ERROR_TEXTS, FARM_NOTICES, text_of


def test_every_farm_has_every_state() -> None:
    """A scenario can name any pair."""
    states = ("ok", "broken", "inactive")
    assert set(FARM_NOTICES) == {(farm, state) for farm in FARMS for state in states}


def test_unknown_code_still_has_a_text() -> None:
    """A client shows something."""
    assert text_of(99999) == "Error 99999"
    assert all(ERROR_TEXTS.values())
