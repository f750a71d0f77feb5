# SPDX-License-Identifier: Apache-2.0
"""Instruments into the store, from a simulated gateway over TCP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.contract import Contract, Instrument, NumberedContract, SecType
from ib_provider.domain.load_report import LoadOutcome
from ib_provider.errors import ConnectionLost, GatewaySilent
from ib_provider.simulator.faults import actions
from ib_provider.simulator.faults.fault_plan import Step
from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.server import SimulatedGateway
from ib_provider.store.catalog import ensure_catalog, open_catalog
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.market_rule_store import MarketRuleStore
from ib_provider.usecases.load_instruments import load_instruments

IBM = Contract(symbol="IBM", exchange="SMART", currency="USD")


@pytest.fixture
def store(tmp_path: Path) -> InstrumentStore:
    return InstrumentStore(tmp_path / "market")


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[SimulatedGateway]:
    options = SimulatorOptions(port=0, transcript=tmp_path / "transcript.jsonl")
    async with SimulatedGateway(options) as running:
        yield running


@pytest.fixture
async def client(gateway: SimulatedGateway) -> AsyncIterator[IbClient]:
    endpoint = Endpoint(port=gateway.port, client_id=5, request_timeout_s=20)
    async with IbClient(endpoint) as connected:
        yield connected


def questions(gateway: SimulatedGateway) -> int:
    """Return how many descriptions the gateway was asked about."""
    path = gateway.options.transcript
    assert path is not None
    return path.read_text(encoding="utf-8").count("ReqContractDetails")


async def loaded(client: IbClient, store: InstrumentStore, name: str) -> Instrument:
    """Load one instrument and return it."""
    report = await load_instruments(client, store=store, ids=[name])
    assert report.loaded == (name,)
    return store.get([name])[name]


async def test_every_item_ends_by_name_and_the_good_are_kept(
    client: IbClient, store: InstrumentStore
) -> None:
    """Loaded, ambiguous with its candidates, not found, failed, skipped: one of each."""
    chain = Contract(
        symbol="AAPL", sec_type=SecType.OPT, exchange="SMART", last_trade_date="20130315"
    )
    report = await load_instruments(
        client,
        store=store,
        ids=["AAPL.NASDAQ", "NOPE.NYSE", "aapl", "EUR/USD.IDEALPRO", "BTC/USD.PAXOS"],
        contracts=[IBM, chain],
        sec_types={SecType.STK, SecType.OPT, SecType.CASH},
    )
    outcomes = [item.outcome for item in report.items]
    assert outcomes == [
        LoadOutcome.LOADED,
        LoadOutcome.NOT_FOUND,
        LoadOutcome.FAILED,
        LoadOutcome.LOADED,
        LoadOutcome.SKIPPED,
        LoadOutcome.LOADED,
        LoadOutcome.AMBIGUOUS,
    ]
    assert "AAPL130316C00430000.SMART" in " ".join(report.items[6].candidates) or (
        len(report.items[6].candidates) == 20
    )
    assert report.skipped == ("BTC/USD.PAXOS",)
    assert sorted(item.instrument_id for item in store.all()) == [
        "AAPL.NASDAQ",
        "EUR/USD.IDEALPRO",
        "IBM.NYSE",
    ]
    assert not report.is_transient


async def test_two_spellings_of_one_contract_are_one_instrument(
    client: IbClient, store: InstrumentStore
) -> None:
    """By id, by description, by ISIN: the same conId, one row."""
    report = await load_instruments(
        client,
        store=store,
        ids=["ESM3.CME", "ESM13.CME", "AAPL.XNAS"],
        contracts=[
            Contract(symbol="ES", sec_type=SecType.FUT, exchange="CME", last_trade_date="201306"),
            NumberedContract(
                sec_type=SecType.STK,
                exchange="SMART",
                currency="USD",
                sec_id_type="ISIN",
                sec_id="US0378331005",
            ),
        ],
    )
    assert report.failed == {}
    assert report.loaded == ("ESM13.CME", "AAPL.NASDAQ")
    assert len(store.all()) == 2


async def test_what_is_young_is_not_asked_for_again(
    gateway: SimulatedGateway, client: IbClient, store: InstrumentStore
) -> None:
    """Within the age no message is sent; zero is no age at all."""
    await loaded(client, store, "AAPL.NASDAQ")
    asked = questions(gateway)
    again = await load_instruments(
        client, store=store, ids=["AAPL.NASDAQ"], max_age=timedelta(hours=1)
    )
    assert (again.fresh, again.loaded, questions(gateway)) == (("AAPL.NASDAQ",), (), asked)
    anew = await load_instruments(client, store=store, ids=["AAPL.NASDAQ"], max_age=timedelta(0))
    assert anew.loaded == ("AAPL.NASDAQ",)
    assert questions(gateway) == asked + 1


async def test_a_con_id_that_ib_replaced_is_recorded(
    client: IbClient, store: InstrumentStore
) -> None:
    """IB does not know the old one any more; the description finds the new one, the id stays."""
    now = await loaded(client, store, "AAPL.NASDAQ")
    old = replace(
        now,
        instrument_id="IBM.NYSE",
        contract=replace(now.contract, con_id=999_999, symbol="IBM", local_symbol="IBM"),
        seen_at=datetime(2013, 1, 2, tzinfo=UTC),
    )
    store.upsert([old])
    report = await load_instruments(client, store=store, ids=["IBM.NYSE"])
    assert report.loaded == ("IBM.NYSE",)
    spans = [span for span in store.history() if span.instrument_id == "IBM.NYSE"]
    assert [span.con_id for span in spans] == [999_999, 8314]
    assert spans[0].valid_to == spans[1].valid_from


async def test_a_symbol_that_the_exchange_changed_keeps_its_id(
    client: IbClient, store: InstrumentStore
) -> None:
    """Stored as META, which IB calls FB on this day: the conId is asked for, the id stays."""
    facebook = await loaded(client, store, "FB.NASDAQ")
    other = InstrumentStore(store.root.parent / "other")
    other.upsert([replace(facebook, instrument_id="META.NASDAQ")])
    report = await load_instruments(client, store=other, ids=["META.NASDAQ"])
    assert report.loaded == ("META.NASDAQ",)
    by_description = await load_instruments(
        client, store=other, contracts=[Contract(symbol="FB", exchange="SMART", currency="USD")]
    )
    assert by_description.loaded == ("META.NASDAQ",)
    refused = await load_instruments(client, store=other, ids=["FB.NASDAQ", "IBM.NYSE"])
    assert refused.loaded == ("IBM.NYSE",)
    assert "kept as META.NASDAQ" in refused.failed["FB.NASDAQ"]


async def test_a_continuous_future_moves_with_its_lead_month(
    client: IbClient, store: InstrumentStore
) -> None:
    """It shares the month's conId without taking it away; a roll is a change of conId."""
    report = await load_instruments(client, store=store, ids=["ESH13.CME", "ES.CME"])
    assert report.loaded == ("ESH13.CME", "ES.CME")
    month, rolling = store.get(["ESH13.CME", "ES.CME"]).values()
    assert month.contract.con_id == rolling.contract.con_id
    before = replace(
        rolling,
        contract=replace(rolling.contract, con_id=1),
        seen_at=rolling.seen_at + timedelta(seconds=1),
    )
    store.upsert([before])
    await load_instruments(client, store=store, ids=["ES.CME"])
    spans = [span.con_id for span in store.history() if span.instrument_id == "ES.CME"]
    assert spans == [rolling.contract.con_id, 1, rolling.contract.con_id]


