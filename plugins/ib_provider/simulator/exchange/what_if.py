# SPDX-License-Identifier: Apache-2.0
"""What an order would bind and cost, were it placed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ib_provider.simulator.accounts.account import Account
from ib_provider.simulator.accounts.asset import commission_of
from ib_provider.simulator.accounts.margin import Margin
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.exchange.marketplace import Marketplace
from ib_provider.wire.messages import WireOrder

__all__ = ["WhatIf", "what_if"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """Margins in the account's base currency, commission in the contract's.

    Attributes:
        warning: Why it would be rejected; empty where it would not.
    """

    account: str
    base: str
    terms: WireOrder
    margin_before: Decimal
    margin_change: Decimal
    equity_before: Decimal
    commission: Decimal
    currency: str
    warning: str = ""


def what_if(
    account: Account,
    listing: Listing,
    terms: WireOrder,
    *,
    margin: Margin,
    marketplace: Marketplace,
    now: datetime,
) -> WhatIf:
    """Return it. Nothing changes."""
    asset = marketplace.asset(listing.contract.con_id)
    quantity = terms.total_quantity or Decimal(0)
    price = terms.lmt_price or marketplace.last(asset.con_id, now)
    value = quantity * price * asset.multiplier
    before = marketplace.value(account, now)
    parts = [(leg.con_id, quantity * leg.ratio) for leg in listing.legs]
    return WhatIf(
        account=account.name,
        base=account.base,
        terms=terms,
        margin_before=before.margin,
        margin_change=margin.change(account, listing, terms, now),
        equity_before=before.net,
        commission=sum((_commission(part, marketplace, now) for part in parts), Decimal(0))
        if parts
        else commission_of(quantity, value, asset.tariff),
        currency=asset.currency,
        warning=margin.shortage(account, listing, terms, now),
    )


def _commission(part: tuple[int, Decimal], marketplace: Marketplace, now: datetime) -> Decimal:
    """Return what so many units of a leg cost to trade."""
    con_id, quantity = part
    asset = marketplace.asset(con_id)
    value = quantity * marketplace.last(con_id, now) * asset.multiplier
    return commission_of(quantity, value, asset.tariff)
