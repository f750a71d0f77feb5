# SPDX-License-Identifier: Apache-2.0
"""The simulated IB Gateway on a TCP socket."""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType
from typing import Final, Self

from ib_provider.domain.contract import SecType
from ib_provider.simulator.activity import Activity, ClientRow, GatewayView
from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.client_link import Handlers
from ib_provider.simulator.desks.account_desk import AccountDesk
from ib_provider.simulator.desks.contract_desk import ContractDesk
from ib_provider.simulator.desks.data_desk import DataDesk
from ib_provider.simulator.desks.exercise_desk import ExerciseDesk
from ib_provider.simulator.desks.live_desks import live_handlers
from ib_provider.simulator.desks.live_market import LiveMarket
from ib_provider.simulator.desks.order_desk import OrderDesk
from ib_provider.simulator.event_teller import tell
from ib_provider.simulator.exchange.orders import Event
from ib_provider.simulator.faults.control_port import ControlPort
from ib_provider.simulator.faults.director import FaultDirector
from ib_provider.simulator.faults.fault_plan import FaultPlan
from ib_provider.simulator.faults.fault_state import FaultState
from ib_provider.simulator.gateway_stage import GatewayStage
from ib_provider.simulator.limits.historical_pacing import HistoricalPacing
from ib_provider.simulator.limits.message_rate import MessageRate
from ib_provider.simulator.limits.request_gate import RequestGate
from ib_provider.simulator.listener import Listener
from ib_provider.simulator.market_beat import MarketBeat
from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.outbox import Outbox
from ib_provider.simulator.refusal import Refusal
from ib_provider.simulator.request_router import RequestRouter
from ib_provider.simulator.session import Session
from ib_provider.simulator.session_desk import SessionDesk
from ib_provider.simulator.transcript import Transcript
from ib_provider.wire.messages import Request

__all__ = ["SimulatedGateway"]

log = logging.getLogger(__name__)

_STEP_S: Final = 0.02
_PULSE_S: Final = 1.0
_IN_USE: Final = (
    "Unable to connect as the client id is already in use. Retry with a unique client id."
)


