# SPDX-License-Identifier: Apache-2.0
"""A simulated IB Gateway on a real socket.

Real daily bars of five US stocks, 2000 to 2013; a clock that makes any of those days "now"; an
exchange, one paper account, and a memory that survives restarts.
"""

from __future__ import annotations

from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.server import SimulatedGateway

__all__ = ["SimulatedGateway", "SimulatorOptions"]
