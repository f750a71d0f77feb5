# SPDX-License-Identifier: Apache-2.0
"""The callbacks ibapi's decoder makes. Here camelCase ends, and IB's objects with it.

Rules:
    * An answer to a question goes to the table of open questions, by request id or channel.
    * What is pushed goes to ``emit`` as an event, also where it answers a question as well: an
      open order answers ``open_orders`` and is news to whoever follows orders.
    * A row that cannot be read fails its question. A push that cannot be read is logged, and the
      next question about it will tell: it must not take the connection down.
"""

# ruff: noqa: ARG002, D102, FBT001, N802, N803, PLR0917 ibapi calls these by name, and says what each is
from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from ibapi.wrapper import EWrapper

from ib_provider.client.decode_contract import decode_contract
from ib_provider.client.decode_history import decode_histogram, decode_schedule
from ib_provider.client.decode_instrument import (
    decode_details,
    decode_ladder,
    decode_option_chain,
    decode_symbol_match,
)
from ib_provider.client.decode_number import int_or_zero, number, quantity
from ib_provider.client.decode_order import (
    decode_commission,
    decode_completed_order,
    decode_execution,
    decode_open_order,
    decode_status,
)
from ib_provider.client.decode_terms import decode_what_if
from ib_provider.client.decode_time import parse_instant
from ib_provider.client.event import (
    AccountsKnown,
    CommissionReported,
    ErrorReceived,
    Event,
    ExecutionSeen,
    NextOrderId,
    OrderSeen,
    Rerouted,
    StatusSeen,
    WhatIfSeen,
)
from ib_provider.client.pending import PendingTable, is_request_id
from ib_provider.client.pnl_assembler import PNL, PNL_SINGLE
from ib_provider.client.question import Channel, MarketRuleKey
from ib_provider.client.quote_assembler import GENERIC, OPTION, TYPE
from ib_provider.client.stream_table import StreamTable
from ib_provider.client.tick import Tick
from ib_provider.domain.account import AccountValue, PortfolioItem, Position

__all__ = ["Wrapper"]

_logger = logging.getLogger(__name__)


