# SPDX-License-Identifier: Apache-2.0
"""Every case of the gates, and which of them a set of gates gets wrong.

A case without words is one that its gate must let pass: the last value that is allowed.
"""

from __future__ import annotations

from decimal import Context, localcontext
from types import ModuleType
from typing import Final

from tests.support.books import AT
from tests.support.gate_cases_account import ACCOUNT
from tests.support.gate_cases_allowed import ALLOWED
from tests.support.gate_cases_day import DAY
from tests.support.gate_cases_exits import EXITS
from tests.support.gate_cases_style import STYLE
from tests.support.gate_cases_wrong import WRONG
from tests.support.gate_situations import Case, good

__all__ = ["CASES", "failures"]

CASES: Final[list[Case]] = [*WRONG, *ALLOWED, *ACCOUNT, *DAY, *STYLE, *EXITS]


def failures(gates: ModuleType) -> list[str]:
    """Return the cases that a module of gates gets wrong; empty when it is right.

    A case is judged by its own gate alone, so that no other gate can stand in for it.
    """
    functions = {gate.__name__: gate for gate in gates.GATES}
    wrong = []
    for case in CASES:
        at = case.change(good())
        try:
            with localcontext(Context(prec=40)):
                check = gates.Check(
                    plan=at.plan,
                    book=at.book,
                    limits=at.limits,
                    history=at.history,
                    mode=at.mode,
                    now=AT,
                )
                said = [str(breach) for breach in functions[case.gate](check)]
        except Exception as error:  # noqa: BLE001  whatever it is, the gate did not answer
            said = [repr(error)] * 99
        right = len(said) == case.count and all(case.said in text for text in said)
        if not (right if case.said else not said):
            wrong.append(f"{case.name}: {said}")
    return wrong