async def test_price_ladders_come_with_the_instruments(
    client: IbClient, store: InstrumentStore
) -> None:
    """Every rule is asked for once; the catalog joins them by instrument and exchange."""
    await load_instruments(client, store=store, ids=["AAPL.NASDAQ", "BARC.LSE", "ESM13.CME"])
    ladders = MarketRuleStore(store.root).get()
    assert ladders[67].round_down(Decimal("1516.30")) == Decimal("1516.25")
    assert ladders[67].round_up(Decimal("1516.30")) == Decimal("1516.50")
    ensure_catalog(store.root)
    with open_catalog(store.root) as connection:
        steps = connection.sql(
            "SELECT increment FROM tick_ladders WHERE instrument_id = 'ESM13.CME'"
        ).fetchall()
        held = connection.sql("SELECT count(*) FROM conid_history WHERE valid_to IS NULL")
        assert held.fetchall() == [(len(store.all()),)]
    assert steps == [(0.25,)]


async def test_a_lost_link_keeps_what_was_answered(store: InstrumentStore) -> None:
    """The gateway hangs up at the fourth question; three instruments are in the store."""
    step = Step(upon="ReqContractDetails", nth=4, action=actions.Drop())
    async with SimulatedGateway(SimulatorOptions(port=0, faults=(step,))) as gateway:
        endpoint = Endpoint(port=gateway.port, client_id=5, request_timeout_s=20)
        async with IbClient(endpoint) as client:
            with pytest.raises(ConnectionLost):
                await load_instruments(
                    client,
                    store=store,
                    ids=["AAPL.NASDAQ", "IBM.NYSE", "MSFT.NASDAQ", "GOOG.NASDAQ", "SPY.ARCA"],
                    in_flight=1,
                )
    assert [item.instrument_id for item in store.all()] == [
        "AAPL.NASDAQ",
        "IBM.NYSE",
        "MSFT.NASDAQ",
    ]


