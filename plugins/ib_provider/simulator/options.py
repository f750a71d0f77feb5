# SPDX-License-Identifier: Apache-2.0
"""How a simulated gateway is to be: read once, checked together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from ib_provider.errors import ConfigError
from ib_provider.simulator.entitlements import Entitlements
from ib_provider.simulator.exchange.trading_options import TradingOptions
from ib_provider.simulator.faults.fault_plan import Step
from ib_provider.simulator.history_options import HistoryOptions
from ib_provider.simulator.limits.limits import Limits
from ib_provider.wire.handshake import MAX_VERSION, MIN_VERSION

__all__ = ["SimulatorOptions"]

_DEFAULT_CLOCK: Final = "2013-03-04T10:00:00-05:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorOptions:
    """Everything a simulated gateway can be told.

    Attributes:
        port: 0 takes a free one.
        clock: ISO instant with an offset: the simulated "now" at the start.
        speed: Simulated seconds a real second.
        cash: In the accounts' base currency, each.
        positions: Initial holdings, symbol → shares; ignored once the state file exists.
        state_file: JSON; accounts, orders and executions survive a restart in it.
        journal: JSON lines, one for every order message received.
        max_server_version: The newest protocol to speak; clients may ask for less.
        seed: Of everything generated: minutes, quotes after the file's end.
        data: A folder of packages that ship real prices, as wheels or files taken out of them.
        answer_delay_s: Real seconds before each historical answer.
        bars_a_message, kept_answers, update_every_s: See ``HistoryOptions``.
        fill_delay_s: Real seconds before an order may fill, and between its partial fills.
        silent: Accept connections and never say a word.
        limits: How much clients may ask.
        faults: What goes wrong, and when.
        control_port: Takes actions as lines of JSON, on loopback; 0 takes a free one.
        trading: More accounts, their kind and currencies, and what is made of orders.
        transcript: A file for every message in and out, begun anew at each start.
        not_subscribed: Symbols whose live data is refused: 354.
        not_for_api: Symbols that only the desktop may see live: 10089.
        partly_subscribed: Symbols that come with warning 10090.
        delayed_data: Whether a client may have delayed data of what it may not see live.
    """

    host: str = "127.0.0.1"
    port: int = 4002
    clock: str = _DEFAULT_CLOCK
    speed: float = 1.0
    account: str = "DU1000001"
    cash: Decimal = Decimal(1_000_000)
    positions: Mapping[str, Decimal] = field(default_factory=dict)
    state_file: Path | None = None
    journal: Path | None = None
    max_server_version: int = MAX_VERSION
    seed: int = 1
    data: Path | None = None
    answer_delay_s: float = 0.0
    bars_a_message: int = 40_000
    kept_answers: int = 0
    update_every_s: float = 5.0
    fill_delay_s: float = 0.05
    silent: bool = False
    limits: Limits = field(default_factory=Limits)
    faults: tuple[Step, ...] = ()
    control_port: int | None = None
    transcript: Path | None = None
    not_subscribed: tuple[str, ...] = ()
    not_for_api: tuple[str, ...] = ()
    partly_subscribed: tuple[str, ...] = ()
    delayed_data: bool = True
    trading: TradingOptions = field(default_factory=TradingOptions)

    @property
    def start(self) -> datetime:
        """Return the instant at which the simulated clock starts."""
        return datetime.fromisoformat(self.clock)

    @property
    def history(self) -> HistoryOptions:
        """Return the settings of the historical service."""
        return HistoryOptions(
            answer_delay_s=self.answer_delay_s,
            bars_a_message=self.bars_a_message,
            kept_answers=self.kept_answers,
            update_every_s=self.update_every_s,
        )

    @property
    def entitlements(self) -> Entitlements:
        """Return which market data the login may see."""
        return Entitlements(
            not_subscribed=frozenset(self.not_subscribed),
            not_for_api=frozenset(self.not_for_api),
            partly_subscribed=frozenset(self.partly_subscribed),
            delayed_data=self.delayed_data,
        )

    def check(self) -> None:
        """Refuse options that cannot be.

        Raises:
            ConfigError: With every problem at once.
        """
        problems = []
        if not 0 <= self.port <= 65_535:
            problems.append(f"port: {self.port} is not between 0 and 65535")
        if self.control_port is not None and not 0 <= self.control_port <= 65_535:
            problems.append(f"control_port: {self.control_port} is not between 0 and 65535")
        problems.extend(self.limits.problems())
        problems.extend(self.trading.problems())
        problems.extend(_clock_problems(self.clock))
        if not 0 <= self.speed < float("inf"):
            problems.append(f"speed: {self.speed} is not a finite number from 0 up")
        for account in (self.account, *self.trading.more_accounts):
            if not re.fullmatch(r"D[UF][A-Z]?\d{5,9}", account):
                problems.append(f"account: {account!r} is not a paper account such as DU1000001")
        if not self.cash.is_finite():
            problems.append(f"cash: {self.cash} is not a finite amount")
        if not MIN_VERSION <= self.max_server_version <= MAX_VERSION:
            problems.append(
                f"max_server_version: {self.max_server_version} is not between "
                f"{MIN_VERSION} and {MAX_VERSION}"
            )
        problems.extend(self.history.problems())
        if not 0 <= self.fill_delay_s < float("inf"):
            problems.append("fill_delay_s: must be a finite number from 0 up")
        if problems:
            raise ConfigError("simulator options", problems)


def _clock_problems(text: str) -> list[str]:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return [f"clock: {text!r} is no ISO instant such as {_DEFAULT_CLOCK}"]
    if at.utcoffset() is None:
        return [f"clock: {text!r} has no offset from UTC; write {_DEFAULT_CLOCK}"]
    return []
