# SPDX-License-Identifier: Apache-2.0
"""What every desk of live data needs: contracts with prices, permissions, the beat, the faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ib_provider.domain.contract import Contract, SecType
from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.client_link import ClientLink
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.contracts.listing import SMART
from ib_provider.simulator.entitlements import Entitlements
from ib_provider.simulator.market.instrument import Instrument, instrument
from ib_provider.simulator.market.market import Market
from ib_provider.simulator.market_beat import MarketBeat
from ib_provider.simulator.refusal import Refusal

__all__ = ["DataLine", "LiveMarket", "Traded", "no_such_stream"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    """A contract with the series of its prices. ``venue`` is where the client routed it to."""

    listing: Listing
    key: str
    venue: str

    @property
    def what(self) -> Instrument:
        """Return what the market knows of it."""
        return instrument(self.key)

    @property
    def sec_type(self) -> SecType:
        """Return its security type."""
        return self.listing.contract.sec_type

    @property
    def rerouted_to(self) -> int | None:
        """Return the conId of the stock whose data a CFD has none of its own beside; or None."""
        derivation = self.listing.derivation
        if self.sec_type is not SecType.CFD or derivation is None:
            return None
        return derivation.under_con_id if derivation.under_sec_type == SecType.STK else None

    @property
    def venues(self) -> tuple[str, ...]:
        """Return the exchanges it trades on, as far as it was routed to them all."""
        if self.venue not in ("", SMART):
            return (self.venue,)
        real = tuple(name for name in self.listing.venues if name != SMART)
        return real or (self.listing.venue,)


class LiveMarket:
    """The market as it is now, for the desks.

    Args:
        flows: Whether market data reaches the gateway: not while its farm is broken.
        outages: How often it has stopped to.
    """

    def __init__(
        self,
        brokerage: Brokerage,
        *,
        beat: MarketBeat,
        flows: Callable[[], bool],
        outages: Callable[[], int],
        entitlements: Entitlements,
    ) -> None:
        self.beat = beat
        self.entitlements = entitlements
        self._brokerage = brokerage
        self._flows = flows
        self._outages = outages

    @property
    def market(self) -> Market:
        """Return the prices."""
        return self._brokerage.market

    @property
    def flows(self) -> bool:
        """Return whether market data reaches the gateway."""
        return self._flows()

    @property
    def outages(self) -> int:
        """Return how often market data has stopped reaching the gateway."""
        return self._outages()

    def find(self, wanted: Contract) -> Traded | Refusal:
        """Return the one contract a description means, or the error for none or several."""
        found = self._brokerage.resolve(wanted)
        return found if isinstance(found, Refusal) else self.traded(found, wanted.exchange)

    def by_id(self, con_id: int) -> Traded | Refusal:
        """Return the contract of a conId, or error 200."""
        return self.find(Contract(con_id=con_id, sec_type=SecType.UNSAID))

    def traded(self, listing: Listing, exchange: str = "") -> Traded:
        """Return a listing with the series of its prices."""
        key = self._brokerage.marketplace.series(listing.contract.con_id)
        return Traded(listing=listing, key=key, venue=exchange)

    def halted(self, symbol: str) -> bool:
        """Return whether nothing trades in a symbol."""
        return symbol in self._brokerage.floor.halted

    def hard_to_borrow(self, symbol: str) -> bool:
        """Return whether short sales of a symbol are held."""
        return symbol in self._brokerage.options.hard_to_borrow


class DataLine:
    """Whether data reaches one stream, and whether some was missed since the last look."""

    def __init__(self, live: LiveMarket) -> None:
        self._live = live
        self._known = live.outages
        self.missed = False

    def flows(self) -> bool:
        """Return whether data arrives; ``missed`` then says whether some did not before."""
        if not self._live.flows:
            return False
        self.missed = self._live.outages != self._known
        self._known = self._live.outages
        return True


def no_such_stream(client: ClientLink, request_id: int) -> None:
    """Answer a cancellation of what is not streamed."""
    text = f"Can't find EId with tickerId:{request_id}"
    client.fail(request_id, Refusal(code=300, message=text))
