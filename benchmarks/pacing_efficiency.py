# SPDX-License-Identifier: Apache-2.0
"""How much of a login's message budget eight processes use, at a gateway that rejects excess.

The peer is the budget itself: 45 messages a second. A single rejection fails the run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks.row import Row
from ib_provider.domain.pacing import PacingRules
from tests.support.simulator import gateway_in_process

__all__ = ["pacing_efficiency"]

_ROOT: Final = Path(__file__).parents[1]
_PROCESSES: Final = 8
_SECONDS: Final = 20.0


def pacing_efficiency() -> Iterator[Row]:
    """Yield messages per second of eight processes together."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        gateway = stack.enter_context(
            gateway_in_process(
                "--max-messages", "50", "--reject-excess", "--shared-rate", "--no-pacing"
            )
        )
        arguments = [f"sqlite:///{folder}/ledger.db", f"{folder}/locks", str(gateway.port)]
        peers = [
            stack.enter_context(_peer(*arguments, str(number), str(_SECONDS), "messages", "1"))
            for number in range(1, _PROCESSES + 1)
        ]
        for peer in peers:
            if peer.stdout is None or peer.stdout.readline() != "ready\n":
                raise RuntimeError("a process did not get ready")
        for peer in peers:
            if peer.stdin is not None:
                peer.stdin.write("go\n")
                peer.stdin.flush()
        counts = [json.loads(peer.communicate(timeout=120)[0]) for peer in peers]
    errors = [name for count in counts for name in count if name.startswith("error")]
    if errors:
        raise RuntimeError(f"the gateway complained: {errors[0]}")
    budget = PacingRules().messages_per_s
    rate = sum(count["messages"] for count in counts) / _SECONDS
    yield Row(
        name="pacing_efficiency",
        value=rate,
        unit="messages/s",
        peer="the budget",
        peer_value=budget,
        ratio=rate / budget,
        goal=0.97,
    )


def _peer(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.pacing_peer", *arguments],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": f"{_ROOT / 'plugins'}:{_ROOT}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
