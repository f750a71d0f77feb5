# SPDX-License-Identifier: Apache-2.0
"""Kill rebalances until enough were killed, then count what is wrong.

    python -m tests.torture [KILLS] [SEED]

``TORTURE_AIRFLOW`` of the kills hit the processes of a real Airflow (every tenth unless it says
another number; 0 starts none), the others processes that do the same work without one.

Prints one line, and exits with 1 where it is not all zeroes:

    kills=300 duplicate_orders=0 lost_fills=0 wrong_positions=0 (…)
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from ib_provider.config import Settings
from tests.support.airflow_stack import running_airflow
from tests.torture.actors import TaskLife, load_desk
from tests.torture.airflow_arena import ANSWER_S, ENVIRONMENT, AirflowArena
from tests.torture.arena import Arena
from tests.torture.campaign import Tormentor, tally, torment, write_include
from tests.torture.gateway import Gateway, TortureFailed
from tests.torture.link import Link
from tests.torture.verdict import Verdict

#: Orders that are done before anybody asks again, and orders that a retry finds at work.
_FILL_DELAYS_S: Final = (0.02, 0.3, 0.8)
#: A task of Airflow's takes seconds to begin.
_AIRFLOW_FILL_DELAYS_S: Final = (0.5, 8.0, 20.0)


def torture(kills: int, in_airflow: int, seed: int, folder: Path) -> int:
    """Return 0 when all is right after so many kills, else 1."""
    began, arenas, verdict = time.monotonic(), list[Tormentor](), Verdict()
    try:
        verdict += _torture_processes(kills - in_airflow, seed, folder / "processes", arenas)
        if in_airflow and verdict.is_right:
            verdict += _torture_airflow(in_airflow, seed, folder / "airflow", arenas)
    except TortureFailed as error:
        sys.stderr.write(f"after {tally(*arenas)}: {error}\n")
        return 1
    killed = sum(arena.killed for arena in arenas)
    retries = sum(arena.retries for arena in arenas)
    sys.stdout.write(
        f"kills={killed} {verdict} [{tally(*arenas)} retries={retries} seed={seed} "
        f"seconds={time.monotonic() - began:.0f}]\n"
    )
    return 0 if verdict.is_right else 1


def _torture_processes(kills: int, seed: int, folder: Path, arenas: list[Tormentor]) -> Verdict:
    write_include(folder / "include")
    chance = random.Random(seed)
    gateway = Gateway(folder, chance=chance, fill_delays_s=_FILL_DELAYS_S)
    with Link(gateway.port) as link:
        arena = Arena(folder, seed=seed, link=link, gateway=gateway)
        arenas.append(arena)
        gateway.start()
        try:
            settings = TaskLife(port=link.port, folder=folder, portfolio="", key="").settings
            return torment(arena, folder, settings, kills=kills, chance=chance)
        finally:
            gateway.kill()


def _torture_airflow(kills: int, seed: int, folder: Path, arenas: list[Tormentor]) -> Verdict:
    write_include(folder / "include")
    chance, home = random.Random(seed), folder / "var"
    gateway = Gateway(folder, chance=chance, fill_delays_s=_AIRFLOW_FILL_DELAYS_S)
    settings = Settings(
        home=home, ledger_url=f"sqlite:///{home}/ledger.db", include=folder / "include"
    )
    with Link(gateway.port) as link:
        gateway.start()
        try:
            load_desk(TaskLife(port=link.port, folder=folder, portfolio="", key=""))
            with running_airflow(
                home,
                gateway_port=link.port,
                include=folder / "include",
                environment=ENVIRONMENT,
                request_timeout_s=ANSWER_S,
            ) as rest:
                rest.wait_for_dag("ib_rebalance")
                arena = AirflowArena(rest, seed=seed, link=link, gateway=gateway)
                arenas.append(arena)
                return torment(arena, folder, settings, kills=kills, chance=chance)
        finally:
            gateway.kill()


if __name__ == "__main__":
    KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(10_000)
    IN_AIRFLOW = int(os.environ.get("TORTURE_AIRFLOW", KILLS // 10))
    with tempfile.TemporaryDirectory() as scratch:
        sys.exit(torture(KILLS, IN_AIRFLOW, SEED, Path(scratch)))
