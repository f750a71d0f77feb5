# SPDX-License-Identifier: Apache-2.0
"""How near five hundred orders come to what the message rate allows.

What sends a plan's orders sends five hundred small ones of five stocks: each with its fence, its
intent on the disk, its message, and the broker's answer written down. Timed from the first order's
answer to the last one's. The limits are left out: they allow one order an instrument, and the
simulated market has no five hundred stocks.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from benchmarks.row import Row
from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.account import TradingMode
from ib_provider.domain.order import OrderType, Side, TimeInForce
from ib_provider.domain.plan_document import seal_plan
from ib_provider.domain.portfolio import OrderPlan, PlanLeg
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.kill_switch import KillSwitch
from ib_provider.usecases.load_instruments import load_instruments
from ib_provider.usecases.read_book import read_book
from ib_provider.usecases.read_yaml import read_limits
from ib_provider.usecases.submit_plan import _Desk, _send, no_fence
from ib_provider.usecases.trading_guard import TradingGuard

__all__ = ["submit_500_efficiency"]

_ROOT: Final = Path(__file__).parents[1]
_LISTENING: Final = re.compile(r"listening on \S+?:(\d+)")
_ACCOUNT: Final = "DU1000001"
_IDS: Final = ("AAPL.NASDAQ", "FB.NASDAQ", "GOOG.NASDAQ", "IBM.NYSE", "MSFT.NASDAQ")
_COUNT: Final = 500
_RATE: Final = 45
#: At most five hundredths more time than the rate needs.
_GOAL: Final = 1 / 1.05


def submit_500_efficiency() -> Iterator[Row]:
    """Yield orders sent a second, beside what the message rate allows."""
    command = ("-m", "ib_provider.cli.main", "simulator", "--port", "0", "--cash", "100000000")
    with subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, text=True, cwd=_ROOT
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            match = _LISTENING.search(line)
            if match is None:
                raise RuntimeError(f"the simulated gateway said {line!r}")
            with tempfile.TemporaryDirectory() as folder:
                took_s = asyncio.run(_submit(int(match[1]), Path(folder)))
        finally:
            process.terminate()
    value = (_COUNT - 1) / took_s
    yield Row(
        name="submit_500_efficiency",
        value=value,
        unit="orders/s",
        peer="message rate",
        peer_value=_RATE,
        ratio=value / _RATE,
        goal=_GOAL,
    )


async def _submit(port: int, folder: Path) -> float:
    """Return the seconds between the first order's answer and the last one's."""
    store, answered = InstrumentStore(folder / "market"), list[float]()
    endpoint = Endpoint(port=port, client_id=1, messages_per_s=_RATE)
    url = f"sqlite:///{folder / 'ledger.db'}"
    async with IbClient(endpoint) as client:
        await load_instruments(client, store=store, ids=_IDS)
        plan = await _plan(client, store)
        await asyncio.sleep(1.1)  # the window in which the questions above are counted
        with Ledger.open(url, locks=folder / "locks") as ledger:
            ledger.save_plan(plan)
            desk = _Desk(
                client=client,
                ledger=ledger,
                store=store,
                plan=plan,
                limits=replace(
                    read_limits(_ROOT / "include", "demo"), max_daily_value=Decimal(10**9)
                ),
                guard=TradingGuard(trading_mode=TradingMode.PAPER, read_only=False),
                switch=KillSwitch(ledger, folder / "kill"),
                fence=no_fence,
                progress=lambda _: answered.append(time.perf_counter()),
            )
            await _send(
                desk,
                plan.legs,
                known_ids={},
                values={leg.order_ref: leg.arrival_price for leg in plan.legs},
            )
            if len(ledger.intents(plan.plan_id)) != _COUNT:
                raise RuntimeError("not every order is in the ledger")
    return answered[-1] - answered[0]


async def _plan(client: IbClient, store: InstrumentStore) -> OrderPlan:
    """Return a plan of five hundred orders of one share, bought and sold by turns."""
    book = await read_book(client, store=store, account=_ACCOUNT, currency="USD", ids=_IDS)
    legs = []
    for number in range(_COUNT):
        name = _IDS[number % len(_IDS)]
        side = Side.BUY if number // len(_IDS) % 2 == 0 else Side.SELL
        touch = book.quotes[name].ask if side is Side.BUY else book.quotes[name].bid
        if touch is None:
            raise RuntimeError(f"{name} has no quote")
        limit = touch * (1 + side.sign * Decimal("0.005"))
        legs.append(
            PlanLeg(
                order_ref=f"bench-{number}",
                instrument_id=name,
                contract=book.instruments[name].contract,
                side=side,
                quantity=Decimal(1),
                order_type=OrderType.LIMIT,
                limit_price=limit.quantize(Decimal("0.01")),
                tif=TimeInForce.DAY,
                arrival_price=touch,
            )
        )
    return seal_plan(
        OrderPlan(
            plan_id="",
            account=_ACCOUNT,
            strategy="bench",
            key="500",
            currency="USD",
            net_liquidation=book.net_liquidation,
            as_of=datetime.now(UTC),
            rows=(),
            legs=tuple(legs),
        )
    )
