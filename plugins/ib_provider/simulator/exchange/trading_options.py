# SPDX-License-Identifier: Apache-2.0
"""How the simulated broker is to be: its accounts, and what it makes of orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ib_provider.simulator.exchange.fills import Telling

__all__ = ["TradingOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingOptions:
    """What a person may decide; the defaults are a plain paper account.

    Attributes:
        more_accounts: Beyond the first; each begins with the same cash. Orders must name one.
        kind: ``margin`` or ``cash``, of every account.
        base: Currency the accounts are valued, and their cash is given, in.
        foreign_cash: Currency → amount each account has beside its base.
        master_client: Client id that hears of everybody's orders and executions; None for none.
        telling: In which order a fill is told.
        precaution_percent: A limit further than this from the market is refused with 109.
        dead_exchanges: Where nothing can be routed to: 116.
        not_allowed: Security types the accounts may not trade: 203.
        hard_to_borrow: Symbols whose short sales are held: 404.
        fractional_shares: The accounts may order parts of a stock, which IB allows on request;
            without it such an order is refused: 10243.
        most_active: Active orders on one side of one contract in one account.
    """

    more_accounts: tuple[str, ...] = ()
    kind: str = "margin"
    base: str = "USD"
    foreign_cash: Mapping[str, Decimal] = field(default_factory=dict)
    master_client: int | None = None
    telling: Telling = Telling.ALTERNATING
    precaution_percent: Decimal | None = None
    dead_exchanges: frozenset[str] = frozenset()
    not_allowed: frozenset[str] = frozenset()
    hard_to_borrow: frozenset[str] = frozenset()
    fractional_shares: bool = False
    most_active: int = 20

    def problems(self) -> Iterator[str]:
        """Yield what cannot be."""
        if self.kind not in ("cash", "margin"):
            yield f"kind: {self.kind!r} is neither cash nor margin"
        if self.most_active < 1:
            yield f"most_active: {self.most_active} is below 1"
        for name in (self.base, *self.foreign_cash):
            if not (len(name) == 3 and name.isupper()):
                yield f"base, foreign_cash: {name!r} is no currency such as USD"
