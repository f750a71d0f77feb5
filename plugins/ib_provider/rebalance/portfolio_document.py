# SPDX-License-Identifier: Apache-2.0
"""Portfolios as people write them: ``include/portfolios/*.yaml``.

The first eight keys must be written down; each of the others asks for something more, and without
it nothing more is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from ib_provider.domain.portfolio import Portfolio
from ib_provider.rebalance.bracket_document import (
    bracket_problems,
    read_bracket,
    read_brackets,
)
from ib_provider.rebalance.document_reader import DocumentReader
from ib_provider.rebalance.style_document import read_style, read_styles, style_problems
from ib_provider.rebalance.target_document import read_targets

__all__ = ["UNLISTED", "parse_portfolio"]

#: What may be done with holdings that the portfolio does not list.
UNLISTED: Final = ("keep", "sweep")

_KEYS: Final = (
    "name",
    "currency",
    "targets",
    "cash_buffer",
    "drift_band",
    "collar_bp",
    "unlisted",
    "min_order_value",
    "min_cash",
    "drift_band_relative",
    "trade_to",
    "band_scope",
    "max_cost_bp",
    "max_turnover",
    "max_participation",
    "allow_short",
    "fractions",
    "fx",
    "min_fx_value",
    "as_of",
    "max_age_hours",
    "style",
    "styles",
    "no_market",
    "wait_s",
    "bracket",
    "brackets",
)

#: A name stands in order references and file names.
NAME_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}"

#: A stamp this far in the future is another clock's.
_CLOCK_SKEW: Final = timedelta(seconds=60)


def parse_portfolio(source: str, document: object, *, now: datetime | None = None) -> Portfolio:
    """Return the portfolio of a document that was loaded from YAML, a query or a task.

    Args:
        source: The file, for messages.
        document: A mapping of plain values.
        now: Aware; where it is given, a stale ``as_of`` is a problem.

    Raises:
        ConfigError: With every problem at once, each beginning with its key.
    """
    reader = DocumentReader(document, at="", problems=[])
    reader.only(_KEYS)
    written = document if isinstance(document, Mapping) else {}
    allow_short = reader.has("allow_short") and reader.flag("allow_short")
    no_market = _choice(reader, "no_market", ("refuse", "skip", "wait"))
    portfolio = Portfolio(
        name=reader.text("name", pattern=NAME_PATTERN),
        currency=reader.text("currency", pattern="[A-Z]{3}"),
        targets=read_targets(reader, allow_short=allow_short),
        cash_buffer=reader.number("cash_buffer", low="0", high="1", below=True),
        drift_band=reader.number("drift_band", low="0", high="1", below=True),
        collar_bp=reader.number("collar_bp", low="0", high="1000"),
        unlisted=reader.text("unlisted", choices=UNLISTED),
        min_order_value=reader.number("min_order_value", low="0"),
        min_cash=_optional(reader, "min_cash") or Decimal(0),
        drift_band_relative=_optional(reader, "drift_band_relative", high="1"),
        trade_to=_choice(reader, "trade_to", ("target", "edge")),
        band_scope=_choice(reader, "band_scope", ("names", "book")),
        max_cost_bp=_optional(reader, "max_cost_bp", above=True),
        max_turnover=_optional(reader, "max_turnover", above=True),
        max_participation=_optional(reader, "max_participation", high="1", above=True),
        allow_short=allow_short,
        fractions=reader.has("fractions") and reader.flag("fractions"),
        fx=_choice(reader, "fx", ("keep", "cover")),
        min_fx_value=_optional(reader, "min_fx_value") or Decimal(0),
        as_of=reader.instant("as_of") if reader.has("as_of") else None,
        max_age_hours=_optional(reader, "max_age_hours", above=True),
        style=read_style(written.get("style", "limit"), at="style", problems=reader.problems),
        styles=read_styles(written.get("styles", {}), problems=reader.problems),
        no_market=no_market,
        wait_s=_optional(reader, "wait_s", above=True),
        bracket=read_bracket(
            written.get("bracket", "none"), at="bracket", problems=reader.problems
        ),
        brackets=read_brackets(written.get("brackets", {}), problems=reader.problems),
    )
    if portfolio.trade_to == "edge" and portfolio.band_scope == "book":
        reader.complain("trade_to", "edge goes with band_scope: names")
    if (no_market == "wait") != (portfolio.wait_s is not None):
        reader.complain("wait_s", "goes with no_market: wait, and that with it")
    for key, problem in style_problems(
        portfolio.targets, portfolio.style, portfolio.styles, fractions=portfolio.fractions
    ).items():
        reader.complain(key, problem)
    for key, problem in bracket_problems(
        portfolio.bracket, portfolio.brackets, fractions=portfolio.fractions
    ).items():
        reader.complain(key, problem)
    _check_age(reader, portfolio, now)
    reader.finish(source)
    return portfolio


def _optional(
    reader: DocumentReader, key: str, *, high: str = "", above: bool = False
) -> Decimal | None:
    if not reader.has(key):
        return None
    return reader.number(key, low="0", high=high, above=above)


def _choice(reader: DocumentReader, key: str, choices: tuple[str, ...]) -> str:
    """Return what is chosen; the first choice where nothing is written."""
    return reader.text(key, choices=choices) if reader.has(key) else choices[0]


def _check_age(reader: DocumentReader, portfolio: Portfolio, now: datetime | None) -> None:
    """Report targets that are stale, or of which nobody could tell."""
    if reader.has("as_of") != reader.has("max_age_hours"):
        absent = "max_age_hours" if reader.has("as_of") else "as_of"
        reader.complain(absent, "missing: as_of and max_age_hours go together")
    if now is None or portfolio.as_of is None or portfolio.max_age_hours is None:
        return
    age = now - portfolio.as_of
    allowed = timedelta(hours=float(portfolio.max_age_hours))
    if age > allowed:
        reader.complain("as_of", f"{portfolio.as_of} is {age} ago, more than {allowed}")
    elif age < -_CLOCK_SKEW:
        reader.complain("as_of", f"{portfolio.as_of} is in the future")
