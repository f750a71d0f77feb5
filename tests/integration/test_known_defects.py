# SPDX-License-Identifier: Apache-2.0
"""What users of other adapters were hurt by, and what no other test shows to be absent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSpec
from ib_provider.domain.contract import Combination, ComboLeg, Contract, SecType
from ib_provider.domain.order import Order, OrderState, OrderStatus, OrderType, Side
from ib_provider.domain.order_terms import OcaType
from ib_provider.errors import GatewayNotReady, InvalidOrder
from ib_provider.ledger.ledger import Ledger
from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.server import SimulatedGateway
from ib_provider.store.account_table import ACCOUNT_TABLES
from ib_provider.store.bar_store import BarStore
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.part_store import PartStore
from ib_provider.usecases.fetch_bars import fetch_bars
from ib_provider.usecases.load_instruments import load_instruments
from ib_provider.usecases.read_book import read_book
from ib_provider.usecases.snapshot_account import snapshot_accounts
from tests.support.instrument_values import AAPL
from tests.support.scripted_gateway import ACCOUNT, Peer, ScriptedGateway

LOW = Decimal(300)  # AAPL stood near 440 on 26 February 2013


@pytest.fixture(params=[178, 225])
async def gateway(request: pytest.FixtureRequest) -> AsyncIterator[SimulatedGateway]:
    options = SimulatorOptions(
        port=0,
        clock="2013-02-26T11:00:00-05:00",
        max_server_version=request.param,
        positions={"V": Decimal(12)},
        fill_delay_s=0.01,
    )
    async with SimulatedGateway(options) as running:
        yield running


def session(gateway: SimulatedGateway | ScriptedGateway, client_id: int = 3) -> IbClient:
    return IbClient(Endpoint(port=gateway.port, client_id=client_id, request_timeout_s=20.0))


def order(ref: str, **changes: object) -> Order:
    values: dict[str, object] = {
        "side": Side.BUY,
        "quantity": Decimal(10),
        "order_type": OrderType.LIMIT,
        "limit_price": LOW,
        "account": ACCOUNT,
        "order_ref": ref,
    }
    return Order(**(values | changes))  # type: ignore[arg-type]


async def until(client: IbClient, ref: str, status: OrderStatus) -> OrderState:
    """Wait until the order is in this state; the fixture's client has a bound on each answer."""
    for _ in range(200):
        orders = (*await client.open_orders(), *await client.completed_orders())
        for state in orders:
            if state.order.order_ref == ref and state.status is status:
                return state
        await asyncio.sleep(0.05)
    pytest.fail(f"{ref} never became {status}")


async def holdings_of_any_type(peer: Peer) -> None:
    """A warrant, a type of tomorrow, a fund and a stock are held; nothing is ordered."""
    await peer.expect(61)
    head = (61, 3, ACCOUNT)
    peer.send(*head, 77, "ACME W", "WAR", "20131220", "45", "C", "1", "", "CHF", "A W", "", 5, 2)
    peer.send(*head, 78, "NEWS", "EVENT", "", "0", "", "", "", "USD", "NEWS", "", 3, 1)
    peer.send(*head, 79, "VINIX", "FUND", "", "0", "", "", "", "USD", "VINIX", "", 4, 1)
    peer.send(*head, 265598, "AAPL", "STK", "", "0", "", "", "", "USD", "AAPL", "NMS", 7, 400)
    peer.send(62, 1)
    await peer.expect(64)
    await peer.expect(16)
    peer.send(53, 1)
    for rows in (
        (("NetLiquidation", "5000"), ("TotalCashValue", "100")),
        (("CashBalance", "100"),),
    ):
        fields = await peer.expect(62)
        for tag, value in rows:
            peer.send(63, 1, fields[2], ACCOUNT, tag, value, "USD")
        peer.send(64, 1, fields[2])
        await peer.expect(63)
    await asyncio.sleep(30)


