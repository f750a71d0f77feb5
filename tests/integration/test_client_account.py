# SPDX-License-Identifier: Apache-2.0
"""Account questions of the client at the simulated gateway, over TCP, in text and in protobuf."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.account import AccountValue
from ib_provider.errors import RequestFailed, RequestTimeout, WrongAccount
from ib_provider.simulator.exchange.trading_options import TradingOptions
from ib_provider.simulator.limits.limits import Limits
from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.server import SimulatedGateway
from tests.support.scripted_gateway import Peer, ScriptedGateway

CLOCK = "2013-03-04T11:00:00-05:00"
FIRST, SECOND = "DU1000001", "DU1000002"


@pytest.fixture(params=(178, 200, 225))
async def client(request: pytest.FixtureRequest) -> AsyncIterator[IbClient]:
    options = SimulatorOptions(
        port=0,
        clock=CLOCK,
        max_server_version=request.param,
        positions={"AAPL": Decimal(10), "IBM": Decimal(-4)},
        limits=Limits(max_messages=0),
        trading=TradingOptions(more_accounts=(SECOND,)),
    )
    async with SimulatedGateway(options) as gateway:
        endpoint = Endpoint(port=gateway.port, client_id=3, request_timeout_s=20.0)
        async with IbClient(endpoint) as connected:
            yield connected


async def test_book_holds_values_by_currency_and_the_portfolio(client: IbClient) -> None:
    """One account's everything in one answer, cash and holdings adding up."""
    book = await client.account_book(FIRST)
    assert {value.account for value in book.values} == {FIRST}
    held = {item.contract.symbol: item for item in book.portfolio}
    assert {name: item.quantity for name, item in held.items()} == {
        "AAPL": Decimal(10),
        "IBM": Decimal(-4),
    }
    for item in held.values():
        assert item.market_price is not None
        assert item.market_value is not None
        assert abs(item.market_value - item.quantity * item.market_price) < 1
    net, cash = book.amount("NetLiquidation", "USD"), book.amount("TotalCashValue", "USD")
    assert net is not None
    assert cash is not None
    assert abs(net - cash - sum(item.market_value or 0 for item in held.values())) < 1
    assert book.amount("NoSuchTag", "USD") is None


async def test_books_of_two_accounts_do_not_mix(client: IbClient) -> None:
    """A gateway serves one account's updates at a time: callers take turns."""
    one, other = await asyncio.gather(client.account_book(FIRST), client.account_book(SECOND))
    assert (one.account, other.account) == (FIRST, SECOND)
    assert {value.account for value in other.values} == {SECOND}


async def test_ledger_has_every_currency_of_every_account(client: IbClient) -> None:
    """Values come by currency, and zero is one."""
    rows = await client.currency_ledger()
    assert {row.account for row in rows} == {FIRST, SECOND}
    assert {"USD", "BASE"} <= {row.currency for row in rows}
    cash = [row.amount for row in rows if (row.account, row.tag) == (FIRST, "CashBalance")]
    assert cash
    assert None not in cash


async def test_ten_summaries_at_once_take_turns(client: IbClient) -> None:
    """A gateway serves two summaries and refuses a third; nobody here is refused."""
    answers = await asyncio.gather(
        *(client.account_summary(("NetLiquidation", "BuyingPower")) for _ in range(10))
    )
    assert {len(answer) for answer in answers} == {4}


async def test_values_and_positions_of_one_account(client: IbClient) -> None:
    """The questions that name their account answer for it alone."""
    values = await client.account_values(SECOND)
    assert {value.account for value in values} == {SECOND}
    ledger = await client.account_values(SECOND, ledger_only=True)
    assert 0 < len(ledger) <= len(values)
    held = await client.positions_of(FIRST)
    assert {row.contract.symbol: row.quantity for row in held} == {"AAPL": 10, "IBM": -4}
    assert all(row.account == FIRST for row in held)


async def test_profit_and_loss_is_a_number_or_none(client: IbClient) -> None:
    """Of the account and of a position; the stream goes on, the question ends it."""
    total = await client.pnl(FIRST)
    assert total.account == FIRST
    assert total.unrealized is not None
    aapl = next(r for r in await client.positions_of(FIRST) if r.contract.symbol == "AAPL")
    part = await client.position_pnl(FIRST, aapl.contract.con_id)
    assert part.quantity == 10
    assert part.value is not None
    async with client.pnl_updates(FIRST) as stream:
        assert (await anext(stream)).account == FIRST


async def test_account_of_another_login_is_refused_before_it_is_asked(client: IbClient) -> None:
    """IB would answer nothing, for ever."""
    for question in (client.account_book("DU9"), client.positions_of("DU9"), client.pnl("DU9")):
        with pytest.raises(WrongAccount):
            await question


async def test_unset_numbers_are_none_and_zero_is_zero() -> None:
    """1.7976931348623157E308 is "not set", 0 is nothing gained, and a text is no number."""

    async def script(peer: Peer) -> None:
        stream = (await peer.expect(92))[1]
        peer.send(94, stream, "0", "1.7976931348623157E308", "-3.5")
        await peer.expect(93)
        await peer.expect(6)
        peer.send(6, 2, "NetLiquidation", "1.7976931348623157E308", "USD", FIRST)
        peer.send(6, 2, "TotalCashValue", "0", "USD", FIRST)
        peer.send(6, 2, "AccountType", "INDIVIDUAL", "", FIRST)
        peer.send(54, 1, FIRST)
        await peer.expect(6)

    async with (
        ScriptedGateway(script) as gateway,
        IbClient(Endpoint(port=gateway.port, client_id=0)) as client,
    ):
        profit = await client.pnl(FIRST)
        assert (profit.daily, profit.unrealized, profit.realized) == (
            Decimal(0),
            None,
            Decimal("-3.5"),
        )
        book = await client.account_book(FIRST)
        assert book.amount("NetLiquidation", "USD") is None
        assert book.amount("TotalCashValue", "USD") == 0
        assert book.amount("AccountType", "") is None
        assert book.portfolio == ()


async def test_silent_gateway_is_a_time_limit_not_an_empty_account() -> None:
    """No answer is no answer, and each question is called off at the gateway."""

    async def script(peer: Peer) -> None:
        while True:
            await peer.receive()

    async with (
        ScriptedGateway(script) as gateway,
        IbClient(Endpoint(port=gateway.port, client_id=0, request_timeout_s=0.2)) as client,
    ):
        for question in (client.account_book(FIRST), client.pnl(FIRST), client.positions()):
            with pytest.raises(RequestTimeout):
                await question


async def test_refused_summary_is_asked_again_for_a_while() -> None:
    """The gateway may still be ending another summary; any other refusal is final."""

    async def script(peer: Peer) -> None:
        text = "Maximum number of account summary requests exceeded"
        for _ in range(2):
            peer.error(int((await peer.expect(62))[2]), 322, text)
            await peer.expect(63)
        asked = (await peer.expect(62))[2]
        peer.send(63, 1, asked, FIRST, "NetLiquidation", "5", "USD")
        peer.send(64, 1, asked)
        await peer.expect(63)
        peer.error(int((await peer.expect(62))[2]), 321, "no such group")

    async with (
        ScriptedGateway(script) as gateway,
        IbClient(Endpoint(port=gateway.port, client_id=0)) as client,
    ):
        assert await client.account_summary(("NetLiquidation",)) == (
            AccountValue(account=FIRST, tag="NetLiquidation", value="5", currency="USD"),
        )
        with pytest.raises(RequestFailed, match="321"):
            await client.account_summary(("NetLiquidation",))
