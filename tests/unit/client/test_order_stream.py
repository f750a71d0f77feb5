# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal

import pytest

from ib_provider.client.order_stream import OrderStream
from ib_provider.domain.order import Commission
from ib_provider.errors import ConnectionLost

NEWS = Commission(exec_id="x", commission=Decimal(1), currency="USD", realized_pnl=None)


async def test_stream_yields_what_came_before_the_end_and_then_raises() -> None:
    """News that arrived is not lost with the link, and the loss is raised every time after."""
    stream = OrderStream()
    stream.put(NEWS)
    stream.end("cable")
    assert await anext(stream) == NEWS
    for _ in range(2):
        with pytest.raises(ConnectionLost, match="cable"):
            await anext(stream)
