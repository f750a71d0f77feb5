# SPDX-License-Identifier: Apache-2.0
"""What lies behind the gateway: its own link to IB, and IB's data farms.

Rules:
    * Neither says anything of the socket, nor of a subscription: a farm that breaks for three
      seconds costs data for three seconds and ends nothing.
    * A farm that was never named is not broken. One that is asleep wakes when it is asked.
    * Who asks a farm that is broken waits for it: an answer made without its farm may be empty
      for the wrong reason.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from ib_provider.errors import ConnectionLost, DataFarmDown

__all__ = ["FarmKind", "FarmState", "Farms", "Upstream"]


class FarmState(StrEnum):
    """How one data farm is, by the gateway's last word."""

    WELL = "well"
    ASLEEP = "asleep"
    CONNECTING = "connecting"
    BROKEN = "broken"


class FarmKind(StrEnum):
    """What a farm serves."""

    MARKET = "market data"
    HISTORICAL = "historical data"
    DEFINITION = "security definitions"


_FARM_CODES: Final = {
    2103: (FarmKind.MARKET, FarmState.BROKEN),
    2104: (FarmKind.MARKET, FarmState.WELL),
    2105: (FarmKind.HISTORICAL, FarmState.BROKEN),
    2106: (FarmKind.HISTORICAL, FarmState.WELL),
    2107: (FarmKind.HISTORICAL, FarmState.ASLEEP),
    2108: (FarmKind.MARKET, FarmState.ASLEEP),
    2119: (FarmKind.MARKET, FarmState.CONNECTING),
    2157: (FarmKind.DEFINITION, FarmState.BROKEN),
    2158: (FarmKind.DEFINITION, FarmState.WELL),
}
_IB_REACHED: Final = {1100: False, 2110: False, 1101: True, 1102: True}

#: The farm's name ends the text, behind a colon or a full stop.
_FARM_NAME: Final = re.compile(r"[:.]\s*([\w.-]+?)\.?\s*$")


class Farms(Mapping[str, FarmState]):
    """The farms that the gateway has named, and how each is."""

    def __init__(self) -> None:
        self._states: dict[str, FarmState] = {}
        self._kinds: dict[str, FarmKind] = {}

    def __getitem__(self, name: str) -> FarmState:
        return self._states[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._states)

    def __len__(self) -> int:
        return len(self._states)

    def __repr__(self) -> str:
        return f"Farms({self._states!r})"

    def broken(self, kind: FarmKind) -> tuple[str, ...]:
        """Return the names of the farms of a kind that are down."""
        return tuple(
            name
            for name, state in self._states.items()
            if state is FarmState.BROKEN and self._kinds[name] is kind
        )

    def is_well(self, kind: FarmKind) -> bool:
        """Return whether no farm of a kind is down."""
        return not self.broken(kind)

    def note(self, code: int, message: str) -> str:
        """Take in a farm notice and return the farm's name."""
        found = _FARM_NAME.search(message)
        name = found.group(1) if found else message
        self._kinds[name], self._states[name] = _FARM_CODES[code]
        return name


class Upstream:
    """The gateway's link to IB and the farms, and whoever waits for them."""

    def __init__(self) -> None:
        self.farms = Farms()
        self.is_ib_reached = True
        self._outages = dict.fromkeys(FarmKind, 0)
        self._waiting: set[asyncio.Future[None]] = set()

    def note_farm(self, code: int, message: str) -> str:
        """Take in a farm notice and return the farm's name."""
        name = self.farms.note(code, message)
        kind, state = _FARM_CODES[code]
        if state is FarmState.BROKEN:
            self._outages[kind] += 1
        self._wake()
        return name

    def note_link(self, code: int) -> None:
        """Take in a word on the gateway's link to IB."""
        self.is_ib_reached = _IB_REACHED.get(code, self.is_ib_reached)
        if not self.is_ib_reached:
            for kind in FarmKind:
                self._outages[kind] += 1
        self._wake()

    def obstacle(self, kind: FarmKind) -> str | None:
        """Return why a request of a kind cannot be served now, or None."""
        if not self.is_ib_reached:
            return "the gateway has no connection to IB"
        broken = self.farms.broken(kind)
        return f"{kind} farm(s) down: {', '.join(broken)}" if broken else None

    def outages(self, kind: FarmKind) -> int:
        """Return how often what serves a kind has gone down; the same number twice: never since."""
        return self._outages[kind]

    async def wait_until_clear(self, kind: FarmKind, *, timeout_s: float) -> None:
        """Return when a request of a kind can be served.

        Raises:
            DataFarmDown: It could not within the time; says nothing about the data.
            ConnectionLost: The link to the gateway ended first.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while self.obstacle(kind) is not None:
                    await self._change()
        except TimeoutError:
            raise DataFarmDown(str(kind), self.obstacle(kind) or "just back", timeout_s) from None

    def lose(self, reason: str) -> None:
        """Fail whoever waits: the link to the gateway has ended."""
        for future in self._waiting:
            if not future.done():
                future.set_exception(ConnectionLost(reason))

    async def _change(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)

    def _wake(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
