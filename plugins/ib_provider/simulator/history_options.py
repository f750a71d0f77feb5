# SPDX-License-Identifier: Apache-2.0
"""How a simulated gateway answers requests about the past."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["HistoryOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryOptions:
    """Settings of the historical service.

    Attributes:
        answer_delay_s: Real seconds before each answer.
        bars_a_message: An answer of more comes in parts, from version 196 on.
        kept_answers: So many answers to requests for bars are kept with their bytes, so that the
            same request again costs no more than sending them. For benchmarks of clients: ask once
            before the clock starts.
        update_every_s: Real seconds between two updates of a bar that is kept up to date.
    """

    answer_delay_s: float = 0.0
    bars_a_message: int = 40_000
    kept_answers: int = 0
    update_every_s: float = 5.0

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the numbers."""
        if not 0 <= self.answer_delay_s < float("inf"):
            yield "answer_delay_s: must be a finite number from 0 up"
        if not 0 < self.update_every_s < float("inf"):
            yield "update_every_s: must be a finite number above 0"
        if self.bars_a_message < 1:
            yield f"bars_a_message: {self.bars_a_message} is below 1"
        if self.kept_answers < 0:
            yield f"kept_answers: {self.kept_answers} is below zero"
