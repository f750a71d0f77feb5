# SPDX-License-Identifier: Apache-2.0
"""Which names trade, and how far: drift bands, caps, and what is too small to be worth it.

Rules:
    * Bands are for weights and notionals. Units that were asked for, and what is to be closed,
      trade until they are there.
    * A cap cuts a trade, whole lots towards zero; what is then too small is not traded.
    * Closing is done however small it is; only the exchange's own minimum stands in its way.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from ib_provider.domain.portfolio import Portfolio, TargetKind
from ib_provider.rebalance.book import Book
from ib_provider.rebalance.plan_names import PricedName
from ib_provider.rebalance.pricing import BASIS_POINT, limit_price
from ib_provider.rebalance.sizing import fee_allowance, whole_lots

__all__ = ["decide_trades", "size_problem"]

_ZERO: Final = Decimal(0)
_BANDED: Final = (TargetKind.WEIGHT, TargetKind.NOTIONAL)


def decide_trades(names: Iterable[PricedName], portfolio: Portfolio, book: Book) -> None:
    """Give every name its trade in whole lots, before cash is counted; or why it rests."""
    names = tuple(names)
    together = portfolio.band_scope == "book" and any(
        not _is_in_band(name, portfolio) for name in names
    )
    for name in names:
        _decide(name, portfolio, book, together=together)
    _cap_turnover(names, portfolio, book)
    for name in names:
        if name.trade:
            _finish(name, portfolio, book)


def size_problem(name: PricedName, trade: Decimal, portfolio: Portfolio) -> str:
    """Return why a trade is too small to be made, or nothing."""
    size = abs(trade)
    if size < name.instrument.min_size:
        return f"below the minimum size of {name.instrument.min_size}"
    if name.is_listed and name.target.kind is TargetKind.CLOSE:
        return ""
    value = size * name.value
    if value < portfolio.min_order_value:
        return f"below the minimum order of {portfolio.min_order_value} {portfolio.currency}"
    if portfolio.max_cost_bp is not None:
        cost_bp = fee_allowance(trade, name.instrument.contract.sec_type) / value / BASIS_POINT
        if cost_bp > portfolio.max_cost_bp:
            return f"would cost {cost_bp:.1f} bp, more than {portfolio.max_cost_bp}"
    return ""


def _is_in_band(name: PricedName, portfolio: Portfolio) -> bool:
    if not name.is_listed or name.target.kind not in _BANDED:
        return True
    return abs(name.weight - name.target_weight) <= portfolio.band(name.target_weight)


def _decide(name: PricedName, portfolio: Portfolio, book: Book, *, together: bool) -> None:
    if name.is_listed and name.target.kind in _BANDED and not together:
        if _is_in_band(name, portfolio):
            name.note = "in band"
            return
        if portfolio.trade_to == "edge":
            _stop_at_the_edge(name, portfolio)
    trade = whole_lots(name.wanted - name.held, name.lot)
    if not trade:
        name.note = "within one lot"
        return
    name.trade = trade
    name.note = ("buy" if trade > 0 else "sell") + name.note
    if portfolio.max_participation is not None:
        _cap_participation(name, portfolio.max_participation, book)


def _stop_at_the_edge(name: PricedName, portfolio: Portfolio) -> None:
    """Want only as much as takes the name back into its band: less turnover for the same bound."""
    band = portfolio.band(name.target_weight)
    edge = name.target_weight + (band if name.weight > name.target_weight else -band)
    name.wanted = _units_of(name, edge)
    name.note = " to the band's edge"


def _units_of(name: PricedName, weight: Decimal) -> Decimal:
    if name.target_weight:
        return name.wanted * weight / name.target_weight
    return name.held * weight / name.weight


def _cap_participation(name: PricedName, share: Decimal, book: Book) -> None:
    volume = book.volumes.get(name.instrument.instrument_id)
    if volume is None or not volume.is_finite() or volume <= 0:
        name.trade, name.note = _ZERO, "no average volume is known"
        return
    most = whole_lots(volume * share, name.lot)
    if abs(name.trade) > most:
        name.trade = most if name.trade > 0 else -most
        name.note += ", cut to its share of the average volume"
        name.is_capped = True
        if not most:
            name.note = "its share of the average volume is less than one lot"


def _cap_turnover(names: tuple[PricedName, ...], portfolio: Portfolio, book: Book) -> None:
    if portfolio.max_turnover is None:
        return
    traded = sum((abs(name.trade) * name.value for name in names if name.trade), _ZERO)
    most = portfolio.max_turnover * book.net_liquidation
    if traded <= most:
        # Rounding up would step over it where it is all but reached.
        for name in names:
            name.is_capped = True
        return
    for name in names:
        if name.trade:
            name.trade = whole_lots(name.trade * most / traded, name.lot)
            name.note += ", scaled to the turnover"
            name.is_capped = True
            if not name.trade:
                name.note = "scaled to the turnover, less than one lot"


def _finish(name: PricedName, portfolio: Portfolio, book: Book) -> None:
    """Give a trade its limit price, unless it is too small to be made."""
    if problem := size_problem(name, name.trade, portfolio):
        name.trade, name.note = _ZERO, problem
        return
    name.limit = limit_price(
        name.market,
        name.side,
        collar_bp=portfolio.collar_bp,
        ladder=book.ladder(name.instrument),
    )
