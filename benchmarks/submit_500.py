# SPDX-License-Identifier: Apache-2.0
"""How near five hundred orders come to what the message rate allows.

The one function that sends orders sends a plan of five hundred small ones: each with its fence, its
intent on the disk, its message, and the broker's answer written down. Timed from the first order's
answer to the last one's.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from benchmarks.row import Row
from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.account import TradingMode
from ib_provider.domain.contract import Contract, SecType
from ib_provider.domain.order import OrderType, Side, TimeInForce
from ib_provider.domain.plan_document import seal_plan
from ib_provider.domain.portfolio import OrderPlan, PlanLeg
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.read_book import read_book
from ib_provider.usecases.read_yaml import read_limits
from ib_provider.usecases.submit_plan import submit_plan
from ib_provider.usecases.trading_guard import TradingGuard

__all__ = ["submit_500_efficiency"]

_ROOT: Final = Path(__file__).parents[1]
_LISTENING: Final = re.compile(r"listening on \S+?:(\d+)")
_ACCOUNT: Final = "DU1000001"
_COUNT: Final = 500
_RATE: Final = 45
#: At most five hundredths more time than the rate needs.
_GOAL: Final = 1 / 1.05
_LIMITS: Final = f"""\
name: bench
accounts: [{_ACCOUNT}]
max_order_value: 1000000
max_order_quantity: 10
max_orders: {_COUNT}
max_turnover: 1.0
max_weight: 0.5
allow_short: true
max_price_age_s: 60
max_price_move: 1
max_collar_bp: 1000
"""


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
    (folder / "limits").mkdir()
    (folder / "limits" / "bench.yaml").write_text(_LIMITS, encoding="utf-8")
    store, answered = InstrumentStore(folder / "market"), []

    def note(line: str) -> None:
        if line.startswith("sent "):
            answered.append(time.perf_counter())

    endpoint = Endpoint(port=port, client_id=1, messages_per_s=_RATE)
    url = f"sqlite:///{folder / 'ledger.db'}"
    async with IbClient(endpoint) as client:
        found = await client.contract_details(
            Contract(symbol="AAPL", sec_type=SecType.OPT, exchange="SMART"), timeout_s=60
        )
        store.upsert(found[:_COUNT])
        plan = await _plan(client, store)
        with Ledger.open(url, locks=folder / "locks") as ledger:
            ledger.save_plan(plan)
            await submit_plan(
                client,
                ledger=ledger,
                store=store,
                plan_id=plan.plan_id,
                limits=read_limits(folder, "bench"),
                guard=TradingGuard(
                    trading_mode=TradingMode.PAPER,
                    read_only=False,
                    max_plan_age=timedelta(hours=1),
                ),
                progress=note,
            )
    if len(answered) != _COUNT:
        raise RuntimeError(f"{len(answered)} of {_COUNT} orders were sent")
    return answered[-1] - answered[0]


async def _plan(client: IbClient, store: InstrumentStore) -> OrderPlan:
    """Return a plan that buys one of each of five hundred options, at what they are offered for."""
    names = [item.instrument_id for item in store.all()]
    book = await read_book(client, store=store, account=_ACCOUNT, currency="USD", ids=names)
    legs = []
    for number, name in enumerate(names):
        ask = book.quotes[name].ask
        if ask is None:
            raise RuntimeError(f"{name} has no quote")
        legs.append(
            PlanLeg(
                order_ref=f"bench-{number}",
                instrument_id=name,
                contract=book.instruments[name].contract,
                side=Side.BUY,
                quantity=Decimal(1),
                order_type=OrderType.LIMIT,
                limit_price=ask,
                tif=TimeInForce.DAY,
                arrival_price=ask,
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
