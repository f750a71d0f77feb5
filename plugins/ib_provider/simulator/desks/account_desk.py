# SPDX-License-Identifier: Apache-2.0
"""Requests about the account: positions, summaries, streams of values."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from ib_provider.simulator.accounts.account import Holding
from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.wire.messages import (
    AccountDownloadEnd,
    AccountSummaryAnswer,
    AccountSummaryEnd,
    AccountUpdateMulti,
    AccountUpdateMultiEnd,
    AccountUpdateTime,
    AccountValueAnswer,
    CancelAccountSummary,
    CancelAccountUpdatesMulti,
    CancelPnl,
    CancelPositions,
    PnlAnswer,
    PortfolioValue,
    PositionAnswer,
    PositionEnd,
    ReqAccountSummary,
    ReqAccountUpdates,
    ReqAccountUpdatesMulti,
    ReqPnl,
    ReqPositions,
)

__all__ = ["AccountDesk"]

_CURRENCY: Final = "USD"
_MOST_SUMMARIES: Final = 2
_LEDGER: Final = ("$LEDGER", "$LEDGER:ALL", "$LEDGER:USD")
_POSITIONS: Final = 0  # positions and the account stream have no request id


class AccountDesk:
    """Answers everything about money and holdings, and pushes them after each trade."""

    def __init__(self, brokerage: Brokerage) -> None:
        self._brokerage = brokerage
        self.handlers: Handlers = {
            ReqPositions: self._begin_positions,
            CancelPositions: self._end_positions,
            ReqAccountSummary: self._begin_summary,
            CancelAccountSummary: self._end_summary,
            ReqAccountUpdates: self._updates,
            ReqAccountUpdatesMulti: self._begin_multi,
            CancelAccountUpdatesMulti: self._end_multi,
            ReqPnl: self._begin_pnl,
            CancelPnl: self._end_pnl,
        }

    def push(self, client: ClientLink, con_id: int) -> None:
        """Send a client what one trade changed of what it is subscribed to."""
        if client.subscriptions("positions"):
            client.send(self._position(self._holding(con_id)))
        if client.subscriptions("account"):
            self._send_values(client)
            client.send(self._portfolio(self._holding(con_id)))
        for request_id in sorted(client.subscriptions("multi")):
            self._send_multi(client, request_id)
        for request_id in sorted(client.subscriptions("pnl")):
            self._send_pnl(client, request_id)

    def _begin_positions(self, client: ClientLink, _: ReqPositions) -> None:
        client.subscriptions("positions").add(_POSITIONS)
        for holding in self._brokerage.account.holdings():
            client.send(self._position(holding))
        client.send(PositionEnd())

    def _end_positions(self, client: ClientLink, _: CancelPositions) -> None:
        client.subscriptions("positions").discard(_POSITIONS)

    def _begin_summary(self, client: ClientLink, request: ReqAccountSummary) -> None:
        running = client.subscriptions("summary")
        if request.request_id not in running and len(running) >= _MOST_SUMMARIES:
            text = (
                "Error processing request.-'sim' : cause - Maximum number of account summary "
                "requests exceeded; desubscribe to previous request first"
            )
            client.fail(request.request_id, Refusal(code=322, message=text))
            return
        running.add(request.request_id)
        for tag, value, currency in self._summary(request.tags):
            client.send(
                AccountSummaryAnswer(
                    request_id=request.request_id,
                    account=self._brokerage.account_name,
                    tag=tag,
                    value=value,
                    currency=currency,
                )
            )
        client.send(AccountSummaryEnd(request_id=request.request_id))

    def _end_summary(self, client: ClientLink, request: CancelAccountSummary) -> None:
        client.subscriptions("summary").discard(request.request_id)

    def _summary(self, tags: str) -> Iterator[tuple[str, str, str]]:
        wanted = {tag.strip() for tag in tags.split(",")} - {""}
        rows = {tag: (value, currency) for tag, value, currency in self._rows()}
        for tag in sorted(wanted & rows.keys()):
            yield tag, *rows[tag]
        if wanted & set(_LEDGER):
            yield from self._ledger_rows()

    def _updates(self, client: ClientLink, request: ReqAccountUpdates) -> None:
        name = self._brokerage.account_name
        if request.account not in ("", name):
            client.fail(-1, invalid(f"Invalid account code {request.account!r}"))
            return
        if not request.subscribe:
            client.subscriptions("account").clear()
            return
        client.subscriptions("account").add(_POSITIONS)
        self._send_values(client)
        for holding in self._brokerage.account.holdings():
            client.send(self._portfolio(holding))
        client.send(AccountDownloadEnd(account=name))

    def _send_values(self, client: ClientLink) -> None:
        name = self._brokerage.account_name
        for key, value, currency in self._rows():
            client.send(AccountValueAnswer(key=key, value=value, currency=currency, account=name))
        now = self._brokerage.clock.now()
        client.send(AccountUpdateTime(time=f"{now:%H:%M}"))

    def _begin_multi(self, client: ClientLink, request: ReqAccountUpdatesMulti) -> None:
        if request.account not in ("", "All", self._brokerage.account_name):
            client.fail(request.request_id, invalid(f"Invalid account code {request.account!r}"))
            return
        client.subscriptions("multi").add(request.request_id)
        self._send_multi(client, request.request_id)
        client.send(AccountUpdateMultiEnd(request_id=request.request_id))

    def _end_multi(self, client: ClientLink, request: CancelAccountUpdatesMulti) -> None:
        client.subscriptions("multi").discard(request.request_id)

    def _send_multi(self, client: ClientLink, request_id: int) -> None:
        for key, value, currency in self._rows():
            client.send(
                AccountUpdateMulti(
                    request_id=request_id,
                    account=self._brokerage.account_name,
                    key=key,
                    value=value,
                    currency=currency,
                )
            )

    def _begin_pnl(self, client: ClientLink, request: ReqPnl) -> None:
        client.subscriptions("pnl").add(request.request_id)
        self._send_pnl(client, request.request_id)

    def _end_pnl(self, client: ClientLink, request: CancelPnl) -> None:
        client.subscriptions("pnl").discard(request.request_id)

    def _send_pnl(self, client: ClientLink, request_id: int) -> None:
        values = self._values()
        client.send(
            PnlAnswer(
                request_id=request_id,
                daily=None,  # yesterday's valuation is not kept
                unrealized=values["UnrealizedPnL"],
                realized=values["RealizedPnL"],
            )
        )

    def _values(self) -> dict[str, Decimal]:
        return self._brokerage.account.values(self._brokerage.prices())

    def _rows(self) -> Iterator[tuple[str, str, str]]:
        """Yield tag, value and currency of every account value."""
        yield "AccountCode", self._brokerage.account_name, ""
        yield "AccountType", "INDIVIDUAL", ""
        for tag, value in self._values().items():
            yield tag, f"{value:.2f}", _CURRENCY

    def _ledger_rows(self) -> Iterator[tuple[str, str, str]]:
        values = self._values()
        yield "CashBalance", f"{values['TotalCashBalance']:.2f}", _CURRENCY
        yield "Currency", _CURRENCY, _CURRENCY
        yield "ExchangeRate", "1.00", _CURRENCY
        yield "NetLiquidationByCurrency", f"{values['NetLiquidation']:.2f}", _CURRENCY
        yield "RealizedPnL", f"{values['RealizedPnL']:.2f}", _CURRENCY
        yield "StockMarketValue", f"{self._stock_value():.2f}", _CURRENCY
        yield "UnrealizedPnL", f"{values['UnrealizedPnL']:.2f}", _CURRENCY

    def _stock_value(self) -> Decimal:
        values = self._values()
        return values["NetLiquidation"] - values["TotalCashBalance"]

    def _holding(self, con_id: int) -> Holding:
        found = (row for row in self._brokerage.account.holdings() if row.con_id == con_id)
        return next(found, Holding(con_id=con_id, quantity=Decimal(0), avg_cost=Decimal(0)))

    def _position(self, holding: Holding) -> PositionAnswer:
        return PositionAnswer(
            account=self._brokerage.account_name,
            contract=self._brokerage.contracts.by_id(holding.con_id).contract,
            position=holding.quantity,
            avg_cost=_rounded(holding.avg_cost),
        )

    def _portfolio(self, holding: Holding) -> PortfolioValue:
        price = self._brokerage.prices().get(holding.con_id, Decimal(0))
        return PortfolioValue(
            contract=self._brokerage.contracts.by_id(holding.con_id).contract,
            position=holding.quantity,
            market_price=price,
            market_value=price * holding.quantity,
            average_cost=_rounded(holding.avg_cost),
            unrealized_pnl=_rounded((price - holding.avg_cost) * holding.quantity),
            realized_pnl=Decimal(0),  # kept for the account as a whole only
            account=self._brokerage.account_name,
        )


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("1e-8"))
