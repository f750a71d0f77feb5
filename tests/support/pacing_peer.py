# SPDX-License-Identifier: Apache-2.0
"""One of several processes that share a gateway's login and its pacing budget.

Run as a module: ``<ledger url> <locks> <port> <number> <seconds> <work> <speed>``. Says ``ready``
once connected, waits for a line, asks as fast as the budget lets it, and says what it got, as JSON.
``work`` is ``messages`` or ``history``; ``speed`` is that of the time in the rules for history.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSize, BarSpec, WhatToShow
from ib_provider.domain.contract import Contract
from ib_provider.domain.pacing import PacingRules
from ib_provider.errors import IbProviderError
from ib_provider.ledger.pacing_book import PacingBook
from ib_provider.ledger.shared_budget import SharedBudget

__all__ = ["rules_of"]

_SPEC = BarSpec(size=BarSize.SEC_5, what=WhatToShow.BID_ASK, rth=True)
_AAPL = Contract(symbol="AAPL", exchange="SMART", currency="USD")
_SYMBOLS = ("AAPL", "IBM")
_LAST_END = datetime(2013, 3, 1, 20, tzinfo=UTC)


def rules_of(work: str, speed: float) -> PacingRules:
    """Return IB's rules, those for history as they are where time passes so much faster."""
    rules = PacingRules(window_s=600 / speed, burst_s=2 / speed, same_s=15 / speed)
    if work == "history":  # the message rate would be the narrower of the two at that speed
        return replace(rules, messages_per_s=1000, limit_per_s=2000)
    return rules


async def _messages(client: IbClient, got: Counter[str], symbol: str, until: float) -> None:
    """Ask without a pause; for a symbol of its own, for those who ask alike share one message."""
    wanted = Contract(symbol=symbol, exchange="SMART", currency="USD")
    while time.monotonic() < until:
        await client.contract_details(wanted)
        got["messages"] += time.monotonic() < until


async def _history(client: IbClient, got: Counter[str], number: int, until: float) -> None:
    while time.monotonic() < until:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, until - time.monotonic())):
                await _ask_history(client, number, got["history"])
                got["history"] += 1


async def _ask_history(client: IbClient, number: int, count: int) -> None:
    """Ask for one minute that nobody else asks for."""
    symbol = _SYMBOLS[(number + count) % len(_SYMBOLS)]
    wanted = Contract(symbol=symbol, exchange="SMART", currency="USD")
    end = _LAST_END - timedelta(minutes=40 * number + count)
    await client.historical_bars(
        wanted, _SPEC, end=end, duration="60 S", time_zone="America/New_York"
    )


async def _run(arguments: list[str]) -> Counter[str]:
    url, locks, port, number, seconds, work, speed = arguments
    got: Counter[str] = Counter()
    rules = rules_of(work, float(speed))
    client = IbClient(Endpoint(port=int(port), client_id=int(number)))
    with PacingBook.open(url, locks=Path(locks), login="test", rules=rules) as book:
        budget = SharedBudget(book)
        client.use_budget(budget)
        async with client:
            await client.contract_details(_AAPL)  # the first of everything is slow
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            await asyncio.to_thread(sys.stdin.readline)
            until = time.monotonic() + float(seconds)
            if work == "history":
                works = [_history(client, got, int(number), until)]
            else:
                works = [_messages(client, got, name, until) for name in ("AAPL", "IBM", "MSFT")]
            for outcome in await asyncio.gather(*works, return_exceptions=True):
                if isinstance(outcome, IbProviderError):
                    got[f"error {outcome}"] += 1
                elif isinstance(outcome, BaseException):
                    raise outcome
        await budget.close()
        got["missed"] = budget.missed
    return got


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_run(sys.argv[1:]))))
