# SPDX-License-Identifier: Apache-2.0
"""Every question about contracts, over a real socket, in text and in protobuf."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.contract import AssetClass, Contract, SecType
from ib_provider.errors import (
    InvalidInstrumentId,
    NoSecurityDefinition,
    RequestFailed,
    RequestTimeout,
)
from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.server import SimulatedGateway
from ib_provider.symbology.trading_hours import parse_hours
from tests.support.scripted_gateway import Peer, ScriptedGateway

AAPL = Contract(con_id=265598, symbol="AAPL", exchange="SMART", currency="USD")
ES = Contract(symbol="ES", sec_type=SecType.FUT, exchange="CME")

#: One of each kind that the simulated gateway offers, as a person would describe it.
KINDS = [
    ("AAPL.NASDAQ", AAPL, AssetClass.EQUITY),
    (
        "EUR/USD.IDEALPRO",
        Contract(symbol="EUR", sec_type=SecType.CASH, exchange="IDEALPRO", currency="USD"),
        AssetClass.FX,
    ),
    ("^SPX.CBOE", Contract(symbol="SPX", sec_type=SecType.IND, exchange="CBOE"), AssetClass.INDEX),
    (
        "CLJ13.NYMEX",
        Contract(
            symbol="CL", sec_type=SecType.FUT, exchange="NYMEX", last_trade_date="201304"
        ),
        AssetClass.COMMODITY,
    ),
    ("ES.CME", Contract(symbol="ES", sec_type=SecType.CONTFUT, exchange="CME"), AssetClass.INDEX),
    (
        "AAPL130316C00430000.SMART",
        Contract(
            symbol="AAPL", sec_type=SecType.OPT, exchange="SMART", currency="USD", right="C",
            last_trade_date="20130315", strike=Decimal(430), trading_class="AAPL",
        ),
        AssetClass.EQUITY,
    ),
    (
        "ESH13 C1500.CME",
        Contract(
            symbol="ES", sec_type=SecType.FOP, exchange="CME", right="C", trading_class="ES",
            last_trade_date="20130315", strike=Decimal(1500),
        ),
        AssetClass.INDEX,
    ),
    (
        "IBUS500.IBCFD",
        Contract(symbol="IBUS500", sec_type=SecType.CFD, exchange="SMART"),
        AssetClass.INDEX,
    ),
    (
        "XAUUSD.IBCMDTY",
        Contract(symbol="XAUUSD", sec_type=SecType.CMDTY, exchange="SMART"),
        AssetClass.COMMODITY,
    ),
    (
        "BTC/USD.PAXOS",
        Contract(symbol="BTC", sec_type=SecType.CRYPTO, exchange="PAXOS", currency="USD"),
        AssetClass.CRYPTO,
    ),
    (
        "#1009880924=BOND.SMART",
        Contract(symbol="US-T", sec_type=SecType.BOND, exchange="SMART"),
        AssetClass.DEBT,
    ),
    (
        "VINIX.FUNDSERV",
        Contract(symbol="VINIX", sec_type=SecType.FUND, exchange="FUNDSERV"),
        AssetClass.FUND,
    ),
    ("", Contract(symbol="AAPL", sec_type=SecType.WAR), AssetClass.EQUITY),
]  # fmt: skip


@pytest.fixture(params=[178, 213, 225])
async def gateway(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[SimulatedGateway]:
    options = SimulatorOptions(
        port=0, max_server_version=request.param, transcript=tmp_path / "transcript.jsonl"
    )
    async with SimulatedGateway(options) as running:
        yield running


@pytest.fixture
async def client(gateway: SimulatedGateway) -> AsyncIterator[IbClient]:
    endpoint = Endpoint(port=gateway.port, client_id=5, request_timeout_s=20)
    async with IbClient(endpoint) as connected:
        yield connected


def sent(gateway: SimulatedGateway, kind: str) -> int:
    """Return how many messages of a kind the gateway received."""
    path = gateway.options.transcript
    assert path is not None
    return sum(kind in line for line in path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(
    ("name", "wanted", "kind"), KINDS, ids=[wanted.sec_type.value for _, wanted, _ in KINDS]
)
async def test_every_kind_of_contract_becomes_an_instrument(
    client: IbClient, name: str, wanted: Contract, kind: AssetClass
) -> None:
    """Thirteen kinds, each with its id, class, ladder, sizes and hours that can be read."""
    (found,) = await client.contract_details(wanted)
    assert found.contract.sec_type is wanted.sec_type
    assert not name or found.instrument_id == name
    assert found.asset_class is kind
    assert found.min_tick > 0
    assert found.size_increment > 0
    assert found.lot_size > 0
    assert found.multiplier > 0
    rule = found.market_rule_at()
    assert rule is not None
    assert (await client.market_rule(rule)).increment_at(Decimal(1)) > 0
    if found.trading_hours:
        hours = parse_hours(found.trading_hours, found.time_zone)
        assert hours.spans
        assert all(span.open < span.close for span in hours.spans)


async def test_a_bond_tells_its_terms(client: IbClient) -> None:
    """Bonds come by a message of their own; coupon and numbers are kept."""
    (bond,) = await client.contract_details(KINDS[10][1])
    assert (bond.cusip, bond.isin) == ("912828UN8", "US912828UN88")
    assert Decimal(dict(bond.details)["coupon"]) == 2


async def test_futures_name_underlying_multiplier_and_expiry(client: IbClient) -> None:
    """The third Friday of March 2013, fifty dollars a point, on the S&P 500's index."""
    months = await client.contract_details(ES)
    front = months[0]
    assert (front.contract.last_trade_date, front.expiry) == ("20130315", date(2013, 3, 15))
    assert (front.multiplier, front.under_con_id, front.under_symbol) == (50, 11004968, "ES")
    assert front.contract_month == "201303"


