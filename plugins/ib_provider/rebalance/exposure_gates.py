# SPDX-License-Identifier: Apache-2.0
"""Gates that judge what the whole account carries after the plan: exposure, volume, debit."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ib_provider.domain.contract import SecType
from ib_provider.domain.limits import Breach
from ib_provider.rebalance.gate_check import Check, breach, percent
from ib_provider.rebalance.pricing import read_market

__all__ = ["adv_within", "debit_within", "gross_within", "net_within"]


def gross_within(check: Check) -> Iterator[Breach]:
    """Longs and shorts together do not grow beyond their share of the account."""
    yield from _exposure_within(check, "max_gross", check.limits.max_gross, is_net=False)


def net_within(check: Check) -> Iterator[Breach]:
    """Longs less shorts, either way, do not grow beyond their share of the account."""
    yield from _exposure_within(check, "max_net", check.limits.max_net, is_net=True)


def adv_within(check: Check) -> Iterator[Breach]:
    """No order is too large a part of the average daily volume, which must be known."""
    allowed = check.limits.max_adv
    if allowed is None:
        return
    for leg in check.holding_legs():
        volume = check.book.volumes.get(leg.instrument_id, Decimal(0))
        if not volume.is_finite() or volume <= 0:
            yield breach("max_adv", leg.instrument_id, f"average volume {volume}", "a number")
        elif leg.quantity.is_finite() and leg.quantity / volume > allowed:
            share = percent(leg.quantity / volume)
            yield breach("max_adv", leg.instrument_id, share, percent(allowed))


def debit_within(check: Check) -> Iterator[Breach]:
    """No currency is overdrawn, or overdrawn further, beyond what may be borrowed of it."""
    book, allowed = check.book, check.limits.max_debit
    before = dict(book.balances) or {book.currency: book.cash}
    after = dict(before)
    for leg in check.plan.entries:
        for currency, amount in _paid(
            check, leg.instrument_id, leg.side.sign * leg.quantity, leg.limit_price
        ):
            after[currency] = after.get(currency, Decimal(0)) - amount
    for currency, amount in after.items():
        rate = book.rate(currency)
        if rate is None or not amount.is_finite():
            yield breach("max_debit", currency, f"{amount} at no rate", "a number")
        elif -amount * rate > allowed and amount < before.get(currency, Decimal(0)):
            yield breach("max_debit", currency, f"{amount:.2f}", f"{allowed} {book.currency}")


def _paid(
    check: Check, instrument_id: str, quantity: Decimal, price: Decimal
) -> Iterator[tuple[str, Decimal]]:
    """Yield what an order takes of each currency; below zero it brings."""
    instrument = check.book.instruments.get(instrument_id)
    if instrument is None or check.unit(instrument_id) is None:
        return
    contract = instrument.contract
    if contract.sec_type is SecType.FUT:
        return
    if not (quantity.is_finite() and price.is_finite()):
        yield contract.currency, Decimal("NaN")
        return
    if contract.sec_type is SecType.CASH:
        yield contract.symbol, -quantity
    yield contract.currency, quantity * price / instrument.price_magnifier


def _exposure_within(
    check: Check, limit: str, allowed: Decimal, *, is_net: bool
) -> Iterator[Breach]:
    worth = check.book.net_liquidation
    if not worth.is_finite() or worth <= 0 or not check.plan.entries:
        return
    before = after = Decimal(0)
    traded = {leg.instrument_id for leg in check.holding_legs()}
    for instrument_id in sorted(traded | set(check.book.positions)):
        held, then = check.held_after(instrument_id)
        value = _value_each(check, instrument_id)
        if value is None or not then.is_finite():
            yield breach(limit, instrument_id, "no price of what is held", "a price")
            continue
        before += held * value if is_net else abs(held * value)
        after += then * value if is_net else abs(then * value)
    if abs(after) / worth > allowed and abs(after) > abs(before):
        yield breach(limit, check.plan.strategy, percent(abs(after) / worth), percent(allowed))


def _value_each(check: Check, instrument_id: str) -> Decimal | None:
    """Return what one unit is worth now at the middle of its market, in the book's currency."""
    market = read_market(check.book.quotes.get(instrument_id))
    unit = check.unit(instrument_id)
    return None if market is None or unit is None else market.mid * unit
