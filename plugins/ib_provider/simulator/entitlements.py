# SPDX-License-Identifier: Apache-2.0
"""Which market data the login may see, and what it is told of what it may not.

Rules:
    * Live data of a symbol that is not subscribed is error 354, or 10089 where it is subscribed
      for the desktop but not for the API.
    * A client that chose delayed data (3 or 4) gets it for such a symbol, with warning 10167;
      where the login has switched delayed data off, error 10168.
    * Whoever may see live data gets live data, whatever was chosen.
    * Streams of every tick, bars of five seconds and books are never delayed: 10189, 420, 354.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ib_provider.domain.contract import Contract
from ib_provider.simulator.refusal import Refusal

__all__ = ["DELAYED_CHOSEN", "Access", "Entitlements"]

#: What a client may choose with reqMarketDataType: 1 live, 2 frozen, 3 delayed, 4 delayed frozen.
DELAYED_CHOSEN: Final = (3, 4)
_NOT_SUBSCRIBED: Final = "Requested market data is not subscribed."
_NOT_FOR_API: Final = (
    "Requested market data requires additional subscription for API. See link in 'Market Data "
    "Connections' dialog for more details."
)
_PARTLY: Final = (
    "Part of requested market data is not subscribed. Subscription-independent ticks are still "
    "active."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a request for quotes gets.

    Attributes:
        refusal: Why it gets nothing, if so.
        notice: A warning before the data, if any.
    """

    refusal: Refusal | None = None
    notice: Refusal | None = None
    delayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlements:
    """Symbols by what the login may see of them; a symbol in none of them is seen whole.

    Attributes:
        delayed_data: Whether delayed data is given where live data is not subscribed.
    """

    not_subscribed: frozenset[str] = frozenset()
    not_for_api: frozenset[str] = frozenset()
    partly_subscribed: frozenset[str] = frozenset()
    delayed_data: bool = True

    def access(self, symbol: str, chosen: int) -> Access:
        """Return what a request for quotes of a symbol gets under a chosen type of data."""
        if symbol in self.partly_subscribed:
            return Access(notice=Refusal(code=10090, message=_PARTLY))
        refusal = self._refusal(symbol)
        if refusal is None:
            return Access()
        if chosen not in DELAYED_CHOSEN:
            return Access(refusal=refusal)
        if not self.delayed_data:
            text = f"{_NOT_SUBSCRIBED} Delayed market data is not enabled."
            return Access(refusal=Refusal(code=10168, message=text))
        text = f"{_NOT_SUBSCRIBED} Displaying delayed market data."
        return Access(notice=Refusal(code=10167, message=text), delayed=True)

    def book_refusal(self, symbol: str) -> Refusal | None:
        """Return why a symbol's book is not shown, or None."""
        return self._refusal(symbol)

    def stream_refusal(self, contract: Contract, *, code: int, about: str) -> Refusal | None:
        """Return why a symbol's ticks or bars of five seconds are not streamed, or None.

        Args:
            about: What the text begins with.
        """
        if self._refusal(contract.symbol) is None:
            return None
        place = contract.primary_exchange or contract.exchange
        text = f"{about}:No market data permissions for {place} {contract.sec_type}"
        return Refusal(code=code, message=text)

    def _refusal(self, symbol: str) -> Refusal | None:
        if symbol in self.not_subscribed:
            return Refusal(code=354, message=_NOT_SUBSCRIBED)
        if symbol in self.not_for_api:
            return Refusal(code=10089, message=_NOT_FOR_API)
        return None
