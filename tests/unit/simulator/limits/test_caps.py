# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from ib_provider.simulator.limits.caps import CAPS
from ib_provider.simulator.limits.limits import Limits
from ib_provider.simulator.limits.open_requests import KINDS


def test_caps_are_about_kinds_that_stay_open() -> None:
    """A cap on anything else would never hold."""
    assert set(CAPS) <= set(KINDS)


def test_text_names_the_number_in_force() -> None:
    """Not the documented one."""
    assert "(7)" in CAPS["depth"].refusal(Limits(depth=7)).message
