# SPDX-License-Identifier: Apache-2.0
"""Interactive Brokers' own client as a desk. Works with whichever ibapi is installed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from itertools import count
from typing import Any

from ibapi.contract import ComboLeg, Contract
from ibapi.execution import ExecutionFilter
from ibapi.order import Order
from ibapi.order_cancel import OrderCancel

from tests.support.client_list import ACCOUNT
from tests.support.stock_client import StockClient

__all__ = ["IbapiDesk"]


_MODEL = 13


class _Errors(logging.Handler):
    """Keeps what ibapi logs as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


class IbapiDesk:
    """EClient and EWrapper with their threads, spoken to in plain words."""

    def __init__(self, port: int, client_id: int) -> None:
        self._port, self._client_id = port, client_id
        self._ids = count(5_000_000)
        self._logged = _Errors()
        logging.getLogger("ibapi").addHandler(self._logged)
        self._client: StockClient | None = None

    @property
    def client(self) -> StockClient:
        """Return the session."""
        assert self._client is not None
        return self._client

    def complaints(self) -> list[str]:
        return list(self._logged.lines)

    def connect(self) -> None:
        self._client = StockClient()
        self._client.connect(self._port, self._client_id)
        self._client.wait("nextValidId")
        self._client.wait("managedAccounts")

    def disconnect(self) -> None:
        if self._client is not None:
            self._client.disconnect()
            self._client.join_reader()
            self._client = None

    def version(self) -> int:
        """Return the server version that was agreed on."""
        return int(self.client.ask.serverVersion())

    def accounts(self) -> list[str]:
        return str(self.client.wait("managedAccounts")[0]).split(",")

    def errors(self) -> list[tuple[int, int]]:
        return [(call[0], call[2]) for call in self.client.all("error")]

    def details(self, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
        number, since = next(self._ids), self.client.mark()
        self.client.ask.reqContractDetails(number, contract(spec))
        self._ended("contractDetailsEnd", number, since)
        found = [
            *self.client.all("contractDetails", since=since),
            *self.client.all("bondContractDetails", since=since),
        ]
        return [_described(details) for got, details in found if got == number]

    def bars(self, spec: Mapping[str, Any], *what: str) -> list[tuple[Any, ...]]:
        number, since = next(self._ids), self.client.mark()
        end, duration, size, kind = what
        self.client.ask.reqHistoricalData(
            number, contract(spec), end, duration, size, kind, 1, 2, False, []
        )
        self._ended("historicalDataEnd", number, since)
        rows = [bar for got, bar in self.client.all("historicalData", since=since) if got == number]
        return [
            (_moment(row.date), row.open, row.high, row.low, row.close, float(row.volume))
            for row in rows
        ]

    def live_bars(self, spec: Mapping[str, Any], size: str) -> tuple[int, int]:
        number, since = next(self._ids), self.client.mark()
        self.client.ask.reqHistoricalData(
            number, contract(spec), "", "1800 S", size, "TRADES", 0, 2, True, []
        )
        self._ended("historicalDataEnd", number, since)
        self.client.wait("historicalDataUpdate", lambda got, _: got == number, since=since)
        self.client.ask.cancelHistoricalData(number)
        return tuple(
            sum(call[0] == number for call in self.client.all(name, since=since))
            for name in ("historicalData", "historicalDataUpdate")
        )

    def head(self, spec: Mapping[str, Any]) -> int:
        number = next(self._ids)
        self.client.ask.reqHeadTimeStamp(number, contract(spec), "TRADES", 1, 2)
        told = self.client.wait("headTimestamp", lambda got, _: got == number)[1]
        self.client.ask.cancelHeadTimeStamp(number)
        return int(told)

    def chain(self, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
        number, since = next(self._ids), self.client.mark()
        self.client.ask.reqSecDefOptParams(
            number, spec["symbol"], "", spec["secType"], spec["conId"]
        )
        self._ended("securityDefinitionOptionParameterEnd", number, since)
        rows = self.client.all("securityDefinitionOptionParameter", since=since)
        return [
            {
                "exchange": row[1],
                "class": row[3],
                "multiplier": row[4],
                "expirations": sorted(row[5]),
                "strikes": sorted(row[6]),
            }
            for row in rows
            if row[0] == number
        ]

    def quote(self, spec: Mapping[str, Any]) -> dict[str, float]:
        number, since = next(self._ids), self.client.mark()
        self.client.ask.reqMktData(number, contract(spec), "", True, False, [])
        self._ended("tickSnapshotEnd", number, since)
        names = {1: "bid", 2: "ask", 4: "last", 9: "close"}
        ticks = self.client.all("tickPrice", since=since)
        return {
            names[kind]: price for got, kind, price, _ in ticks if got == number and kind in names
        }

    def greeks(self, spec: Mapping[str, Any]) -> dict[str, float]:
        number = next(self._ids)
        self.client.ask.reqMktData(number, contract(spec), "", False, False, [])
        told = self.client.wait(
            "tickOptionComputation",
            lambda got, kind, *_: (got, kind) == (number, _MODEL),
        )
        self.client.ask.cancelMktData(number)
        names = ("iv", "delta", "price", "dividend", "gamma", "vega", "theta", "under")
        return dict(zip(names, told[3:], strict=True))

    def depth(self, spec: Mapping[str, Any], rows: int) -> tuple[list[float], list[float]]:
        number, since = next(self._ids), self.client.mark()
        self.client.ask.reqMktDepth(number, contract(spec), rows, False, [])
        for side in (0, 1):
            last = (number, rows - 1, side)
            self.client.wait_any(
                {
                    "updateMktDepth": lambda *row, last=last: (row[0], row[1], row[3]) == last,
                    "updateMktDepthL2": lambda *row, last=last: (row[0], row[1], row[4]) == last,
                },
                since=since,
            )
        self.client.ask.cancelMktDepth(number, False)
        book: dict[tuple[int, int], float] = {}
        told = [
            *self.client.all("updateMktDepth", since=since),
            # the same with the market maker in the third place
            *(row[:2] + row[3:] for row in self.client.all("updateMktDepthL2", since=since)),
        ]
        for row in told:
            if row[0] == number:
                book.setdefault((row[3], row[1]), row[4])  # as it was at first
        return tuple(  # type: ignore[return-value]
            [book[side, place] for place in range(rows)] for side in (1, 0)
        )

    def place(self, spec: Mapping[str, Any], terms: Mapping[str, Any]) -> int:
        number = self._next_id()
        self.client.ask.placeOrder(number, contract(spec), order(terms))
        return number

    def change(self, order_id: int, spec: Mapping[str, Any], terms: Mapping[str, Any]) -> None:
        since = self.client.mark()
        self.client.ask.placeOrder(order_id, contract(spec), order(terms))
        self.client.wait("openOrder", lambda got, *_: got == order_id, since=since)

    def cancel(self, order_id: int) -> None:
        self.client.ask.cancelOrder(order_id, OrderCancel())
        self.client.wait("error", lambda got, *call: (got, call[1]) == (order_id, 202))

    def reach(self, order_id: int, status: str) -> None:
        self.client.wait("orderStatus", lambda got, told, *_: (got, told) == (order_id, status))

    def price(self, order_id: int) -> float:
        return float(
            [call[2] for call in self.client.all("openOrder") if call[0] == order_id][-1].lmtPrice
        )

    def fills(self, order_id: int, shares: float) -> list[dict[str, Any]]:
        self.client.wait(
            "execDetails",
            lambda _, __, row: row.orderId == order_id and float(row.cumQty) >= shares,
        )
        rows: dict[str, dict[str, Any]] = {}
        for _, of, row in self.client.all("execDetails"):
            if row.orderId == order_id:
                rows[row.execId] = _executed(of, row)
        for exec_id, row in rows.items():
            report = self.client.wait(
                "commissionAndFeesReport", lambda told, want=exec_id: told.execId == want
            )[0]
            row["commission"] = report.commissionAndFees
        return list(rows.values())

    def executed(self, order_id: int, count: int) -> list[dict[str, Any]]:
        def told() -> list[tuple[Any, ...]]:
            return [call for call in self.client.all("execDetails") if call[2].orderId == order_id]

        self.client.wait("execDetails", lambda *_: len(told()) >= count)
        return [_executed(of, row) for _, of, row in told()]

    def what_if(self, spec: Mapping[str, Any], terms: Mapping[str, Any]) -> dict[str, float]:
        number = self._next_id()
        self.client.ask.placeOrder(number, contract(spec), order({**terms, "whatIf": True}))
        state = self.client.wait("openOrder", lambda got, *_: got == number)[3]
        return {
            "margin": float(state.initMarginChange),
            "commission": state.commissionAndFees,
        }

    def positions(self) -> dict[int, float]:
        since = self.client.mark()
        self.client.ask.reqPositions()
        self.client.wait("positionEnd", since=since)
        self.client.ask.cancelPositions()
        rows = self.client.all("position", since=since)
        return {of.conId: float(quantity) for _, of, quantity, _ in rows}

    def values(self) -> dict[str, str]:
        since = self.client.mark()
        self.client.ask.reqAccountUpdates(True, ACCOUNT)
        self.client.wait("accountDownloadEnd", since=since)
        self.client.ask.reqAccountUpdates(False, ACCOUNT)
        rows = self.client.all("updateAccountValue", since=since)
        return {key: value for key, value, currency, _ in rows if currency in ("USD", "")}

    def pnl(self) -> tuple[float, float, float]:
        number = next(self._ids)
        self.client.ask.reqPnL(number, ACCOUNT, "")
        told = self.client.wait("pnl", lambda got, *_: got == number)
        self.client.ask.cancelPnL(number)
        return told[1], told[2], told[3]

    def executions(self) -> list[dict[str, Any]]:
        number, since = next(self._ids), self.client.mark()
        self.client.ask.reqExecutions(number, ExecutionFilter())
        self._ended("execDetailsEnd", number, since)
        rows = self.client.all("execDetails", since=since)
        return [_executed(of, row) for got, of, row in rows if got == number]

    def completed(self) -> list[dict[str, Any]]:
        since = self.client.mark()
        self.client.ask.reqCompletedOrders(True)
        self.client.wait("completedOrdersEnd", since=since)
        rows = self.client.all("completedOrder", since=since)
        return [
            {"ref": terms.orderRef, "status": state.status, "symbol": of.symbol}
            for of, terms, state in rows
        ]

    def _next_id(self) -> int:
        since = self.client.mark()
        self.client.ask.reqIds(-1)
        return int(self.client.wait("nextValidId", since=since)[0])

    def _ended(self, name: str, number: int, since: int) -> None:
        """Wait for an end; an error under the number ends the waiting, too."""
        with_error = self.client.wait_any(
            {
                name: lambda got, *_: got == number,
                "error": lambda got, _, code, *__: got == number and code != 2174,
            },
            since=since,
        )
        if with_error[0] == "error":
            raise AssertionError(f"{name}: {with_error[1]}")


def contract(spec: Mapping[str, Any]) -> Contract:
    """Return ibapi's contract."""
    made = Contract()
    for name, value in spec.items():
        setattr(made, name, [_leg(row) for row in value] if name == "comboLegs" else value)
    return made


def _leg(said: Mapping[str, Any]) -> ComboLeg:
    leg = ComboLeg()
    for name, value in said.items():
        setattr(leg, name, value)
    return leg


def order(terms: Mapping[str, Any]) -> Order:
    """Return ibapi's order."""
    made = Order()
    for name, value in terms.items():
        setattr(made, name, value)
    return made


def _described(details: Any) -> dict[str, Any]:
    return {**vars(details.contract), **vars(details)}


def _executed(of: Any, row: Any) -> dict[str, Any]:
    return {
        "symbol": of.symbol,
        "secType": of.secType,
        "side": row.side,
        "shares": float(row.shares),
        "price": row.price,
        "account": row.acctNumber,
        "ref": row.orderRef,
    }


def _moment(text: str) -> Any:
    """Return a day as ``2013-03-01``, an instant as seconds."""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 else int(text)