async def test_holdings_that_no_id_can_name_break_no_run(tmp_path: Path) -> None:
    """They are in the book under IB's words; a stock has the id of its conId, whatever is said."""
    store = InstrumentStore(tmp_path)
    store.keep([AAPL])
    told: list[str] = []
    async with ScriptedGateway(holdings_of_any_type) as gateway, session(gateway) as client:
        book = await read_book(
            client,
            store=store,
            account=ACCOUNT,
            currency="USD",
            ids=["AAPL.NASDAQ"],
            quoted=(),
            progress=told.append,
        )
    assert book.positions["AAPL.NASDAQ"] == 7
    assert sorted(book.positions.values()) == [3, 4, 5, 7]
    assert set(book.instruments) == {"AAPL.NASDAQ"}
    assert any("NEWS" in name and "78" in name for name in book.untradable)
    assert len([line for line in told if "left alone" in line]) == 3


async def book_of_any_type(peer: Peer) -> None:
    """One value, one holding of a type of tomorrow, no profit and loss."""
    while True:
        fields = await peer.receive()
        if fields[0] == "49":
            peer.send(49, 1, 1362412800)
        elif fields[0] == "6" and fields[2] == "1":
            peer.send(6, 2, "NetLiquidation", "5000", "USD", ACCOUNT)
            what = (78, "NEWS", "EVENT", "", "0", "", "", "", "USD", "NEWS", "")
            peer.send(7, 8, *what, 3, "1.5", "4.5", 1, "1.5", 0, ACCOUNT)
            peer.send(54, 1, ACCOUNT)
        elif fields[0] == "92":
            peer.error(int(fields[1]), 321, "Error validating request: not today")


async def test_holding_of_an_unknown_type_is_kept_in_a_snapshot(tmp_path: Path) -> None:
    """An account is written down as IB tells it, whatever it holds."""
    store = PartStore(tmp_path)
    async with ScriptedGateway(book_of_any_type) as gateway, session(gateway) as client:
        (taken,) = await snapshot_accounts(client, store=store, snapshot="one")
    assert "not today" in taken.no_pnl
    (row,) = store.read(ACCOUNT_TABLES["positions"], ACCOUNT).to_pylist()
    assert (row["con_id"], row["symbol"], row["quantity"]) == (78, "NEWS", 3)


async def test_holding_that_was_never_loaded_is_in_the_book(
    gateway: SimulatedGateway, tmp_path: Path
) -> None:
    """Only what is wanted must be in the store; a plan shows the rest and leaves it."""
    store = InstrumentStore(tmp_path)
    async with session(gateway) as client:
        await load_instruments(client, store=store, ids=["AAPL.NASDAQ"])
        book = await read_book(
            client, store=store, account=ACCOUNT, currency="USD", ids=["AAPL.NASDAQ"]
        )
    assert book.positions == {"V.NYSE": 12}
    assert book.untradable == frozenset()
    assert set(book.quotes) == {"AAPL.NASDAQ"}


async def test_combination_fills_by_legs_and_counts_no_leg_twice(
    gateway: SimulatedGateway,
) -> None:
    """A calendar spread is one order; what is held afterwards is its legs, each once."""
    async with session(gateway) as client:
        legs = []
        for month, ratio in (("201303", -1), ("201306", 1)):
            (found,) = await client.contract_details(
                Contract(symbol="ES", sec_type=SecType.FUT, exchange="CME", last_trade_date=month)
            )
            legs.append(ComboLeg(ratio=ratio, con_id=found.contract.con_id, exchange="CME"))
        spread = Combination(symbol="ES", exchange="CME", currency="USD", legs=tuple(legs))
        quote = await client.quote(spread)
        assert quote.bid is not None
        assert quote.ask is not None
        assert quote.bid < quote.ask
        wanted = order("spread", order_type=OrderType.MARKET, limit_price=None, quantity=Decimal(2))
        state = await client.place_order(client.next_order_id(), spread, wanted)
        await until(client, "spread", OrderStatus.FILLED)
        fills = [
            fill.execution
            for fill in await client.executions()
            if fill.execution.order_ref == "spread"
            and fill.execution.contract.sec_type is SecType.FUT
        ]
        held = {row.contract.con_id: row.quantity for row in await client.positions()}
    assert state.perm_id
    traded = {leg.con_id: 2 * leg.ratio for leg in legs}
    assert {key: held[key] for key in traded} == traded
    assert {
        key: sum(
            fill.quantity if fill.side is Side.BUY else -fill.quantity
            for fill in fills
            if fill.contract.con_id == key
        )
        for key in traded
    } == traded


