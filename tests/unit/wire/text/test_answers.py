# SPDX-License-Identifier: Apache-2.0
"""Every short answer, as clients we did not write decode it, at every version."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ib_provider.wire import answers as a
from ib_provider.wire.codec import render_answer
from tests.support.wire_peers import (
    ACCOUNT,
    IB_ASYNC_VERSIONS,
    UNSET,
    VERSIONS,
    ib_async_callbacks,
    ibapi_callbacks,
)

# Answer, the callback it becomes, and that callback's arguments.
PLAIN: list[tuple[a.Answer, str, tuple[Any, ...]]] = [
    (a.ManagedAccounts(accounts=(ACCOUNT, "DU2")), "managedAccounts", (f"{ACCOUNT},DU2",)),
    (a.NextValidId(order_id=42), "nextValidId", (42,)),
    (a.CurrentTime(seconds=1362409200), "currentTime", (1362409200,)),
    (a.ContractDataEnd(request_id=3), "contractDetailsEnd", (3,)),
    (
        a.TickReqParams(request_id=4, min_tick=Decimal("0.01"), bbo_exchange="9c0001"),
        "tickReqParams",
        (4, 0.01, "9c0001", 0),
    ),
    (a.MarketDataTypeAnswer(request_id=4, market_data_type=3), "marketDataType", (4, 3)),
    (
        a.TickSize(request_id=4, tick_type=8, size=Decimal("1000000")),
        "tickSize",
        (4, 8, 1000000),
    ),
    (
        a.TickString(request_id=4, tick_type=45, value="1362409200"),
        "tickString",
        (4, 45, "1362409200"),
    ),
    (
        a.TickGeneric(request_id=4, tick_type=49, value=Decimal(0)),
        "tickGeneric",
        (4, 49, 0.0),
    ),
    (a.TickSnapshotEnd(request_id=4), "tickSnapshotEnd", (4,)),
    (a.OpenOrderEnd(), "openOrderEnd", ()),
    (
        a.OrderStatusAnswer(
            order_id=11,
            status="Filled",
            filled=Decimal("10.5"),
            remaining=Decimal(0),
            avg_fill_price=Decimal("431.25"),
            perm_id=9223372036,
            parent_id=10,
            last_fill_price=Decimal("431.5"),
            client_id=7,
            why_held="locate",
        ),
        "orderStatus",
        (11, "Filled", 10.5, 0, 431.25, 9223372036, 10, 431.5, 7, "locate", 0.0),
    ),
    (a.ExecutionDetailsEnd(request_id=5), "execDetailsEnd", (5,)),
    (a.CompletedOrdersEnd(), "completedOrdersEnd", ()),
    (a.PositionEnd(), "positionEnd", ()),
    (
        a.AccountSummaryAnswer(
            request_id=6, account=ACCOUNT, tag="NetLiquidation", value="1000000.00", currency="USD"
        ),
        "accountSummary",
        (6, ACCOUNT, "NetLiquidation", "1000000.00", "USD"),
    ),
    (a.AccountSummaryEnd(request_id=6), "accountSummaryEnd", (6,)),
    (
        a.AccountValueAnswer(key="CashBalance", value="1.5", currency="USD", account=ACCOUNT),
        "updateAccountValue",
        ("CashBalance", "1.5", "USD", ACCOUNT),
    ),
    (a.AccountUpdateTime(time="10:00"), "updateAccountTime", ("10:00",)),
    (a.AccountDownloadEnd(account=ACCOUNT), "accountDownloadEnd", (ACCOUNT,)),
    (
        a.AccountUpdateMulti(
            request_id=8, account=ACCOUNT, key="Currency", value="USD", currency="USD"
        ),
        "accountUpdateMulti",
        (8, ACCOUNT, "", "Currency", "USD", "USD"),
    ),
    (a.AccountUpdateMultiEnd(request_id=8), "accountUpdateMultiEnd", (8,)),
    (
        a.PnlAnswer(request_id=2, daily=Decimal("12.5"), unrealized=Decimal("-3")),
        "pnl",
        (2, 12.5, -3.0, UNSET),
    ),
]


def _name(value: object) -> str:
    return str(value) if isinstance(value, int | str) else type(value).__name__


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("answer", "callback", "arguments"), PLAIN, ids=_name)
def test_answer_reaches_ibapi_as_its_callback_at_every_version(
    version: int, answer: a.Answer, callback: str, arguments: tuple[Any, ...]
) -> None:
    """Text or protobuf, the callback and its values are the same."""
    assert ibapi_callbacks(version, render_answer(answer, version)) == [(callback, arguments)]


@pytest.mark.parametrize("version", IB_ASYNC_VERSIONS)
@pytest.mark.parametrize(("answer", "callback", "arguments"), PLAIN, ids=_name)
def test_answer_reaches_ib_async_as_its_callback(
    version: int, answer: a.Answer, callback: str, arguments: tuple[Any, ...]
) -> None:
    """The other client family counts fields exactly."""
    assert ib_async_callbacks(version, render_answer(answer, version)) == [(callback, arguments)]


def test_time_in_milliseconds_reaches_ibapi_in_both_formats() -> None:
    """It exists from version 197 on."""
    answer = a.CurrentTimeMillis(milliseconds=1362409200123)
    for version in (200, 207, 213, 225):
        assert ibapi_callbacks(version, render_answer(answer, version)) == [
            ("currentTimeInMillis", (1362409200123,))
        ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("message", ["plain", "zażółć €", "back\\slash\nline", "emoji 😀"])
def test_error_reaches_ibapi_with_its_exact_text(version: int, message: str) -> None:
    """Text is ASCII on the wire and whatever it was on both sides of it."""
    answer = a.ErrorMessage(
        request_id=-1, code=2104, message=message, time_ms=1362409200123, advanced_reject='{"a":1}'
    )
    time_ms = 1362409200123 if version >= 194 else 0
    assert ibapi_callbacks(version, render_answer(answer, version)) == [
        ("error", (-1, time_ms, 2104, message, '{"a":1}'))
    ]


def test_error_reaches_ib_async() -> None:
    """Minus one stays minus one."""
    answer = a.ErrorMessage(request_id=-1, code=2104, message="OK:usfarm")
    assert ib_async_callbacks(178, render_answer(answer, 178)) == [
        ("error", (-1, 2104, "OK:usfarm", ""))
    ]