class Wrapper(EWrapper):  # type: ignore[misc] # ibapi ships no types
    """ibapi's callbacks, turned into rows of answers and events."""

    def __init__(
        self, pending: PendingTable, emit: Callable[[Event], None], streams: StreamTable
    ) -> None:
        super().__init__()
        self._pending = pending
        self._emit = emit
        self._streams = streams

    # The session

    def managedAccounts(self, accountsList: str) -> None:
        accounts = tuple(part.strip() for part in accountsList.split(",") if part.strip())
        self._emit(AccountsKnown(accounts))

    def nextValidId(self, orderId: int) -> None:
        self._emit(NextOrderId(int(orderId)))

    def error(
        self,
        reqId: int,
        errorTime: int,
        errorCode: int,
        errorString: str,
        advancedOrderRejectJson: str = "",
    ) -> None:
        text = " ".join(part for part in (errorString, advancedOrderRejectJson) if part)
        self._emit(ErrorReceived(int(reqId), int(errorCode), text))

    def currentTime(self, time: int) -> None:
        self._pending.add(Channel.TIME, lambda: datetime.fromtimestamp(int(time), tz=UTC))
        self._pending.end(Channel.TIME)

    # Contracts

    def contractDetails(self, reqId: int, contractDetails: Any) -> None:
        now = datetime.now(UTC)
        self._pending.add(reqId, lambda: decode_details(contractDetails, seen_at=now))

    def bondContractDetails(self, reqId: int, contractDetails: Any) -> None:
        self.contractDetails(reqId, contractDetails)

    def contractDetailsEnd(self, reqId: int) -> None:
        self._pending.end(reqId)

    def symbolSamples(self, reqId: int, contractDescriptions: list[Any]) -> None:
        for each in contractDescriptions:
            self._pending.add(reqId, partial(decode_symbol_match, each))
        self._pending.end(reqId)

    def securityDefinitionOptionParameter(
        self,
        reqId: int,
        exchange: str,
        underlyingConId: int,
        tradingClass: str,
        multiplier: str,
        expirations: set[str],
        strikes: set[float],
    ) -> None:
        self._pending.add(
            reqId,
            lambda: decode_option_chain(
                exchange,
                underlyingConId,
                tradingClass,
                multiplier,
                expirations=expirations,
                strikes=strikes,
            ),
        )

    def securityDefinitionOptionParameterEnd(self, reqId: int) -> None:
        self._pending.end(reqId)

    def marketRule(self, marketRuleId: int, priceIncrements: list[Any]) -> None:
        key = MarketRuleKey(int(marketRuleId))
        self._pending.add(key, lambda: decode_ladder(key.rule_id, priceIncrements))
        self._pending.end(key)

    # Market data

    def historicalDataEnd(self, reqId: int, start: str, end: str) -> None:
        self._pending.end(reqId)

    def headTimestamp(self, reqId: int, headTimestamp: str) -> None:
        self._pending.add(reqId, lambda: parse_instant(headTimestamp))
        self._pending.end(reqId)

    def historicalSchedule(
        self, reqId: int, startDateTime: str, endDateTime: str, timeZone: str, sessions: list[Any]
    ) -> None:
        self._pending.add(
            reqId, lambda: decode_schedule(startDateTime, endDateTime, timeZone, sessions)
        )
        self._pending.end(reqId)

    def histogramData(self, reqId: int, items: Any) -> None:
        self._pending.add(reqId, lambda: decode_histogram(items))
        self._pending.end(reqId)

    def historicalTicks(self, reqId: int, ticks: list[Any], done: bool) -> None:
        self._pending.add(reqId, lambda: ticks)
        if done:
            self._pending.end(reqId)

    def historicalTicksBidAsk(self, reqId: int, ticks: list[Any], done: bool) -> None:
        self.historicalTicks(reqId, ticks, done)

    def historicalTicksLast(self, reqId: int, ticks: list[Any], done: bool) -> None:
        self.historicalTicks(reqId, ticks, done)

    def marketDataType(self, reqId: int, marketDataType: int) -> None:
        if self._streams.push(reqId, TYPE, marketDataType):
            return
        self._pending.add(reqId, lambda: Tick.data_type(marketDataType))

    def tickPrice(self, reqId: int, tickType: int, price: float, attrib: Any) -> None:
        self._pending.add(reqId, lambda: Tick.price(tickType, price))

    def tickSize(self, reqId: int, tickType: int, size: Decimal) -> None:
        self._pending.add(reqId, lambda: Tick.size(tickType, size))

    def tickGeneric(self, reqId: int, tickType: int, value: float) -> None:
        if self._streams.push(reqId, GENERIC, tickType, value):
            return
        self._pending.add(reqId, lambda: Tick.generic(tickType, value))

    def tickOptionComputation(
        self, reqId: int, tickType: int, tickAttrib: int, *numbers: float | None
    ) -> None:
        self._streams.push(reqId, OPTION, tickType, *numbers)

    def rerouteMktDataReq(self, reqId: int, conId: int, exchange: str) -> None:
        self._emit(Rerouted(int(reqId), int(conId), exchange))

    def rerouteMktDepthReq(self, reqId: int, conId: int, exchange: str) -> None:
        self._emit(Rerouted(int(reqId), int(conId), exchange))

    def tickSnapshotEnd(self, reqId: int) -> None:
        self._pending.end(reqId)

    # Account

    def position(self, account: str, contract: Any, position: Decimal, avgCost: float) -> None:
        self._pending.add(
            Channel.POSITIONS,
            lambda: Position(
                account=account,
                contract=decode_contract(contract),
                quantity=quantity(position),
                avg_cost=quantity(avgCost),
            ),
        )

    def positionEnd(self) -> None:
        self._pending.end(Channel.POSITIONS)

    def accountSummary(self, reqId: int, account: str, tag: str, value: str, currency: str) -> None:
        self._pending.add(
            reqId,
            lambda: AccountValue(account=account, tag=tag, value=value, currency=currency),
        )

    def accountSummaryEnd(self, reqId: int) -> None:
        self._pending.end(reqId)

    def updateAccountValue(self, key: str, val: str, currency: str, accountName: str) -> None:
        self._pending.add(
            Channel.ACCOUNT,
            lambda: AccountValue(account=accountName, tag=key, value=val, currency=currency),
        )

    def updatePortfolio(
        self,
        contract: Any,
        position: Decimal,
        marketPrice: float,
        marketValue: float,
        averageCost: float,
        unrealizedPNL: float,
        realizedPNL: float,
        accountName: str,
    ) -> None:
        self._pending.add(
            Channel.ACCOUNT,
            lambda: PortfolioItem(
                account=accountName,
                contract=decode_contract(contract),
                quantity=quantity(position),
                avg_cost=number(averageCost),
                market_price=number(marketPrice),
                market_value=number(marketValue),
                unrealized_pnl=number(unrealizedPNL),
                realized_pnl=number(realizedPNL),
            ),
        )

    def accountDownloadEnd(self, accountName: str) -> None:
        self._pending.end(Channel.ACCOUNT)

    def positionMulti(
        self,
        reqId: int,
        account: str,
        modelCode: str,
        contract: Any,
        pos: Decimal,
        avgCost: float,
    ) -> None:
        self._pending.add(
            reqId,
            lambda: Position(
                account=account,
                contract=decode_contract(contract),
                quantity=quantity(pos),
                avg_cost=quantity(avgCost),
            ),
        )

    def positionMultiEnd(self, reqId: int) -> None:
        self._pending.end(reqId)

    def accountUpdateMulti(
        self, reqId: int, account: str, modelCode: str, key: str, value: str, currency: str
    ) -> None:
        self._pending.add(
            reqId,
            lambda: AccountValue(account=account, tag=key, value=value, currency=currency),
        )

    def accountUpdateMultiEnd(self, reqId: int) -> None:
        self._pending.end(reqId)

    def pnl(self, reqId: int, dailyPnL: float, unrealizedPnL: float, realizedPnL: float) -> None:
        self._streams.push(reqId, PNL, dailyPnL, unrealizedPnL, realizedPnL)

    def pnlSingle(
        self,
        reqId: int,
        pos: Decimal,
        dailyPnL: float,
        unrealizedPnL: float,
        realizedPnL: float,
        value: float,
    ) -> None:
        self._streams.push(reqId, PNL_SINGLE, pos, dailyPnL, unrealizedPnL, realizedPnL, value)

    # Orders

    def openOrder(self, orderId: int, contract: Any, order: Any, orderState: Any) -> None:
        if order.whatIf:
            self._push("what if", lambda: WhatIfSeen(orderId, decode_what_if(orderState)))
            return
        self._pending.add(
            Channel.OPEN_ORDERS, lambda: decode_open_order(orderId, contract, order, orderState)
        )
        self._push(
            "open order",
            lambda: OrderSeen(
                decode_open_order(orderId, contract, order, orderState),
                fills_known=number(order.filledQuantity) is not None,
            ),
        )

    def openOrderEnd(self) -> None:
        self._pending.end(Channel.OPEN_ORDERS)

    def completedOrder(self, contract: Any, order: Any, orderState: Any) -> None:
        self._pending.add(
            Channel.COMPLETED_ORDERS, lambda: decode_completed_order(contract, order, orderState)
        )

    def completedOrdersEnd(self) -> None:
        self._pending.end(Channel.COMPLETED_ORDERS)

    def orderStatus(
        self,
        orderId: int,
        status: str,
        filled: Decimal,
        remaining: Decimal,
        avgFillPrice: float,
        permId: int,
        parentId: int,
        lastFillPrice: float,
        clientId: int,
        whyHeld: str,
        mktCapPrice: float,
    ) -> None:
        self._push(
            "order status",
            lambda: StatusSeen(
                order_id=int_or_zero(orderId),
                perm_id=int_or_zero(permId),
                client_id=int_or_zero(clientId),
                status=decode_status(status),
                filled=quantity(filled),
                remaining=quantity(remaining),
                avg_fill_price=number(avgFillPrice) or None,
                why_held=whyHeld,
            ),
        )

    def execDetails(self, reqId: int, contract: Any, execution: Any) -> None:
        if is_request_id(reqId):
            self._pending.add(reqId, lambda: decode_execution(contract, execution))
            return
        self._push("execution", lambda: ExecutionSeen(decode_execution(contract, execution)))

    def execDetailsEnd(self, reqId: int) -> None:
        self._pending.end(reqId)

    def commissionAndFeesReport(self, commissionAndFeesReport: Any) -> None:
        self._push(
            "commission", lambda: CommissionReported(decode_commission(commissionAndFeesReport))
        )

    def _push(self, what: str, make_event: Callable[[], Event]) -> None:
        """Emit what was pushed, or log that it cannot be read."""
        try:
            event = make_event()
        except (ValueError, TypeError, ArithmeticError, LookupError):
            _logger.exception("the gateway pushed an %s that cannot be read", what)
            return
        self._emit(event)
