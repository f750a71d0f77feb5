# SPDX-License-Identifier: Apache-2.0
"""How near qualifying many contracts comes to what the message rate allows.

Five thousand options are loaded one by one by the use case, as a portfolio's contracts would be,
and written into a store. The client is set to a rate, and the simulated gateway holds back what
comes faster than that rate and the client's burst. Both run at 250 messages a second, five times a
usual login's, so that the row takes twenty seconds and not a hundred; the share lost to waiting
for answers and to writing is then five times as visible.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.row import Row
from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.contract import Contract, SecType
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.load_instruments import load_instruments

__all__ = ["qualify_efficiency"]

_ROOT: Final = Path(__file__).parents[1]
_LISTENING: Final = re.compile(r"listening on \S+?:(\d+)")
_COUNT: Final = 5_000
_RATE: Final = 250
_BURST: Final = 5  # the client's own
_GOAL: Final = 0.97


def qualify_efficiency() -> Iterator[Row]:
    """Yield contracts qualified a second, beside what the message rate allows."""
    limit = str(_RATE + _BURST)
    command = ("-m", "ib_provider.cli.main", "simulator", "--port", "0", "--max-messages", limit)
    with subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, text=True, cwd=_ROOT
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            match = _LISTENING.search(line)
            if match is None:
                raise RuntimeError(f"the simulated gateway said {line!r}")
            with tempfile.TemporaryDirectory() as folder:
                took_s = asyncio.run(_qualify(int(match[1]), Path(folder)))
        finally:
            process.terminate()
    allowed = _COUNT / ((_COUNT - _BURST) / _RATE)
    yield Row(
        name="qualify_efficiency",
        value=_COUNT / took_s,
        unit="contracts/s",
        peer="message rate",
        peer_value=allowed,
        ratio=_COUNT / took_s / allowed,
        goal=_GOAL,
    )


async def _qualify(port: int, folder: Path) -> float:
    """Return the seconds that it took, from the first question to the last row written."""
    endpoint = Endpoint(port=port, client_id=1, messages_per_s=_RATE)
    async with IbClient(endpoint) as client:
        contracts = await _contracts(client)
        await asyncio.sleep(1.1)  # the window in which the questions above are counted

        store = InstrumentStore(folder)
        began = time.perf_counter()
        report = await load_instruments(client, store=store, contracts=contracts)
        took_s = time.perf_counter() - began
    if len(report.loaded) != _COUNT:
        raise RuntimeError(f"{len(report.failed)} of {_COUNT} contracts were not loaded")
    return took_s


async def _contracts(client: IbClient) -> list[Contract]:
    """Return conIds of as many different options as are asked for."""
    found: dict[int, Contract] = {}
    for symbol, sec_type, exchange in (
        ("SPX", SecType.OPT, "SMART"),
        ("AAPL", SecType.OPT, "SMART"),
        ("IBM", SecType.OPT, "SMART"),
        ("ES", SecType.FOP, "CME"),
        ("CL", SecType.FOP, "NYMEX"),
        ("SPY", SecType.OPT, "SMART"),
    ):
        for item in await client.contract_details(
            Contract(symbol=symbol, sec_type=sec_type, exchange=exchange), timeout_s=120
        ):
            con_id = item.contract.con_id
            found[con_id] = Contract(con_id=con_id, sec_type=sec_type, exchange=exchange)
        if len(found) >= _COUNT:
            return list(found.values())[:_COUNT]
    raise RuntimeError(f"the gateway lists {len(found)} options, fewer than {_COUNT}")
