# SPDX-License-Identifier: Apache-2.0
"""ib_async as a desk: its own loop on a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from math import isnan
from typing import Any, Final

import ib_async

from tests.support.client_list import ACCOUNT

__all__ = ["IbAsyncDesk"]

_WAIT_S: Final = 20.0


class _Errors(logging.Handler):
    """Keeps what ib_async logs as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


class IbAsyncDesk:
    """``ib_async.IB``, spoken to in plain words."""

    def __init__(self, port: int, client_id: int) -> None:
        self._port, self._client_id = port, client_id
        self._logged = _Errors()
        logging.getLogger("ib_async").addHandler(self._logged)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ib: Any = None
        self._told: list[tuple[int, int]] = []

    def complaints(self) -> list[str]:
        return list(self._logged.lines)

    def connect(self) -> None:
        async def work() -> None:
            self._ib = ib_async.IB()
            self._told = []
            self._ib.errorEvent += lambda number, code, *_: self._told.append((number, code))
            await self._ib.connectAsync(
                "127.0.0.1", self._port, clientId=self._client_id, timeout=8
            )

        self._do(work)

    def disconnect(self) -> None:
        async def work() -> None:
            self._ib.disconnect()
            await asyncio.sleep(0.2)  # the gateway learns of it when the loop turns

        if self._ib is not None:
            self._do(work)
            self._ib = None

    def close(self) -> None:
        """Leave, and stop the loop."""
        self.disconnect()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def version(self) -> int:
        """Return the server version that was agreed on."""
        return int(self._ib.client.serverVersion())

    def accounts(self) -> list[str]:
        return list(self._ib.managedAccounts())

    def errors(self) -> list[tuple[int, int]]:
        return list(self._told)

    def details(self, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
        found = self._do(lambda: self._ib.reqContractDetailsAsync(_contract(spec)))
        return [{**vars(row.contract), **vars(row)} for row in found]

    def bars(self, spec: Mapping[str, Any], *what: str) -> list[tuple[Any, ...]]:
        end, duration, size, kind = what
        rows = self._do(
            lambda: self._ib.reqHistoricalDataAsync(
                _contract(spec), end, duration, size, kind, useRTH=True, formatDate=2
            )
        )
        return [
            (_moment(row.date), row.open, row.high, row.low, row.close, row.volume) for row in rows
        ]

    def live_bars(self, spec: Mapping[str, Any], size: str) -> tuple[int, int]:
        async def work() -> tuple[int, int]:
            updates: list[bool] = []
            bars = await self._ib.reqHistoricalDataAsync(
                _contract(spec), "", "1800 S", size, "TRADES", useRTH=False, formatDate=2,
                keepUpToDate=True,
            )  # fmt: skip
            before = len(bars)
            bars.updateEvent += lambda _, fresh: updates.append(fresh)
            await _until(lambda: updates)
            self._ib.cancelHistoricalData(bars)
            return before, len(updates)

        return tuple(self._do(work))

    def head(self, spec: Mapping[str, Any]) -> int:
        told = self._do(
            lambda: self._ib.reqHeadTimeStampAsync(
                _contract(spec), "TRADES", useRTH=True, formatDate=2
            )
        )
        assert isinstance(told, datetime), told
        return int(told.timestamp())

    def chain(self, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
        rows = self._do(
            lambda: self._ib.reqSecDefOptParamsAsync(
                spec["symbol"], "", spec["secType"], spec["conId"]
            )
        )
        return [
            {
                "exchange": row.exchange,
                "class": row.tradingClass,
                "multiplier": row.multiplier,
                "expirations": sorted(row.expirations),
                "strikes": sorted(row.strikes),
            }
            for row in rows
        ]

    def quote(self, spec: Mapping[str, Any]) -> dict[str, float]:
        async def work() -> Any:
            (contract,) = await self._ib.qualifyContractsAsync(_contract(spec))
            (ticker,) = await self._ib.reqTickersAsync(contract)
            return ticker

        ticker = self._do(work)
        return {name: getattr(ticker, name) for name in ("bid", "ask", "last", "close")}

    def greeks(self, spec: Mapping[str, Any]) -> dict[str, float]:
        async def work() -> Any:
            (contract,) = await self._ib.qualifyContractsAsync(_contract(spec))
            ticker = self._ib.reqMktData(contract, "", False, False)
            await _until(lambda: ticker.modelGreeks)
            self._ib.cancelMktData(contract)
            return ticker.modelGreeks

        model = self._do(work)
        names = ("delta", "gamma", "vega", "theta")
        told = {name: getattr(model, name) for name in names}
        return {**told, "iv": model.impliedVol, "under": model.undPrice}

    def depth(self, spec: Mapping[str, Any], rows: int) -> tuple[list[float], list[float]]:
        async def work() -> tuple[list[float], list[float]]:
            (contract,) = await self._ib.qualifyContractsAsync(_contract(spec))
            ticker = self._ib.reqMktDepth(contract, numRows=rows)
            await _until(lambda: len(ticker.domBids) == len(ticker.domAsks) == rows)
            book = (
                [level.price for level in ticker.domBids],
                [level.price for level in ticker.domAsks],
            )
            self._ib.cancelMktDepth(contract)
            return book

        return tuple(self._do(work))

    def place(self, spec: Mapping[str, Any], terms: Mapping[str, Any]) -> int:
        return int(self._placed(spec, ib_async.Order(**terms)).order.orderId)

    def change(self, order_id: int, spec: Mapping[str, Any], terms: Mapping[str, Any]) -> None:
        trade = self._trade(order_id)
        told = len(trade.log)
        for name, value in terms.items():
            setattr(trade.order, name, value)
        self._placed(spec, trade.order)
        self._until(lambda: len(trade.log) > told)

    def cancel(self, order_id: int) -> None:
        async def work() -> None:
            self._ib.cancelOrder(self._trade(order_id).order)

        self._do(work)

    def reach(self, order_id: int, status: str) -> None:
        trade = self._trade(order_id)
        self._until(lambda: status in {entry.status for entry in trade.log})

    def price(self, order_id: int) -> float:
        return float(self._trade(order_id).order.lmtPrice)

    def fills(self, order_id: int, shares: float) -> list[dict[str, Any]]:
        trade = self._trade(order_id)
        self._until(lambda: sum(fill.execution.shares for fill in trade.fills) >= shares)
        self._until(lambda: all(fill.commissionReport.execId for fill in trade.fills))
        return [
            {**_executed(fill), "commission": fill.commissionReport.commission}
            for fill in trade.fills
        ]

    def executed(self, order_id: int, count: int) -> list[dict[str, Any]]:
        trade = self._trade(order_id)
        self._until(lambda: len(trade.fills) >= count)
        return [_executed(fill) for fill in trade.fills]

    def what_if(self, spec: Mapping[str, Any], terms: Mapping[str, Any]) -> dict[str, float]:
        state = self._do(
            lambda: self._ib.whatIfOrderAsync(_contract(spec), ib_async.Order(**terms))
        )
        return {"margin": float(state.initMarginChange), "commission": state.commission}

    def positions(self) -> dict[int, float]:
        rows = self._do(self._ib.reqPositionsAsync)
        return {row.contract.conId: row.position for row in rows}

    def values(self) -> dict[str, str]:
        rows = self._ib.accountValues(ACCOUNT)
        return {row.tag: row.value for row in rows if row.currency in ("USD", "")}

    def pnl(self) -> tuple[float, float, float]:
        async def work() -> tuple[float, float, float]:
            told = self._ib.reqPnL(ACCOUNT)
            await _until(lambda: not isnan(told.dailyPnL))
            self._ib.cancelPnL(ACCOUNT)
            return told.dailyPnL, told.unrealizedPnL, told.realizedPnL

        return tuple(self._do(work))

    def executions(self) -> list[dict[str, Any]]:
        return [_executed(fill) for fill in self._do(self._ib.reqExecutionsAsync)]

    def completed(self) -> list[dict[str, Any]]:
        rows = self._do(lambda: self._ib.reqCompletedOrdersAsync(apiOnly=True))
        return [
            {
                "ref": trade.order.orderRef,
                "status": trade.orderStatus.status,
                "symbol": trade.contract.symbol,
            }
            for trade in rows
        ]

    def _placed(self, spec: Mapping[str, Any], order: Any) -> Any:
        async def work() -> Any:
            return self._ib.placeOrder(_contract(spec), order)

        return self._do(work)

    def _trade(self, order_id: int) -> Any:
        trades = [trade for trade in self._ib.trades() if trade.order.orderId == order_id]
        return trades[-1]

    def _until(self, done: Callable[[], Any]) -> None:
        self._do(lambda: _until(done))

    def _do(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Call on the loop's own thread, and wait for what it returns."""

        async def done() -> Any:
            return await work()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(_WAIT_S + 5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()


async def _until(done: Callable[[], Any]) -> None:
    deadline = time.monotonic() + _WAIT_S
    while not done():
        assert time.monotonic() < deadline, "it never came"
        await asyncio.sleep(0.01)


def _contract(spec: Mapping[str, Any]) -> Any:
    legs = [ib_async.ComboLeg(**said) for said in spec.get("comboLegs", ())]
    return ib_async.Contract(**{**spec, "comboLegs": legs})


def _executed(fill: Any) -> dict[str, Any]:
    row = fill.execution
    return {
        "symbol": fill.contract.symbol,
        "secType": fill.contract.secType,
        "side": row.side,
        "shares": row.shares,
        "price": row.price,
        "account": row.acctNumber,
        "ref": row.orderRef,
    }


def _moment(at: Any) -> Any:
    """Return a day as ``2013-03-01``, an instant as seconds."""
    if isinstance(at, datetime):
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
    return at.isoformat()