class SimulatedGateway:
    """A gateway that runs while the context is open.

    Raises:
        ConfigError: On entering: options, port, state file or market data that cannot be used.
    """

    def __init__(self, options: SimulatorOptions) -> None:
        self.options = options
        self._ticker: asyncio.Task[None] | None = None
        self._control: ControlPort | None = None
        self._sessions: dict[int, Session] = {}
        self._listener = Listener(options.host, options.port, self._serve)
        self._faults = FaultState(seed=options.seed, silent=options.silent)
        self._transcript = Transcript(options.transcript)
        self._activity = Activity()
        self._pacing = HistoricalPacing()
        limits = options.limits
        self._rate = MessageRate(limits.messages_per_s) if limits.shared_rate else None

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
        return self._listener.port

    @property
    def control_port(self) -> int | None:
        """Return the port that takes faults, if there is one."""
        return self._control.port if self._control else None

    @property
    def announcement(self) -> str:
        """Return the one line that tells a person where it listens."""
        now = self._brokerage.clock.now().isoformat(timespec="seconds")
        control = f", control port {self.control_port}" if self._control else ""
        return (
            f"simulated gateway listening on {self.options.host}:{self.port} "
            f"(clock {now}, account {self.options.account}{control})"
        )

    def view(self) -> GatewayView:
        """Return what it is doing."""
        return GatewayView(
            title=self.announcement,
            clock=self._brokerage.clock.now().isoformat(timespec="seconds"),
            faults=tuple(self._faults.describe()),
            clients=tuple(
                ClientRow(
                    client_id=client_id,
                    server_version=session.server_version,
                    requests=session.requests,
                    answers=session.outbox.answers,
                    streams=session.gate.open.total(),
                )
                for client_id, session in sorted(self._sessions.items())
            ),
            requests=tuple(self._activity.requests.most_common()),
            orders=self._activity.orders(),
            fills=self._activity.fills(),
        )

    @property
    def brokerage(self) -> Brokerage:
        """Return the broker behind it, to act there as no client can; on the gateway's loop."""
        return self._brokerage

    @property
    def unserved(self) -> frozenset[str]:
        """Return the requests, by name, that it cannot answer yet; once started."""
        return self._router.unserved

    async def start(self) -> None:
        """Load the state and the market, and listen."""
        self.options.check()
        # The market's clock is the loop's, as that of delays and limits is.
        clock = asyncio.get_running_loop().time
        self._brokerage = await asyncio.to_thread(
            Brokerage, self.options, self._publish, monotonic=clock
        )
        self._account_desk = AccountDesk(self._brokerage)
        self._session_desk = SessionDesk(self._brokerage)
        self._beat = MarketBeat(self._brokerage.clock.now)
        live = LiveMarket(
            self._brokerage,
            beat=self._beat,
            flows=lambda: self._faults.quotes_flow,
            outages=lambda: self._faults.outages,
            entitlements=self.options.entitlements,
        )
        handlers: Handlers = {
            **live_handlers(self._brokerage, live),
            **self._session_desk.handlers,
            **self._account_desk.handlers,
            **ContractDesk(
                self._brokerage.contracts,
                self._brokerage.clock.now,
                self._brokerage.market.alterations.calendar,
            ).handlers,
            **OrderDesk(self._brokerage).handlers,
            **ExerciseDesk(self._brokerage).handlers,
            **DataDesk(self._brokerage, self.options.history).handlers,
        }
        self._router = RequestRouter(handlers, brokerage=self._brokerage, faults=self._faults)
        self._director = self._hire_director()
        self._transcript.open()
        await self._listener.open()
        if self.options.control_port is not None:
            port, do = self.options.control_port, self._director.do
            self._control = ControlPort(port, do=do, show=lambda: self.view().as_json())
            await self._control.start()
        await self._director.step(0.0, self._brokerage.clock.now())
        self._ticker = asyncio.create_task(self._tick())

    async def run(self) -> None:
        """Serve until cancelled; a fault of the market's clockwork ends it too."""
        if self._ticker is not None:
            await self._ticker

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        if self._ticker is not None:
            self._ticker.cancel()
        if self._control is not None:
            self._control.stop()
        await self._listener.close()
        self._transcript.close()

    def _hire_director(self) -> FaultDirector:
        stage = GatewayStage(
            sessions=self._sessions,
            listener=self._listener,
            brokerage=self._brokerage,
            serve=self._router.serve,
        )
        return FaultDirector(self._faults, stage, FaultPlan(self.options.faults))

    async def _tick(self) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        pulsed = began
        while True:
            self._brokerage.advance()
            self._beat.pulse()
            if clock() - pulsed >= _PULSE_S:
                pulsed = clock()
                self._account_desk.pulse(list(self._sessions.values()))
            await self._director.step(clock() - began, self._brokerage.clock.now())
            await asyncio.sleep(_STEP_S)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._faults.silent:
            await reader.read()  # to the end of the connection, without a word
            return
        limits = self.options.limits
        session = Session(
            reader,
            writer,
            max_server_version=self.options.max_server_version,
            now=self._brokerage.clock.now,
            started=self._started,
            handle=self._handle,
            outbox=Outbox(
                writer,
                faults=self._faults,
                transcript=self._transcript,
                most_unread=limits.unread_mb << 20,
            ),
            gate=RequestGate(limits, self._open_everywhere, self._pacing),
            rate=self._rate or MessageRate(limits.messages_per_s),
            reject_excess=limits.reject_excess,
            transcript=self._transcript,
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
        if (
            self.options.limits.max_clients
            and len(self._sessions) >= self.options.limits.max_clients
        ):
            log.warning("client %d is one too many: closed", session.client_id)
            return False
        self._sessions[session.client_id] = session
        self._session_desk.welcome(session)
        return True

    def _handle(self, session: Session, request: Request) -> None:
        self._activity.asked(request)
        self._director.seen(request)
        self._router.route(session, request)

    def _symbol_of(self, con_id: int) -> str:
        """Return what people call a contract: an option by all it says, a spread as one."""
        own = self._brokerage.contracts.by_id(con_id).contract
        if own.sec_type is SecType.BAG:
            return f"{own.symbol} spread"
        return own.local_symbol or own.symbol

    def _open_everywhere(self, kind: str) -> int:
        return sum(session.gate.open.count(kind) for session in self._sessions.values())

    def _publish(self, events: list[Event]) -> None:
        for event in events:
            self._activity.happened(event, self._symbol_of)
            tell(
                event,
                clients=self._sessions,
                brokerage=self._brokerage,
                account_desk=self._account_desk,
            )