async def test_expired_months_are_listed_only_where_they_are_asked_for(client: IbClient) -> None:
    """Two years back, for whoever stitches a history."""
    now = {item.instrument_id for item in await client.contract_details(ES)}
    ever = {item.instrument_id for item in await client.contract_details(ES, include_expired=True)}
    assert now < ever
    assert "ESZ12.CME" in ever - now


async def test_option_parameters_keep_strikes_multiplier_and_class(client: IbClient) -> None:
    """Everything that IB says of a chain arrives: one row an exchange and class."""
    chains = await client.option_parameters(AAPL)
    smart = {chain.trading_class: chain for chain in chains if chain.exchange == "SMART"}
    assert set(smart) == {"AAPL", "AAPL1"}
    chain = smart["AAPL"]
    assert (chain.multiplier, chain.under_con_id) == ("100", 265598)
    assert date(2013, 3, 15) in chain.expirations
    assert Decimal("432.5") in chain.strikes
    assert list(chain.strikes) == sorted(chain.strikes)


async def test_option_parameters_of_a_future_are_of_its_exchange(client: IbClient) -> None:
    """Options on the March future, at CME."""
    front = (await client.contract_details(ES))[0]
    chains = await client.option_parameters(front.contract, exchange="CME")
    assert {chain.exchange for chain in chains} == {"CME"}
    assert {chain.trading_class for chain in chains} >= {"ES", "EW2"}


async def test_option_parameters_of_what_has_none_are_empty(client: IbClient) -> None:
    """IB ended its answer without a row: there are none, and that is no error."""
    pair = Contract(con_id=12087792, symbol="EUR", sec_type=SecType.CASH, exchange="IDEALPRO")
    assert await client.option_parameters(pair) == ()


async def test_market_rule_is_a_ladder(client: IbClient) -> None:
    """Options in cents below three dollars, in nickels from there."""
    ladder = await client.market_rule(32)
    assert ladder.increment_at(Decimal("2.99")) == Decimal("0.01")
    assert ladder.increment_at(Decimal(3)) == Decimal("0.05")


async def test_market_rule_that_ib_does_not_know_fails_at_once(client: IbClient) -> None:
    """The refusal carries no id at all; the question still ends, and the next one is answered."""
    with pytest.raises(RequestFailed, match="market rule 4711"):
        await client.market_rule(4711)
    assert (await client.market_rule(26)).rule_id == 26


async def test_market_rules_at_once_do_not_mix(client: IbClient) -> None:
    """Answers name their rule; many may be open."""
    rules = (26, 32, 67, 239, 9011)
    ladders = await asyncio.gather(*map(client.market_rule, rules))
    assert tuple(ladder.rule_id for ladder in ladders) == rules


async def test_matching_symbols_say_what_there_is_on_them(client: IbClient) -> None:
    """A few letters find the stock, with its conId and its derivatives."""
    matches = await client.matching_symbols("AAP")
    (stock,) = [match for match in matches if match.contract.con_id == 265598]
    assert (stock.contract.symbol, stock.contract.primary_exchange) == ("AAPL", "NASDAQ")
    assert "OPT" in stock.derivative_sec_types
    assert await client.matching_symbols("NOSUCHNAME") == ()


