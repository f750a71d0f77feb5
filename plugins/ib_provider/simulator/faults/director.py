# SPDX-License-Identifier: Apache-2.0
"""Carries out actions on a running gateway: from a plan, or as they are said."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import singledispatchmethod
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from ib_provider.simulator.faults import actions as a
from ib_provider.simulator.faults.answer_kinds import answer_names
from ib_provider.simulator.faults.chunking import Chunking
from ib_provider.simulator.faults.error_texts import FARM_NOTICES, text_of
from ib_provider.simulator.faults.fault_plan import FaultPlan
from ib_provider.simulator.faults.fault_state import FaultState
from ib_provider.simulator.faults.market_changes import (
    CloseEarly,
    CloseVenue,
    MarketChange,
    Relist,
    ReviseBars,
    Settle,
    SplitShares,
)
from ib_provider.simulator.faults.tampering import Tamper
from ib_provider.simulator.refusal import Refusal

__all__ = ["FARMS", "FaultDirector", "Stage"]

log = logging.getLogger(__name__)

FARMS: Final = ("usfarm", "ushmds", "secdefnj")
_NEW_YORK: Final = ZoneInfo("America/New_York")


class Stage(Protocol):
    """What a director can do to a gateway, apart from the faults that its parts look up."""

    async def listen(self) -> None:
        """Begin to accept connections; nothing where it does."""

    def stop_listening(self) -> None:
        """Refuse connections; those that are open stay."""

    def cut(self, client: int | None) -> None:
        """Drop the connection of a client, or all."""

    def tell(self, notice: Refusal, client: int | None) -> None:
        """Send a notice to a client, or all."""

    def end_streams(self) -> None:
        """End every stream of market data, without a word."""

    def halt(self, symbol: str, *, halted: bool) -> None:
        """Halt a symbol, or let it trade, and tell whoever watches it."""

    def advance(self, seconds: float) -> None:
        """Move the simulated clock forward."""

    def change(self, change: MarketChange) -> None:
        """Change the market's history."""