async def test_order_goes_to_the_exchange_that_its_contract_names(
    gateway: SimulatedGateway,
) -> None:
    """The router for one, an exchange for another, of one instrument."""
    direct = replace(AAPL.contract, exchange="NASDAQ")
    async with session(gateway) as client:
        await client.place_order(client.next_order_id(), AAPL.contract, order("routed"))
        await client.place_order(client.next_order_id(), direct, order("direct"))
        shown = {
            state.order.order_ref: state.contract.exchange for state in await client.open_orders()
        }
    assert shown == {"routed": "SMART", "direct": "NASDAQ"}


async def test_cancel_of_one_strategy_leaves_the_others_and_the_other_side(
    gateway: SimulatedGateway,
) -> None:
    """Orders are cancelled by their references, never by their instrument."""
    contract = AAPL.contract
    async with session(gateway) as client:
        await client.place_order(client.next_order_id(), contract, order("trend.1"))
        await client.place_order(client.next_order_id(), contract, order("carry.1"))
        sell = order("trend-exit.1", side=Side.SELL, limit_price=Decimal(600))
        await client.place_order(client.next_order_id(), contract, sell)
        for state in await client.open_orders():
            if state.order.order_ref.startswith("trend."):
                await client.cancel_order(state.order_id)
        await until(client, "trend.1", OrderStatus.CANCELLED)
        left = {state.order.order_ref for state in await client.open_orders()}
    assert left == {"carry.1", "trend-exit.1"}


async def test_order_of_a_group_changes_its_price_and_never_its_group(
    gateway: SimulatedGateway,
) -> None:
    """IB refuses to move an order between groups; that is known before anything is sent."""
    contract, group = AAPL.contract, {"oca_group": "g1", "oca_type": OcaType.CANCEL_WITH_BLOCK}
    async with session(gateway) as client:
        first = await client.place_order(client.next_order_id(), contract, order("a", **group))
        await client.place_order(client.next_order_id(), contract, order("b", **group))
        with pytest.raises(InvalidOrder, match="oca_group"):
            await client.modify_order(first.order_id, replace(first.order, oca_group="g2"))
        crossing = replace(first.order, limit_price=Decimal(600))
        await client.modify_order(first.order_id, crossing)
        await until(client, "a", OrderStatus.FILLED)
        await until(client, "b", OrderStatus.CANCELLED)


async def test_part_of_a_download_that_fails_is_named_and_asked_for_again(
    gateway: SimulatedGateway, tmp_path: Path
) -> None:
    """A shorter list is no success: the report says what lacks, and the next run brings it."""
    store, bars = InstrumentStore(tmp_path), BarStore(tmp_path)
    async with session(gateway) as client:
        await load_instruments(client, store=store, ids=["AAPL.NASDAQ", "IBM.NYSE"])
    good = store.get(["AAPL.NASDAQ", "IBM.NYSE"])
    ibm = good["IBM.NYSE"]
    wrong = replace(ibm, contract=replace(ibm.contract, con_id=999_999_999))
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", locks=tmp_path / "locks") as ledger:
        for wanted, failed, staged in (
            ([good["AAPL.NASDAQ"], wrong], {"IBM.NYSE"}, {"AAPL.NASDAQ"}),
            ([good["AAPL.NASDAQ"], ibm], set(), {"IBM.NYSE"}),
        ):
            report = await fetch_bars(
                lambda: session(gateway),
                bars=bars,
                ledger=ledger,
                instruments=wanted,
                spec=BarSpec(),
                start=date(2013, 1, 2),
                end=date(2013, 2, 1),
                batch="one",
            )
            assert set(report.failed) == failed
            assert {name for name, rows in report.staged.items() if rows} >= staged


async def test_socket_of_a_failed_handshake_is_closed() -> None:
    """A gateway has few places; an attempt that failed must not keep one."""
    closed = asyncio.Event()

    async def says_nothing(peer: Peer) -> None:
        while await peer.reader.read(1024):
            pass
        closed.set()

    async with ScriptedGateway(says_nothing, greets=False) as gateway:
        client = IbClient(Endpoint(port=gateway.port, connect_timeout_s=0.3))
        with pytest.raises(GatewayNotReady):
            await client.connect()
        await asyncio.wait_for(closed.wait(), 10)
