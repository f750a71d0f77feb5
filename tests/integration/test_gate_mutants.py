# SPDX-License-Identifier: Apache-2.0
"""No decision of a gate can be turned round without a case of the gates noticing."""

from __future__ import annotations

import importlib
from typing import Final

from ib_provider.rebalance import gates
from tests.support.gate_cases import failures
from tests.support.mutants import Mutant, loaded, mutants_of

#: In an order in which each needs only earlier ones.
_MODULES: Final = [
    f"ib_provider.rebalance.{name}"
    for name in (
        "gate_check",
        "order_gates",
        "market_gates",
        "size_gates",
        "exit_gates",
        "exposure_gates",
        "day_gates",
        "open_gates",
        "permission_gates",
        "gates",
    )
]


def test_every_module_of_gates_is_mutated() -> None:
    """A gate in a module that is not listed would not be tested by its mutants."""
    homes = {gate.__module__ for gate in gates.GATES}
    assert homes <= set(_MODULES)


def test_no_mutant_of_the_gates_survives() -> None:
    """Hundreds of mutants, each with one decision turned round: the cases find every one."""
    assert failures(gates) == []
    mutants = [mutant for name in _MODULES for mutant in mutants_of(importlib.import_module(name))]
    assert len(mutants) > 250
    assert [mutant.where for mutant in mutants if _survives(mutant)] == []


def _survives(mutant: Mutant) -> bool:
    """Return whether every case comes out as before; one that crashes at loading does not."""
    with loaded(_MODULES, mutant) as mutated:
        return not failures(mutated)
