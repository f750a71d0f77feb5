# SPDX-License-Identifier: Apache-2.0
"""Interactive Brokers' own client as anyone would use it: EClient, EWrapper and its threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.order import Order
from ibapi.wrapper import EWrapper

__all__ = ["StockClient", "ibapi_order", "ibapi_stock", "stock_client"]

_WAIT_S = 20.0
_CLIENT_IDS = count(1)

Call = tuple[str, tuple[Any, ...]]


class _Recorder(EWrapper):  # type: ignore[misc]  # ibapi ships no types
    """Writes down every callback, on ibapi's thread."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.news = threading.Condition()

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or name in {"calls", "news"} or not hasattr(EWrapper, name):
            return super().__getattribute__(name)
        if name.endswith("ProtoBuf"):
            return lambda *_: None
        return lambda *arguments: self._note(name, arguments)

    def _note(self, name: str, arguments: tuple[Any, ...]) -> None:
        with self.news:
            self.calls.append((name, arguments))
            self.news.notify_all()


class StockClient:
    """One ibapi session. ``ask`` is ibapi's own client: call its methods."""

    def __init__(self) -> None:
        self._recorder = _Recorder()
        self.ask: Any = EClient(self._recorder)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._leaving = False
        self.port = 0

    def connect(self, port: int, client_id: int) -> None:
        """Connect and start ibapi's message loop."""
        self.port = port
        self.ask.connect("127.0.0.1", port, client_id)
        self._reader = self.ask.reader
        self._thread.start()

    def disconnect(self) -> None:
        """Close the session. ibapi's reader keeps the socket open up to a second longer."""
        self._leaving = True
        self.ask.disconnect()
        self._thread.join(10)

    def _run(self) -> None:
        try:
            self.ask.run()
        except TypeError:
            # ibapi forgets its server version on leaving, and then reads what still waits
            if not self._leaving:
                raise

    def join_reader(self) -> None:
        """Wait until the reader has let go of the socket, and the gateway knows."""
        self._reader.join(10)

    @property
    def calls(self) -> list[Call]:
        """Return every callback so far."""
        with self._recorder.news:
            return list(self._recorder.calls)

    def note(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Add a callback that another session had."""
        self._recorder._note(name, arguments)

    def mark(self) -> int:
        """Return a place in the callbacks, for ``since``."""
        return len(self.calls)

    def wait(
        self,
        name: str,
        when: Callable[..., bool] = lambda *_: True,
        *,
        since: int = 0,
        timeout_s: float = _WAIT_S,
    ) -> tuple[Any, ...]:
        """Return the arguments of the first such callback that fits, once it has come."""
        deadline = time.monotonic() + timeout_s
        with self._recorder.news:
            while True:
                for called, arguments in self._recorder.calls[since:]:
                    if called == name and when(*arguments):
                        return arguments
                left = deadline - time.monotonic()
                if left <= 0 or not self._recorder.news.wait(left):
                    raise TimeoutError(f"no such {name} in {self._recorder.calls[since:]}")

    def wait_any(
        self, wanted: Mapping[str, Callable[..., bool]], *, since: int = 0
    ) -> tuple[str, tuple[Any, ...]]:
        """Return name and arguments of the first callback that fits the test under its name."""
        deadline = time.monotonic() + _WAIT_S
        with self._recorder.news:
            while True:
                for called, arguments in self._recorder.calls[since:]:
                    if called in wanted and wanted[called](*arguments):
                        return called, arguments
                left = deadline - time.monotonic()
                if left <= 0 or not self._recorder.news.wait(left):
                    raise TimeoutError(f"none of {set(wanted)} came")

    def all(self, name: str, *, since: int = 0) -> list[tuple[Any, ...]]:
        """Return the arguments of every such callback so far."""
        return [arguments for called, arguments in self.calls[since:] if called == name]

    def errors(self, code: int) -> list[tuple[int, str]]:
        """Return request id and text of every error of a code."""
        return [(call[0], call[3]) for call in self.all("error") if call[2] == code]


@contextmanager
def stock_client(port: int, client_id: int | None = None) -> Iterator[StockClient]:
    """Run a session that has been greeted, by default under a client id nobody else has."""
    client = StockClient()
    client.connect(port, next(_CLIENT_IDS) if client_id is None else client_id)
    try:
        client.wait("nextValidId")
        yield client
    finally:
        client.disconnect()


def ibapi_stock(symbol: str, **more: Any) -> Contract:
    """Return ibapi's contract for a US stock on SMART."""
    contract = Contract()
    contract.symbol, contract.secType = symbol, "STK"
    contract.exchange, contract.currency = "SMART", "USD"
    for name, value in more.items():
        setattr(contract, name, value)
    return contract


def ibapi_order(action: str, quantity: int, kind: str = "MKT", **more: Any) -> Order:
    """Return ibapi's order."""
    order = Order()
    order.action, order.totalQuantity, order.orderType = action, quantity, kind
    for name, value in more.items():
        setattr(order, name, value)
    return order
