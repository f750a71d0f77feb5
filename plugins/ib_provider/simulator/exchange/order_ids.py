# SPDX-License-Identifier: Apache-2.0
"""The ids that belong to a whole login: perm ids and execution ids. Each is given out once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["IdState", "OrderIds"]

_EXEC_PREFIX: Final = "0000e0d5"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdState:
    """The next of each. Ids look as real ones do; where the counting starts means nothing."""

    perm: int = 1_426_086_045
    execution: int = 0x69DD7411


class OrderIds:
    """Gives ids out."""

    def __init__(self, state: IdState) -> None:
        self._perm = state.perm
        self._execution = state.execution

    def state(self) -> IdState:
        """Return what there is to keep."""
        return IdState(perm=self._perm, execution=self._execution)

    def perm(self) -> int:
        """Return an id no order of the login has had."""
        self._perm += 1
        return self._perm - 1

    def execution(self) -> str:
        """Return an id no execution has had; ``01`` at its end is for the first report of it."""
        self._execution += 1
        return f"{_EXEC_PREFIX}.{self._execution - 1:08x}.01.01"
