# SPDX-License-Identifier: Apache-2.0
"""Markets that are halted or closed: which those are, and what is then known of what is held.

Rules:
    * Without a policy a halted market refuses the plan, as every quote does that cannot be used.
    * With one, what is not traded now is valued at its last known prices; an order is never priced
      by them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ib_provider.domain.quote import Quote
from ib_provider.rebalance.book import Book
from ib_provider.rebalance.pricing import quote_problem

__all__ = ["market_stop", "valued_without"]


def market_stop(instrument_id: str, book: Book) -> str:
    """Return why nothing trades in a name now: ``halted``, ``market closed``; else nothing."""
    quote = book.quotes.get(instrument_id)
    if quote is not None and quote.halted:
        return "halted"
    return "market closed" if book.is_open(instrument_id) is False else ""


def valued_without(book: Book, traded: Collection[str]) -> Book:
    """Return a book whose names beside those that are traded have a price though nothing trades."""
    quotes = {
        name: quote if name in traded else _last_known(quote) for name, quote in book.quotes.items()
    }
    return replace(book, quotes=quotes)


def _last_known(quote: Quote) -> Quote:
    if not quote.halted and not quote_problem(quote):
        return quote
    resumed = replace(quote, halted=None)
    if not quote_problem(resumed):
        return resumed
    known = quote.last if quote.last is not None else quote.close
    if known is None or not known.is_finite() or known <= 0:
        return quote
    return replace(resumed, bid=known, ask=known)