async def test_an_answer_that_never_comes_fails_its_own_item_only(store: InstrumentStore) -> None:
    """No answer is not "not found": the item may succeed later, and says so."""
    step = Step(
        upon="ReqContractDetails",
        nth=1,
        action=actions.TamperAnswers(
            kinds=("ContractData", "ContractDataEnd"), how="lose", share=1.0
        ),
    )
    async with SimulatedGateway(SimulatorOptions(port=0, faults=(step,))) as gateway:
        endpoint = Endpoint(port=gateway.port, client_id=5, request_timeout_s=0.5)
        async with IbClient(endpoint) as client:
            report = await load_instruments(client, store=store, ids=["AAPL.NASDAQ", "nonsense"])
    assert report.is_transient
    assert [item.outcome for item in report.items] == [LoadOutcome.FAILED, LoadOutcome.FAILED]
    assert "no answer within" in report.failed["AAPL.NASDAQ"]
    assert [item.is_transient for item in report.items] == [True, False]


async def test_a_gateway_that_answers_nothing_is_not_asked_for_ever(
    store: InstrumentStore,
) -> None:
    """Twenty silences in a row end the run, for a retry, instead of a time-out for each item."""
    kinds = ("ContractData", "ContractDataEnd", "errors")
    fault = actions.TamperAnswers(kinds=kinds, how="lose")
    step = Step(upon="ReqContractDetails", nth=1, action=fault)
    async with SimulatedGateway(SimulatorOptions(port=0, faults=(step,))) as gateway:
        endpoint = Endpoint(port=gateway.port, client_id=5, request_timeout_s=0.3)
        async with IbClient(endpoint) as client:
            with pytest.raises(GatewaySilent, match="20 questions in a row") as caught:
                await load_instruments(
                    client,
                    store=store,
                    contracts=[Contract(con_id=number) for number in range(1, 200)],
                    in_flight=10,
                )
    assert caught.value.transient
    assert store.all() == ()


async def test_loads_at_the_same_time_lose_nothing(
    client: IbClient, store: InstrumentStore
) -> None:
    """Two loads into one store, overlapping: each contract once."""
    first = load_instruments(client, store=store, ids=["AAPL.NASDAQ", "IBM.NYSE"])
    second = load_instruments(client, store=store, ids=["IBM.NYSE", "MSFT.NASDAQ"])
    reports = await asyncio.gather(first, second)
    assert [len(report.loaded) for report in reports] == [2, 2]
    assert len(store.all()) == 3
