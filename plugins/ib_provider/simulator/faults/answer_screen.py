# SPDX-License-Identifier: Apache-2.0
"""What the faults that hold do to the answers of one client."""

from __future__ import annotations

from ib_provider.simulator.faults.answer_kinds import GROUPS
from ib_provider.simulator.faults.fault_state import FaultState
from ib_provider.simulator.faults.languages import translated
from ib_provider.simulator.faults.order_silence import OrderSilence
from ib_provider.simulator.faults.tampering import Sending, Tampering
from ib_provider.wire.messages import Answer, ErrorMessage

__all__ = ["AnswerScreen"]


class AnswerScreen:
    """Stands between the desks and the wire of one client."""

    def __init__(self, state: FaultState, client_id: int) -> None:
        self.silence = OrderSilence()
        self._state = state
        self._tampering = Tampering(client_id, state.seed)
        self._rules: list[object] = []

    @property
    def is_open(self) -> bool:
        """Return whether every answer passes as it is."""
        return self._state.leaves_answers_alone and self.silence.is_empty

    def pass_on(self, answer: Answer, asked: str) -> list[Sending]:
        """Return what is sent of an answer, and when.

        Args:
            asked: Class name of the request being served; empty for what comes unasked.
        """
        state = self._state
        if state.silent or self.silence.loses(answer, asked):
            return []
        if not state.quotes_flow and type(answer).__name__ in GROUPS["quotes"]:
            return []
        if not state.history_flows and type(answer).__name__ == "HistoricalDataUpdate":
            return []
        if state.language != "en" and isinstance(answer, ErrorMessage):
            answer = translated(answer, state.language)
        if self._rules != state.rules:
            self._rules = list(state.rules)
            self._tampering.set_rules(state.rules)
        return self._tampering.pass_on(answer)

    def release(self, answer: Answer) -> bool:
        """Let go of a held answer; False where it has been sent meanwhile."""
        return self._tampering.release(answer)
