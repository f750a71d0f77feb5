# SPDX-License-Identifier: Apache-2.0
"""What can be done to a running gateway, one value an action. Seconds are real seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ib_provider.simulator.faults.market_changes import MarketChange
from ib_provider.simulator.faults.tampering import How

__all__ = [
    "Accept",
    "Action",
    "Advance",
    "CalmDown",
    "Chunk",
    "Connectivity",
    "Drop",
    "Farm",
    "HalfMessage",
    "Halt",
    "Language",
    "NightlyReset",
    "Notice",
    "OrderFault",
    "Refuse",
    "RefuseRequest",
    "Resume",
    "Silence",
    "Speak",
    "TamperAnswers",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Cut the connection of one client, or of all: no goodbye, as when a gateway dies."""

    client: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Stop listening: who connects is refused. ``seconds`` later it listens again; None: never."""

    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """Listen again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Accept connections, take requests, and say nothing more to anybody."""

    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Speak:
    """End a silence. What would have been said meanwhile is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connectivity:
    """Lose the connection to IB (1100), or get it back: with data lost (1101) or kept (1102)."""

    state: Literal["lost", "restored"]
    data: Literal["lost", "kept"] = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Farm:
    """Change the state of a data farm and tell everybody.

    Attributes:
        answers: What requests about the past get while ushmds is broken: ``error`` 165, ``empty``,
            the error 162 of a span without data, or ``nothing`` at all.
    """

    farm: Literal["usfarm", "ushmds", "secdefnj"]
    state: Literal["ok", "broken", "inactive"]
    answers: Literal["error", "empty", "nothing"] = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Tell one client, or all, a code that concerns no request. Empty text takes IB's."""

    code: int
    message: str = ""
    client: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyReset:
    """What IB does around midnight: connection and farms go, and come back ``seconds`` later.

    Attributes:
        restart: The gateway also restarts: sockets drop and connecting is refused meanwhile.
    """

    seconds: float = 5.0
    data: Literal["lost", "kept"] = "kept"
    restart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TamperAnswers:
    """Delay, duplicate, reorder or lose answers of some kinds, until calmed down."""

    kinds: tuple[str, ...]
    how: How
    seconds: float = 0.0
    count: int | None = None
    share: float = 1.0
    client: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFault:
    """What happens to the next ``count`` new orders.

    Attributes:
        how: ``reject``: refused with ``code``. ``swallow``: taken, and never answered. ``lose``:
            neither taken nor answered. ``partial``: answered until the first execution, then
            never again.
    """

    how: Literal["reject", "swallow", "lose", "partial"]
    code: int = 201
    message: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseRequest:
    """Answer the next ``count`` requests of a kind with an error.

    Attributes:
        request: The request's class name, such as ``ReqMktData``.
        serve: Serve them as well: the code is a warning.
    """

    request: str
    code: int
    message: str = ""
    count: int = 1
    serve: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """Halt a symbol: nothing trades, its quotes say so."""

    symbol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Let a halted symbol trade again."""

    symbol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfMessage:
    """Send half of the next answer of some kinds, and then nothing more on that connection.

    Attributes:
        seconds: Later the rest comes, and what was due meanwhile; None: never.
    """

    kinds: tuple[str, ...]
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """Say that there is no data in ``en``, ``es`` or ``de``."""

    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Cut the outgoing stream every ``size`` bytes, ``pause_s`` apart; 0 sends it whole."""

    size: int
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """Move the simulated clock forward by simulated seconds."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CalmDown:
    """End every fault: as if none had been, but for what was lost."""


Action = (
    Drop
    | Refuse
    | Accept
    | Silence
    | Speak
    | Connectivity
    | Farm
    | Notice
    | NightlyReset
    | TamperAnswers
    | OrderFault
    | RefuseRequest
    | HalfMessage
    | MarketChange
    | Halt
    | Resume
    | Language
    | Chunk
    | Advance
    | CalmDown
)
