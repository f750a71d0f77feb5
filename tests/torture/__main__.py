# SPDX-License-Identifier: Apache-2.0
"""Kill rebalances until enough were killed, then count what is wrong.

    python -m tests.torture [KILLS] [SEED]

Prints one line, and exits with 1 where it is not all zeroes:

    kills=300 duplicate_orders=0 lost_fills=0 wrong_positions=0 (…)
"""

from __future__ import annotations

import random
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from ib_provider.domain.portfolio import OrderPlan
from ib_provider.ledger.ledger import Ledger
from tests.torture.actors import ACCOUNT, IDS, TaskLife
from tests.torture.arena import Arena, TortureFailed
from tests.torture.link import Link
from tests.torture.verdict import judge

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


def torture(kills: int, seed: int, folder: Path) -> int:
    """Return 0 when all is right after so many kills, else 1."""
    _write_include(folder / "include")
    began, chance = time.monotonic(), random.Random(seed)
    plans: list[OrderPlan] = []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Link(port) as link:
        arena = Arena(folder, seed=seed, link=link, port=port)
        arena.start_gateway()
        life = TaskLife(port=link.port, folder=folder, portfolio="", key="")
        settings = life.settings
        try:
            while arena.killed < kills:
                portfolio = ("there", "back")[len(plans) % 2]
                key = f"r{len(plans)}"
                arena.rebalance(portfolio, key, attacks=chance.randint(2, 12))
                with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
                    plan = ledger.find_plan(ACCOUNT, portfolio, key)
                    if plan is None:
                        raise TortureFailed(f"{key} is done and has no plan")
                    plans.append(plan)
                    verdict = judge(folder, ledger, plans)
                sys.stderr.write(f"{key}: {_tally(arena)} {verdict}\n")
                if not verdict.is_right:
                    break
        except TortureFailed as error:
            sys.stderr.write(f"after {_tally(arena)}: {error}\n")
            return 1
        finally:
            arena.stop()
    sys.stdout.write(
        f"kills={arena.killed} {verdict} [{_tally(arena)} retries={arena.retries} "
        f"rebalances={len(plans)} seed={seed} seconds={time.monotonic() - began:.0f}]\n"
    )
    return 0 if verdict.is_right else 1


def _tally(arena: Arena) -> str:
    counts = {**arena.kills, **arena.faults}
    return " ".join(f"{name}={count}" for name, count in sorted(counts.items()))


def _write_include(include: Path) -> None:
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


if __name__ == "__main__":
    KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(10_000)
    with tempfile.TemporaryDirectory() as scratch:
        sys.exit(torture(KILLS, SEED, Path(scratch)))
