# SPDX-License-Identifier: Apache-2.0
"""The simulated gateway for tests: in a thread, in a process, or only its exchange."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import IO, Any
from weakref import WeakKeyDictionary

from ib_provider.domain.contract import Contract
from ib_provider.simulator import SimulatedGateway, SimulatorOptions
from ib_provider.simulator.accounts.account import Account, AccountState, Holding
from ib_provider.simulator.accounts.margin import Margin
from ib_provider.simulator.contracts import ContractBook, Listing
from ib_provider.simulator.exchange.exchange import Exchange, Placement
from ib_provider.simulator.exchange.marketplace import Marketplace
from ib_provider.simulator.exchange.order_book import BookState, OrderBook
from ib_provider.simulator.exchange.order_rules import OrderRules
from ib_provider.simulator.exchange.orders import Event, Notice, SimOrder, StatusShown
from ib_provider.simulator.exchange.trading_floor import TradingFloor
from ib_provider.simulator.market.market import Market
from ib_provider.wire.messages import WireOrder
from tests.support.airflow_home import PROJECT

__all__ = [
    "ACCOUNT",
    "OPEN_MONDAY",
    "Floor",
    "GatewayProcess",
    "at",
    "gateway_in_process",
    "gateway_in_thread",
    "listing",
    "on_gateway",
    "placed",
    "quick_options",
    "real_market",
    "statuses",
    "terms",
]

ACCOUNT = "DU1000001"
OPEN_MONDAY = datetime.fromisoformat("2013-03-04T10:00:00-05:00")
"""The default clock: the first session after the data, half an hour after its open."""

_LOOPS: WeakKeyDictionary[SimulatedGateway, asyncio.AbstractEventLoop] = WeakKeyDictionary()
_LISTENING = re.compile(r"simulated gateway listening on 127\.0\.0\.1:(\d+) \(clock ")


def quick_options(**changes: Any) -> SimulatorOptions:
    """Return options of a gateway on a free port that fills at once."""
    return SimulatorOptions(**({"port": 0, "fill_delay_s": 0.01} | changes))


def at(text: str) -> datetime:
    """Return an instant: ``2013-03-04 10:00`` in New York's winter."""
    return datetime.fromisoformat(f"{text}-05:00")


@contextmanager
def gateway_in_thread(options: SimulatorOptions) -> Iterator[SimulatedGateway]:
    """Run a gateway on a loop of its own, for clients that block or bring their own threads."""
    gateway = SimulatedGateway(options)
    loop = _LOOPS[gateway] = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(gateway.start(), loop).result(60)
        yield gateway
    finally:
        asyncio.run_coroutine_threadsafe(gateway.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def on_gateway(gateway: SimulatedGateway, act: Callable[..., Any], *arguments: Any) -> Any:
    """Run ``act(brokerage, …)`` on the loop of a gateway in a thread, and return its result."""
    brokerage, loop = gateway.brokerage, _LOOPS[gateway]

    async def acted() -> Any:
        return act(brokerage, *arguments)

    return asyncio.run_coroutine_threadsafe(acted(), loop).result(10)


@dataclass(frozen=True, slots=True)
class GatewayProcess:
    """A gateway in a process of its own."""

    port: int
    process: subprocess.Popen[str]

    def interrupt(self) -> int:
        """End it as a person does, and return its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)

    def kill(self) -> None:
        """End it without a word."""
        self.process.kill()
        self.process.wait(20)


@contextmanager
def gateway_in_process(*arguments: str, stderr: IO[str] | None = None) -> Iterator[GatewayProcess]:
    """Run ``ib-provider simulator --port 0`` with more arguments, until it listens."""
    command = [sys.executable, "-m", "ib_provider.cli.main", "simulator", "--port", "0"]
    with subprocess.Popen(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        cwd=PROJECT / "plugins",
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            match = _LISTENING.match(line)
            if match is None:
                raise RuntimeError(f"the simulated gateway said {line!r}")
            yield GatewayProcess(port=int(match[1]), process=process)
        finally:
            process.kill()


@cache
def real_market() -> Market:
    """Return the market of the real daily file."""
    return Market(seed=1)


@cache
def _contracts() -> ContractBook:
    return ContractBook()


def listing(symbol: str) -> Listing:
    """Return the US listing of a symbol."""
    (found,) = _contracts().find(Contract(symbol=symbol, exchange="SMART", currency="USD"))
    return found


def terms(action: str, quantity: int | str, kind: str = "MKT", **more: Any) -> WireOrder:
    """Return an order as a client would send it."""
    return WireOrder(
        action=action, total_quantity=Decimal(quantity), order_type=kind, **({"tif": "DAY"} | more)
    )


def placed(order_id: int, order: WireOrder, symbol: str = "AAPL", client: int = 1) -> Placement:
    """Return an order as the exchange takes it."""
    return Placement(key=(client, order_id), listing=listing(symbol), exchange="SMART", terms=order)


class Floor:
    """An exchange with an account of its own, and a clock that the test moves."""

    def __init__(
        self,
        now: datetime = OPEN_MONDAY,
        *,
        cash: int = 1_000_000,
        book: BookState | None = None,
        kind: str = "margin",
        rules: dict[str, Any] | None = None,
        hard_to_borrow: frozenset[str] = frozenset(),
        **held: int,
    ) -> None:
        self.now = now
        self.marketplace = Marketplace(_contracts(), real_market())
        holdings = tuple(
            Holding(
                con_id=listing(symbol).contract.con_id,
                quantity=Decimal(quantity),
                avg_cost=Decimal(10),
            )
            for symbol, quantity in held.items()
        )
        kept = AccountState(name=ACCOUNT, kind=kind, cash={"USD": Decimal(cash)}, holdings=holdings)
        self.account = Account(kept)
        self.accounts = {ACCOUNT: self.account}
        self.book = OrderBook(book)
        self.floor = TradingFloor(
            accounts=self.accounts,
            book=self.book,
            marketplace=self.marketplace,
            latency=timedelta(seconds=1),
        )
        self.exchange = Exchange(
            accounts=self.accounts,
            book=self.book,
            floor=self.floor,
            margin=Margin(book=self.book, marketplace=self.marketplace),
            marketplace=self.marketplace,
            rules=replace(OrderRules(accounts=(ACCOUNT,)), **(rules or {})),
            hard_to_borrow=hard_to_borrow,
        )

    def place(
        self, order_id: int, order: WireOrder, symbol: str = "AAPL", *, client: int = 1
    ) -> list[Event]:
        """Place an order."""
        return self.exchange.place(placed(order_id, order, symbol, client), self.now)

    def cancel(self, order_id: int, *, client: int = 1, by: int = 1) -> list[Event]:
        """Cancel an order in the name of a client."""
        return self.exchange.cancel((client, order_id), by_client=by, now=self.now)

    def wait(self, **span: float) -> list[Event]:
        """Let time pass and the market work."""
        self.now += timedelta(**span)
        return self.floor.advance(self.now)

    def order(self, order_id: int, *, client: int = 1) -> SimOrder:
        """Return an order that was placed."""
        found = self.book.find((client, order_id))
        if found is None:
            raise AssertionError(f"no order {order_id} of client {client}")
        return found


def statuses(events: list[Event]) -> list[str]:
    """Return the statuses and error codes of events, in order."""
    told = []
    for event in events:
        if isinstance(event, StatusShown):
            told.append(event.order.status.value)
        elif isinstance(event, Notice):
            told.append(str(event.code))
    return told
