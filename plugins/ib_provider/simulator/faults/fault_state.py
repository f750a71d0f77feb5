# SPDX-License-Identifier: Apache-2.0
"""Which faults hold now, for the whole gateway."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ib_provider.simulator.faults.actions import HalfMessage, OrderFault, RefuseRequest
from ib_provider.simulator.faults.answer_kinds import answer_names
from ib_provider.simulator.faults.chunking import Chunking
from ib_provider.simulator.faults.error_texts import text_of
from ib_provider.simulator.faults.tampering import Tamper
from ib_provider.simulator.refusal import Refusal

__all__ = ["FaultState", "Upset"]

_OF_THE_PAST: Final = (
    "ReqHistoricalData",
    "ReqHeadTimestamp",
    "ReqHistoricalTicks",
    "ReqHistogramData",
)
#: What a gateway says of a span without data; here it is not true.
_NO_DATA: Final = "Historical Market Data Service error message:HMDS query returned no data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upset:
    """What a fault does to one request.

    Attributes:
        refusal: The error it is answered with, if any.
        serve: Whether a desk gets it.
        quiet_after: The executions its order is told before silence; None for no silence.
    """

    refusal: Refusal | None = None
    serve: bool = True
    quiet_after: int | None = None


@dataclass(slots=True, kw_only=True)
class FaultState:
    """The faults that hold.

    Attributes:
        connected: To IB; false between 1100 and 1101 or 1102.
        broken: Names of the farms that are down.
        past_answers: What requests about the past get while ushmds is down.
        halted: Symbols that do not trade.
        outages: How often market data has stopped reaching the gateway.
    """

    seed: int = 1
    silent: bool = False
    connected: bool = True
    broken: set[str] = field(default_factory=set)
    past_answers: str = "error"
    halted: set[str] = field(default_factory=set)
    outages: int = 0
    language: str = "en"
    chunking: Chunking | None = None
    rules: list[Tamper] = field(default_factory=list)
    orders: list[OrderFault] = field(default_factory=list)
    requests: list[RefuseRequest] = field(default_factory=list)
    halves: list[HalfMessage] = field(default_factory=list)

    def calm_down(self) -> None:
        """End every fault."""
        self.silent, self.connected = False, True
        self.language, self.chunking = "en", None
        self.past_answers = "error"
        for kept in (self.broken, self.halted, self.rules, self.orders, self.requests, self.halves):
            kept.clear()

    def describe(self) -> Iterator[str]:
        """Yield a line for each fault that holds."""
        if self.silent:
            yield "silent"
        if not self.connected:
            yield "not connected to IB"
        for farm in sorted(self.broken):
            yield f"{farm} broken"
        for symbol in sorted(self.halted):
            yield f"{symbol} halted"
        if self.language != "en":
            yield f"speaks {self.language}"
        if self.chunking is not None:
            yield f"cut every {self.chunking.size} bytes"
        for rule in self.rules:
            yield f"{rule.how} {', '.join(sorted(rule.names))}"
        for fault in self.orders:
            yield f"next {fault.count} order(s): {fault.how}"
        for half in self.halves:
            yield f"half of the next {', '.join(half.kinds)}"
        for request in self.requests:
            yield f"next {request.count} {request.request}: {request.code}"

    @property
    def leaves_answers_alone(self) -> bool:
        """Return whether no fault that holds concerns answers."""
        return (
            self.connected
            and not self.silent
            and not self.rules
            and not self.broken
            and self.language == "en"
        )

    @property
    def quotes_flow(self) -> bool:
        """Return whether market data reaches the gateway."""
        return self.connected and "usfarm" not in self.broken

    @property
    def history_flows(self) -> bool:
        """Return whether data of the past reaches the gateway."""
        return self.connected and "ushmds" not in self.broken

    def upset(self, request: Any, *, new_order: bool) -> Upset | None:
        """Return what is done to a request, or None, and count it.

        Args:
            new_order: The request places an order that is not known yet.
        """
        name = type(request).__name__
        for position, fault in enumerate(self.requests):
            if fault.request == name:
                _take(self.requests, position)
                text = fault.message or text_of(fault.code)
                return Upset(refusal=Refusal(code=fault.code, message=text), serve=fault.serve)
        if name == "PlaceOrder":
            return self._order_upset(new_order=new_order)
        if not self.history_flows and name in _OF_THE_PAST:
            return self._past_upset()
        return None

    def half_of(self, answer: object) -> HalfMessage | None:
        """Return why only half of an answer is sent, or None, and count it."""
        for half in self.halves:
            if type(answer).__name__ in answer_names(half.kinds):
                self.halves.remove(half)
                return half
        return None

    def _past_upset(self) -> Upset:
        if self.past_answers == "nothing":
            return Upset(serve=False)
        if self.past_answers == "empty":
            return Upset(refusal=Refusal(code=162, message=_NO_DATA), serve=False)
        return Upset(refusal=Refusal(code=165, message=text_of(165)), serve=False)

    def _order_upset(self, *, new_order: bool) -> Upset | None:
        if not self.connected:
            code = 133 if new_order else 134
            return Upset(refusal=Refusal(code=code, message=text_of(code)), serve=False)
        if not new_order or not self.orders:
            return None
        fault = _take(self.orders, 0)
        match fault.how:
            case "reject":
                text = fault.message or text_of(fault.code)
                return Upset(refusal=Refusal(code=fault.code, message=text), serve=False)
            case "lose":
                return Upset(serve=False)
            case "swallow":
                return Upset(quiet_after=0)
        return Upset(quiet_after=1)


def _take(faults: list[Any], position: int) -> Any:
    """Return a fault and count one use of it; the last use removes it."""
    fault = faults[position]
    if fault.count <= 1:
        del faults[position]
    else:
        faults[position] = replace(fault, count=fault.count - 1)
    return fault
