# SPDX-License-Identifier: Apache-2.0
"""What an account holds and what the market shows, at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ib_provider.domain.contract import Instrument
from ib_provider.domain.order import OrderState
from ib_provider.domain.quote import Quote

__all__ = ["Book"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """An account and its market, each mapping by instrument id.

    Attributes:
        net_liquidation: What the account is worth, in ``currency``.
        cash: Settled or not, in ``currency``; negative when borrowed.
        positions: Units held; negative for a short.
        untradable: Names in ``positions`` that are no ids: IB's words for what no id can name.
        instruments: Of everything that is wanted, and of what is held and was loaded.
        quotes: What the market shows of it; one that did not come is absent.
        working: The account's open orders at the broker, whoever sent them.
    """

    account: str
    currency: str
    net_liquidation: Decimal
    cash: Decimal
    positions: Mapping[str, Decimal]
    untradable: frozenset[str] = frozenset()
    instruments: Mapping[str, Instrument]
    quotes: Mapping[str, Quote]
    working: tuple[OrderState, ...] = ()
