# SPDX-License-Identifier: Apache-2.0
"""The simulated IB Gateway on a TCP socket."""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType
from typing import Self

from ib_provider.errors import ConfigError
from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.client_link import Handlers
from ib_provider.simulator.desks.account_desk import AccountDesk
from ib_provider.simulator.desks.data_desk import DataDesk
from ib_provider.simulator.desks.order_answers import (
    commission_report,
    execution_details,
    open_order,
    order_status,
)
from ib_provider.simulator.desks.order_desk import OrderDesk
from ib_provider.simulator.desks.quote_desk import QuoteDesk
from ib_provider.simulator.exchange.orders import (
    Charged,
    Event,
    Executed,
    Notice,
    OrderShown,
    StatusShown,
)
from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.refusal import Refusal
from ib_provider.simulator.session import Session
from ib_provider.simulator.session_desk import SessionDesk
from ib_provider.wire.messages import Request

__all__ = ["SimulatedGateway"]

log = logging.getLogger(__name__)

_STEP_S = 0.02
_GOODBYE_S = 5.0
_IN_USE = "Unable to connect as the client id is already in use. Retry with a unique client id."


class SimulatedGateway:
    """A gateway that runs while the context is open.

    Raises:
        ConfigError: On entering: options, port, state file or market data that cannot be used.
    """

    def __init__(self, options: SimulatorOptions) -> None:
        self.options = options
        self._server: asyncio.Server | None = None
        self._ticker: asyncio.Task[None] | None = None
        self._sessions: dict[int, Session] = {}
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        if self._server is None:
            return self.options.port
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def announcement(self) -> str:
        """Return the one line that tells a person where it listens."""
        now = self._brokerage.clock.now().isoformat(timespec="seconds")
        return (
            f"simulated gateway listening on {self.options.host}:{self.port} "
            f"(clock {now}, account {self.options.account})"
        )

    async def start(self) -> None:
        """Load the state and the market, and listen."""
        self.options.check()
        self._brokerage = await asyncio.to_thread(Brokerage, self.options, self._publish)
        self._account_desk = AccountDesk(self._brokerage)
        self._session_desk = SessionDesk(self._brokerage)
        self._handlers: Handlers = {
            **self._session_desk.handlers,
            **self._account_desk.handlers,
            **OrderDesk(self._brokerage).handlers,
            **QuoteDesk(self._brokerage).handlers,
            **DataDesk(self._brokerage, answer_delay_s=self.options.answer_delay_s).handlers,
        }
        self._server = await self._listen()
        self._ticker = asyncio.create_task(self._tick())

    async def run(self) -> None:
        """Serve until cancelled; a fault of the market's clockwork ends it too."""
        if self._ticker is not None:
            await self._ticker

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        if self._ticker is not None:
            self._ticker.cancel()
        if self._server is not None:
            self._server.close()
        for writer in self._connections.values():
            writer.close()
        if self._connections:
            await asyncio.wait(self._connections, timeout=_GOODBYE_S)

    async def _listen(self) -> asyncio.Server:
        host, port = self.options.host, self.options.port
        try:
            return await asyncio.start_server(self._accept, host, port)
        except OSError as error:
            problem = f"port: cannot listen on {host}:{port}: {error.strerror}"
            raise ConfigError("simulator options", [problem]) from error

    async def _tick(self) -> None:
        while True:
            self._brokerage.advance()
            await asyncio.sleep(_STEP_S)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a connection is served by a task")
        self._connections[task] = writer
        try:
            if self.options.silent:
                await reader.read()  # to the end of the connection, without a word
            else:
                await self._serve(reader, writer)
        finally:
            del self._connections[task]
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(
            reader,
            writer,
            max_server_version=self.options.max_server_version,
            now=self._brokerage.clock.now,
            started=self._started,
            handle=self._handle,
        )
        try:
            await session.serve()
        finally:
            if self._sessions.get(session.client_id) is session:
                del self._sessions[session.client_id]

    def _started(self, session: Session) -> bool:
        if session.client_id in self._sessions:
            session.fail(-1, Refusal(code=326, message=_IN_USE))
            return False
        self._sessions[session.client_id] = session
        self._session_desk.welcome(session)
        return True

    def _handle(self, session: Session, request: Request) -> None:
        handler = self._handlers[type(request)]
        handler(session, request)

    def _publish(self, events: list[Event]) -> None:
        for event in events:
            self._tell(event)

    def _tell(self, event: Event) -> None:
        """Send an event to the client it concerns, if that client is connected."""
        contracts = self._brokerage.contracts
        match event:
            case Notice(client_id, order_id, code, message):
                if session := self._sessions.get(client_id):
                    session.fail(order_id, Refusal(code=code, message=message))
            case OrderShown(order):
                if session := self._sessions.get(order.client_id):
                    session.send(open_order(order, contracts.by_id(order.con_id)))
            case StatusShown(order, by_client):
                for client_id in sorted({order.client_id, by_client}):
                    if session := self._sessions.get(client_id):
                        session.send(order_status(order, by_client))
            case Executed(trade):
                if session := self._sessions.get(trade.client_id):
                    listing = contracts.by_id(trade.con_id)
                    account = self._brokerage.account_name
                    session.send(execution_details(trade, listing, account, -1))
            case Charged(trade):
                if session := self._sessions.get(trade.client_id):
                    session.send(commission_report(trade, contracts.by_id(trade.con_id)))
                for session in self._sessions.values():
                    self._account_desk.push(session, trade.con_id)
