# SPDX-License-Identifier: Apache-2.0
"""Accounts and holdings as rows of tag, value and currency, and as positions on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from ib_provider.simulator.accounts.account import Holding
from ib_provider.simulator.accounts.valuation import Position, Valuation
from ib_provider.simulator.contracts import ContractBook
from ib_provider.wire.messages import PortfolioValue, PositionAnswer

__all__ = [
    "account_rows",
    "ledger_rows",
    "pnl_of_position",
    "portfolio_value",
    "position_answer",
    "summary_rows",
]

Row = tuple[str, str, str]

#: Told by currency, in the ledger; the totals of them are the ledger's BASE.
_OF_THE_LEDGER: Final = frozenset({"RealizedPnL", "UnrealizedPnL", "TotalCashBalance"})
_LEDGER: Final = "$LEDGER"


def account_rows(valuation: Valuation, *, ledger_only: bool = False) -> Iterator[Row]:
    """Yield every value of an account; with ``ledger_only``, the ledger and the net worth."""
    account, totals = valuation.account, valuation.totals()
    if ledger_only:
        yield "NetLiquidation", _amount(totals["NetLiquidation"]), account.base
    else:
        yield from _named(valuation)
        for tag, value in totals.items():
            if tag not in _OF_THE_LEDGER:
                yield tag, _amount(value), account.base
    for currency in valuation.rates:
        yield from ledger_rows(valuation, currency)
    yield from ledger_rows(valuation, "BASE")


def ledger_rows(valuation: Valuation, currency: str) -> Iterator[Row]:
    """Yield the ledger of one currency, or of ``BASE``: all of them in the base currency."""
    yield "Currency", currency, currency
    if currency == "BASE":
        rows: dict[str, Decimal] = {}
        for name, rate in valuation.rates.items():
            for tag, value in valuation.ledger(name):
                rows[tag] = rows.get(tag, Decimal(0)) + value * rate
        rate = Decimal(1)
    else:
        rows, rate = dict(valuation.ledger(currency)), valuation.rates[currency]
    for tag, value in rows.items():
        yield tag, _amount(value), currency
    yield "ExchangeRate", f"{rate:.4f}", currency


def summary_rows(valuation: Valuation, tags: str) -> Iterator[Row]:
    """Yield the values asked for, sorted by tag, then the ledgers asked for."""
    wanted = {tag.strip() for tag in tags.split(",")} - {""}
    base = valuation.account.base
    known: dict[str, Row] = {row[0]: row for row in _named(valuation)}
    known |= {tag: (tag, _amount(value), base) for tag, value in valuation.totals().items()}
    for tag in sorted(wanted & known.keys()):
        yield known[tag]
    for tag in sorted(name for name in wanted if name.startswith(_LEDGER)):
        _, _, which = tag.partition(":")
        if which == "ALL":
            for currency in (*valuation.rates, "BASE"):
                yield from ledger_rows(valuation, currency)
        elif which in ("", *valuation.rates):
            yield from ledger_rows(valuation, which or "BASE")


def position_answer(account: str, holding: Holding, contracts: ContractBook) -> PositionAnswer:
    """Return a holding as a position."""
    return PositionAnswer(
        account=account,
        contract=contracts.by_id(holding.con_id).contract,
        position=holding.quantity,
        avg_cost=_rounded(holding.avg_cost),
    )


def portfolio_value(valuation: Valuation, row: Position, contracts: ContractBook) -> PortfolioValue:
    """Return a holding as a part of the account stream."""
    account, con_id = valuation.account, row.asset.con_id
    return PortfolioValue(
        contract=contracts.by_id(con_id).contract,
        position=row.holding.quantity,
        market_price=row.price,
        market_value=_rounded(row.worth),
        average_cost=_rounded(row.holding.avg_cost),
        unrealized_pnl=_rounded(row.unrealized),
        realized_pnl=_rounded(account.realized(con_id)),
        account=account.name,
    )


def pnl_of_position(valuation: Valuation, row: Position) -> tuple[Decimal, ...]:
    """Return a position's profit of the day, unrealized and realized, and its value."""
    account, con_id = valuation.account, row.asset.con_id
    return (
        _rounded(account.day_change(con_id, row.worth)),
        _rounded(row.unrealized),
        _rounded(account.realized(con_id)),
        _rounded(row.worth),
    )


def _named(valuation: Valuation) -> Iterator[Row]:
    account = valuation.account
    yield "AccountCode", account.name, ""
    yield "AccountOrGroup", account.name, account.base
    yield "AccountReady", "true", ""
    yield "AccountType", "INDIVIDUAL", ""
    for tag, text in valuation.ratios().items():
        yield tag, text, ""


def _amount(value: Decimal) -> str:
    return f"{value:.2f}"


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("1e-8"))