class FaultDirector:
    """Changes the faults that hold. Elapsed times are real seconds since the start."""

    def __init__(self, state: FaultState, stage: Stage, plan: FaultPlan) -> None:
        self._state = state
        self._stage = stage
        self._plan = plan
        self._later: list[tuple[float, a.Action]] = []
        self._elapsed_s = 0.0

    async def step(self, elapsed_s: float, now: datetime) -> None:
        """Do what is due. ``now`` is the simulated instant."""
        self._elapsed_s = elapsed_s
        due = [action for at, action in self._later if at <= elapsed_s]
        self._later = [entry for entry in self._later if entry[0] > elapsed_s]
        for action in [*due, *self._plan.due(elapsed_s, now.astimezone(_NEW_YORK))]:
            await self.do(action)

    def seen(self, request: Any) -> None:
        """Do what a request sets off, before it is served."""
        for action in self._plan.seen(request):
            if isinstance(action, a.Accept):
                log.warning("listening again cannot wait for a request")
            else:
                self._act(action)

    async def do(self, action: a.Action) -> None:
        """Carry out one action."""
        if isinstance(action, a.Accept):
            await self._stage.listen()
        else:
            self._act(action)
            if isinstance(action, a.CalmDown):
                await self._stage.listen()

    def _act(self, action: a.Action) -> None:
        log.info("fault: %s", action)
        flowed = self._state.quotes_flow
        self._carry_out(action)
        self._state.outages += flowed and not self._state.quotes_flow

    def _after(self, seconds: float, actions: Iterable[a.Action]) -> None:
        self._later.extend((self._elapsed_s + seconds, action) for action in actions)

    @singledispatchmethod
    def _carry_out(self, action: Any) -> None:
        raise TypeError(f"not an action: {action!r}")

    @_carry_out.register
    def _drop(self, action: a.Drop) -> None:
        self._stage.cut(action.client)

    @_carry_out.register
    def _refuse(self, action: a.Refuse) -> None:
        self._stage.stop_listening()
        if action.seconds is not None:
            self._after(action.seconds, [a.Accept()])

    @_carry_out.register
    def _silence(self, action: a.Silence) -> None:
        self._state.silent = True
        if action.seconds is not None:
            self._after(action.seconds, [a.Speak()])

    @_carry_out.register
    def _speak(self, _: a.Speak) -> None:
        self._state.silent = False

    @_carry_out.register
    def _connectivity(self, action: a.Connectivity) -> None:
        self._state.connected = action.state == "restored"
        if action.state == "lost":
            code = 1100
        elif action.data == "lost":
            code = 1101
            self._stage.end_streams()
        else:
            code = 1102
        self._stage.tell(Refusal(code=code, message=text_of(code)), None)

    @_carry_out.register
    def _farm(self, action: a.Farm) -> None:
        if action.state == "broken":
            self._state.broken.add(action.farm)
        else:
            self._state.broken.discard(action.farm)
        if action.farm == "ushmds":
            self._state.past_answers = action.answers
        code, text = FARM_NOTICES[action.farm, action.state]
        self._stage.tell(Refusal(code=code, message=text), None)

    @_carry_out.register
    def _notice(self, action: a.Notice) -> None:
        text = action.message or text_of(action.code)
        self._stage.tell(Refusal(code=action.code, message=text), action.client)

    @_carry_out.register
    def _nightly_reset(self, action: a.NightlyReset) -> None:
        self._connectivity(a.Connectivity(state="lost"))
        self._farm(a.Farm(farm="usfarm", state="broken"))
        self._farm(a.Farm(farm="ushmds", state="broken"))
        self._notice(a.Notice(code=2110))
        if action.restart:
            self._stage.cut(None)
            self._refuse(a.Refuse(seconds=action.seconds))
        back: list[a.Action] = [a.Connectivity(state="restored", data=action.data)]
        back += [a.Farm(farm=farm, state="ok") for farm in FARMS]
        self._after(action.seconds, back)

    @_carry_out.register
    def _tamper(self, action: a.TamperAnswers) -> None:
        rule = Tamper(
            names=answer_names(action.kinds),
            how=action.how,
            seconds=action.seconds,
            count=action.count,
            share=action.share,
            client_id=action.client,
        )
        self._state.rules = [*self._state.rules, rule]

    @_carry_out.register
    def _next_order(self, action: a.OrderFault) -> None:
        self._state.orders.append(replace(action))

    @_carry_out.register
    def _next_request(self, action: a.RefuseRequest) -> None:
        self._state.requests.append(replace(action))

    @_carry_out.register
    def _half(self, action: a.HalfMessage) -> None:
        self._state.halves.append(action)

    @_carry_out.register(SplitShares)
    @_carry_out.register(ReviseBars)
    @_carry_out.register(Settle)
    @_carry_out.register(CloseVenue)
    @_carry_out.register(CloseEarly)
    @_carry_out.register(Relist)
    def _change(self, action: MarketChange) -> None:
        self._stage.change(action)

    @_carry_out.register
    def _halt(self, action: a.Halt) -> None:
        self._state.halted.add(action.symbol)
        self._stage.halt(action.symbol, halted=True)

    @_carry_out.register
    def _resume(self, action: a.Resume) -> None:
        self._state.halted.discard(action.symbol)
        self._stage.halt(action.symbol, halted=False)

    @_carry_out.register
    def _language(self, action: a.Language) -> None:
        self._state.language = action.language

    @_carry_out.register
    def _chunk(self, action: a.Chunk) -> None:
        chunking = Chunking(size=action.size, pause_s=action.pause_s) if action.size else None
        self._state.chunking = chunking

    @_carry_out.register
    def _advance(self, action: a.Advance) -> None:
        self._stage.advance(action.seconds)

    @_carry_out.register
    def _calm_down(self, _: a.CalmDown) -> None:
        self._later.clear()
        for symbol in sorted(self._state.halted):
            self._stage.halt(symbol, halted=False)
        self._state.calm_down()
