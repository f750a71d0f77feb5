# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from ib_provider.simulator.limits.read_only import read_only_refusal
from ib_provider.wire import messages as m


def test_orders_and_open_orders_are_refused() -> None:
    """Looking at them, too."""
    for request in (m.ReqOpenOrders(), m.ReqAllOpenOrders(), m.GlobalCancel()):
        refusal = read_only_refusal(request)
        assert refusal is not None
        assert (refusal.code, "Read-Only" in refusal.message) == (321, True)


def test_data_is_not_refused() -> None:
    """Positions and times are only read."""
    for request in (m.ReqPositions(), m.ReqCurrentTime(), m.ReqIds()):
        assert read_only_refusal(request) is None
