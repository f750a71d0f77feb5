# SPDX-License-Identifier: Apache-2.0
"""Combinations: contracts made of legs at the moment somebody orders them.

Rules:
    * A combination's price is for one unit of its largest multiplier, so that a spread of options
      has the price of its options, and shares with a call the price of a share less that of a call.
    * It trades when its first leg does, in steps of a cent, or of its finest leg.
    * Clients see the one conId that gateways use for all of them in a currency; here each has its
      own, derived from its legs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import Contract, SecType
from ib_provider.domain.order import Side
from ib_provider.simulator.contracts.con_ids import combination_con_id
from ib_provider.simulator.contracts.contract_book import ContractBook
from ib_provider.simulator.contracts.listing import Leg, Listing
from ib_provider.simulator.contracts.market_rules import PriceLadder
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.wire.messages import ComboLeg

__all__ = ["combine", "legs_text"]

_NO_LEGS: Final = invalid("Security type 'BAG' requires combo leg details.")
_INVALID: Final = Refusal(code=312, message="The combo details are invalid.")
_NEVER_A_LEG: Final = (SecType.IND, SecType.CONTFUT, SecType.BAG, SecType.CASH)
_CENT: Final = Decimal("0.01")


def combine(book: ContractBook, legs: Sequence[ComboLeg]) -> Listing | Refusal:
    """Return the combination of these legs, known to the book from now on, or why there is none.

    Source: 321 from a capture; 312 and 313 documented.
    """
    if not legs:
        return _NO_LEGS
    found = []
    for number, leg in enumerate(legs, 1):
        listings = book.find(Contract(con_id=leg.con_id, sec_type=SecType.UNSAID))
        valid = leg.ratio > 0 and leg.action in (Side.BUY, Side.SELL)
        if not (valid and listings) or listings[0].contract.sec_type in _NEVER_A_LEG:
            text = f"The combo details for leg '{number}' are invalid."
            return Refusal(code=313, message=text)
        found.append(listings[0])
    currencies = {listing.contract.currency for listing in found}
    if len({leg.con_id for leg in legs}) < max(len(legs), 2) or len(currencies) > 1:
        return _INVALID
    return book.remember(combination(tuple(zip(found, legs, strict=True))))


def combination(parts: Sequence[tuple[Listing, ComboLeg]]) -> Listing:
    """Return the listing of a combination. ``parts`` are its legs with their listings."""
    first = parts[0][0]
    unit = max(listing.multiplier for listing, _ in parts)
    legs = tuple(
        Leg(
            con_id=leg.con_id,
            ratio=leg.ratio,
            side=Side(leg.action),
            weight=leg.ratio * Side(leg.action).sign * listing.multiplier / unit,
        )
        for listing, leg in parts
    )
    con_id = combination_con_id(legs_text([leg for _, leg in parts]))
    step = min(_CENT, *(listing.min_tick for listing, _ in parts))
    symbols = dict.fromkeys(listing.contract.symbol for listing, _ in parts)
    return replace(
        first,
        contract=Contract(
            con_id=con_id,
            symbol=",".join(symbols),
            sec_type=SecType.BAG,
            multiplier=format(unit.normalize(), "f"),
            exchange=first.venue,
            currency=first.contract.currency,
            trading_class="COMB",
        ),
        long_name="Combination",
        ladder=PriceLadder(rule_id=first.ladder.rule_id, steps=((Decimal(0), step),)),
        series="",
        reference_price=None,
        price_magnifier=1,
        sec_ids=(),
        other_symbols=(),
        derivation=None,
        bond=None,
        fund=None,
        legs=legs,
    )


def legs_text(legs: Sequence[ComboLeg]) -> str:
    """Return legs as an open order describes them, ``265598|1,8314|-2``."""
    return ",".join(f"{leg.con_id}|{leg.ratio * Side(leg.action).sign}" for leg in legs)
