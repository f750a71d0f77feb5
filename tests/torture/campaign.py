# SPDX-License-Identifier: Apache-2.0
"""Rebalances one after the other until enough was killed, each judged when it is done."""

from __future__ import annotations

import random
import sys
from collections import Counter
from pathlib import Path
from typing import Final, Protocol

from ib_provider.config import Settings
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.ledger.ledger import Ledger
from tests.torture.actors import ACCOUNT, IDS
from tests.torture.gateway import TortureFailed
from tests.torture.verdict import Verdict, judge

__all__ = ["Tormentor", "tally", "torment", "write_include"]

_WEIGHTS: Final = {
    "there": ("0.25", "0.05", "0.20", "0.10", "0.20"),
    "back": ("0.10", "0.20", "0.10", "0.25", "0.05"),
}
_PORTFOLIO: Final = """\
name: {name}
currency: USD
cash_buffer: 0.02
drift_band: 0.001
collar_bp: 90
unlisted: keep
min_order_value: 500
bracket: {{take_profit: 0.40, stop_loss: 0.30, stop_limit_bp: 100}}
targets:
"""
_LIMITS: Final = f"""\
name: torture
accounts: [{ACCOUNT}]
trading_mode: paper
sec_types: [STK]
currencies: [USD]
allow_instruments: any
deny_instruments: []
max_order_value: 900000
max_order_quantity: 100000
max_orders: 10
max_turnover: 2.0
max_weight: 0.50
allow_short: true
max_gross: 2.0
max_net: 2.0
max_debit: 900000
max_adv: any
time_zone: America/New_York
max_daily_value: 900000000000
max_orders_per_name: 100000
duplicate_window_s: 0
max_rejects: 100
max_open_value: 900000000
max_open_orders: 1000
max_orders_per_minute: 100000
max_price_age_s: 60
max_price_move: 0.50
max_collar_bp: 500
"""


class Tormentor(Protocol):
    """Who brings rebalances to their end, and does not leave them in peace."""

    kills: Counter[str]
    faults: Counter[str]
    retries: int

    @property
    def killed(self) -> int:
        """Return how many processes were ended by SIGKILL so far."""

    def rebalance(self, portfolio: str, key: str, *, attacks: int) -> None:
        """Bring one rebalance to its end.

        Raises:
            TortureFailed: It ended as none may.
        """


def torment(
    arena: Tormentor, folder: Path, settings: Settings, *, kills: int, chance: random.Random
) -> Verdict:
    """Return what is wrong after so many kills, or as soon as something is.

    Raises:
        TortureFailed: A rebalance ended as none may.
    """
    plans: list[OrderPlan] = []
    verdict = Verdict()
    while arena.killed < kills and verdict.is_right:
        portfolio, key = ("there", "back")[len(plans) % 2], f"r{len(plans)}"
        arena.rebalance(portfolio, key, attacks=chance.randint(2, 12))
        with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            plan = ledger.find_plan(ACCOUNT, portfolio, key)
            if plan is None:
                raise TortureFailed(f"{key} is done and has no plan")
            plans.append(plan)
            verdict = judge(folder, ledger, plans)
        sys.stderr.write(f"{key}: {tally(arena)} {verdict}\n")
    return verdict


def tally(*arenas: Tormentor) -> str:
    """Return what was done, by kind."""
    counts = Counter[str]()
    for arena in arenas:
        counts += arena.kills + arena.faults
    return " ".join(f"{name}={count}" for name, count in sorted(counts.items()))


def write_include(include: Path) -> None:
    """Write two portfolios to trade between, and limits that leave them room.

    Their exits are too far from the market to trade: each plan has to call off those before it.
    """
    for folder in ("portfolios", "limits"):
        (include / folder).mkdir(parents=True)
    (include / "limits" / "torture.yaml").write_text(_LIMITS, encoding="utf-8")
    for name, weights in _WEIGHTS.items():
        rows = "".join(
            f"  - {{instrument: {item}, weight: {weight}}}\n"
            for item, weight in zip(IDS, weights, strict=True)
        )
        path = include / "portfolios" / f"{name}.yaml"
        path.write_text(_PORTFOLIO.format(name=name) + rows, encoding="utf-8")