async def test_equal_questions_at_once_share_one_message_and_the_real_answer(
    gateway: SimulatedGateway, client: IbClient
) -> None:
    """Twenty askers, one message; each has every row. The next asker asks anew."""
    wanted = Contract(symbol="IBM", exchange="SMART", currency="USD")
    before = sent(gateway, "ReqContractDetails")
    answers = await asyncio.gather(*(client.contract_details(wanted) for _ in range(20)))
    assert {answer[0].contract.con_id for answer in answers} == {8314}
    assert sent(gateway, "ReqContractDetails") == before + 1
    await client.contract_details(wanted)
    assert sent(gateway, "ReqContractDetails") == before + 2


async def test_equal_questions_share_the_real_error(client: IbClient) -> None:
    """Nobody gets an empty answer because somebody else was first."""
    wanted = Contract(symbol="XQZ", exchange="SMART", currency="USD")
    answers = await asyncio.gather(
        *(client.contract_details(wanted) for _ in range(5)), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [NoSecurityDefinition] * 5


async def test_an_asker_who_gives_up_takes_nobody_with_him(client: IbClient) -> None:
    """The first of two equal questions is cancelled; the second still gets the answer."""
    chain = Contract(
        symbol="AAPL", sec_type=SecType.OPT, exchange="SMART", last_trade_date="20130315"
    )
    first = asyncio.ensure_future(client.contract_details(chain))
    second = asyncio.ensure_future(client.contract_details(chain))
    await asyncio.sleep(0)
    first.cancel()
    assert len(await second) > 50
    assert first.cancelled()


async def test_a_question_that_is_given_up_is_called_off_at_the_gateway(
    gateway: SimulatedGateway, client: IbClient
) -> None:
    """The last asker's patience ends; the gateway is told, from the version that can be told."""
    chain = Contract(symbol="SPX", sec_type=SecType.OPT, exchange="SMART")
    with pytest.raises(RequestTimeout):
        await client.contract_details(chain, timeout_s=0.001)
    await client.current_time()
    assert bool(sent(gateway, "CancelContractData")) == (client.server_version >= 215)


def _details(request_id: str, sec_type: str, con_id: int, last: str = "") -> list[object]:
    """Return a contract details message at server version 200, in the wire's own words."""
    day = last.partition(" ")[0]
    return [
        10, request_id, "XYZ", sec_type, last, day, "0", "", "NYMEX", "USD", "XYZN3", "XYZ",
        "XYZ", con_id, "0.01", "1000", "LMT", "NYMEX", 1, 0, "A THING", "", "201307", "", "", "",
        "US/Eastern", "20130305:CLOSED;20130304:0930-20130304:1600", "", "", 0, 0, 0, "", "",
        "26", day, "", "1", "1", "1", 0,
    ]  # fmt: skip


async def test_a_time_of_day_of_expiry_becomes_an_instant() -> None:
    """The gateway writes it behind the date; the zone is the contract's, in summer time."""

    async def script(peer: Peer) -> None:
        asked = await peer.expect(9)
        peer.send(*_details(asked[2], "FUT", 77, "20130722 14:30:00 US/Eastern"))
        peer.send(52, 1, asked[2])
        await peer.receive()

    async with (
        ScriptedGateway(script) as gateway,
        IbClient(Endpoint(port=gateway.port, client_id=1, request_timeout_s=5)) as client,
    ):
        (found,) = await client.contract_details(Contract(symbol="XYZ", sec_type=SecType.FUT))
    assert found.contract.last_trade_date == "20130722"
    assert found.expires_at == datetime(2013, 7, 22, 18, 30, tzinfo=UTC)


async def test_a_type_that_nobody_here_knows_spoils_no_answer() -> None:
    """A structured product among the rows is left out; alone, it is an error that names it."""

    async def script(peer: Peer) -> None:
        asked = await peer.expect(9)
        peer.send(*_details(asked[2], "SPACECOIN", 78))
        peer.send(*_details(asked[2], "FUT", 79, "20130722"))
        peer.send(52, 1, asked[2])
        asked = await peer.expect(9)
        peer.send(*_details(asked[2], "SPACECOIN", 78))
        peer.send(52, 1, asked[2])
        await peer.receive()

    async with (
        ScriptedGateway(script) as gateway,
        IbClient(Endpoint(port=gateway.port, client_id=1, request_timeout_s=5)) as client,
    ):
        (found,) = await client.contract_details(Contract(symbol="XYZ", sec_type=SecType.FUT))
        assert found.contract.con_id == 79
        with pytest.raises(InvalidInstrumentId, match="SPACECOIN XYZN3"):
            await client.contract_details(Contract(symbol="XYZ", sec_type=SecType.FUT))
