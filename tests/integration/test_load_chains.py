# SPDX-License-Identifier: Apache-2.0
"""Chains of futures and options into the store, from a simulated gateway over TCP.

The clock is on Monday 4 March 2013; Apple is near 432 dollars.
"""

from __future__ import annotations

import textwrap
from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.chain_report import ChainReport
from ib_provider.domain.option_chain import DaysWindow, OptionWish
from ib_provider.domain.roll_rule import RollRule
from ib_provider.errors import ChainNotOffered, NoMarketDataPermission
from ib_provider.simulator.faults import actions
from ib_provider.simulator.faults.fault_plan import Step
from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.server import SimulatedGateway
from ib_provider.store.catalog import ensure_catalog, open_catalog
from ib_provider.store.chain_store import ChainStore
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.roll_store import RollStore
from ib_provider.usecases.load_chains import load_chains
from ib_provider.usecases.load_futures_chain import load_futures_chain
from ib_provider.usecases.load_instruments import load_instruments
from ib_provider.usecases.load_option_chains import load_option_chains
from tests.support.airflow_home import PROJECT

CALLS = frozenset("C")


def within(min_days: int | None, max_days: int | None) -> DaysWindow:
    return DaysWindow(min_days=min_days, max_days=max_days)


@pytest.fixture
def store(tmp_path: Path) -> InstrumentStore:
    return InstrumentStore(tmp_path / "market")


@pytest.fixture
async def gateway() -> AsyncIterator[SimulatedGateway]:
    async with SimulatedGateway(SimulatorOptions(port=0)) as running:
        yield running


@pytest.fixture
async def client(gateway: SimulatedGateway) -> AsyncIterator[IbClient]:
    endpoint = Endpoint(port=gateway.port, client_id=5, request_timeout_s=20)
    async with IbClient(endpoint) as connected:
        yield connected


async def options(
    client: IbClient,
    store: InstrumentStore,
    wish: OptionWish,
    *,
    underlying: str = "AAPL.NASDAQ",
    **more: object,
) -> ChainReport:
    """Load the chain of one underlying."""
    (report,) = await load_option_chains(
        client,
        store=store,
        underlying=underlying,
        wish=wish,
        **more,  # type: ignore[arg-type]
    )
    return report


@pytest.mark.parametrize(
    ("window", "months"),
    [
        ((0, 11), ["ESH13.CME"]),
        ((0, 10), []),
        ((11, 11), ["ESH13.CME"]),
        ((12, 200), ["ESM13.CME", "ESU13.CME"]),
        ((0, None), ["ESH13.CME", "ESM13.CME", "ESU13.CME", "ESZ13.CME", "ESH14.CME"]),
        ((0, 0), []),
    ],
)
async def test_futures_are_filtered_by_days_to_expiry(
    client: IbClient,
    store: InstrumentStore,
    window: tuple[int | None, int | None],
    months: list[str],
) -> None:
    """15 March is eleven days away; both bounds count, and zero is a bound."""
    report = await load_futures_chain(client, store=store, root="ES.CME", window=within(*window))
    assert list(report.instruments) == months
    assert [item.instrument_id for item in store.all()] == sorted(months)
    assert report.requests == 1


async def test_a_future_that_stops_today_is_zero_days_away(store: InstrumentStore) -> None:
    """On its last day of trading, in Chicago."""
    options = SimulatorOptions(port=0, clock="2013-03-15T08:00:00-05:00")
    async with (
        SimulatedGateway(options) as gateway,
        IbClient(Endpoint(port=gateway.port, client_id=5)) as client,
    ):
        report = await load_futures_chain(client, store=store, root="ES.CME", window=within(0, 0))
    assert report.instruments == ("ESH13.CME",)


async def test_expired_months_are_behind_a_bound_below_zero(
    client: IbClient, store: InstrumentStore
) -> None:
    """Two years of them, for whoever stitches a history."""
    report = await load_futures_chain(
        client, store=store, root="ES.CME", window=within(-90, -1), include_expired=True
    )
    assert report.instruments == ("ESZ12.CME",)


async def test_a_root_that_ib_does_not_list_is_an_error(
    client: IbClient, store: InstrumentStore
) -> None:
    """Not an empty chain; a stock is no root either."""
    for root, reason in (("XX.CME", "no future like it"), ("AAPL.NASDAQ", "it is STK")):
        with pytest.raises(ChainNotOffered, match=reason):
            await load_futures_chain(client, store=store, root=root, window=within(0, None))


async def test_roll_calendar_covers_every_month_without_a_gap(
    client: IbClient, store: InstrumentStore
) -> None:
    """Each month begins where the one before it ends, eight days before its last day."""
    rule = RollRule(days_before=8, months="HMUZ")
    await load_futures_chain(client, store=store, root="ES.CME", window=within(0, 30), roll=rule)
    rolls = RollStore(store.root).get("ES.CME", str(rule))
    assert [roll.instrument_id for roll in rolls] == [
        "ESH13.CME", "ESM13.CME", "ESU13.CME", "ESZ13.CME", "ESH14.CME",
    ]  # fmt: skip
    assert (rolls[0].start, rolls[0].end) == (None, date(2013, 3, 7))
    assert (rolls[-1].start, rolls[-1].end) == (date(2013, 12, 12), None)
    assert all(before.end == after.start for before, after in pairwise(rolls))


async def test_options_around_the_money_of_each_expiration(
    client: IbClient, store: InstrumentStore
) -> None:
    """Two strikes below 432 and two from it up, calls only; one message an expiration."""
    wish = OptionWish(
        window=within(0, 11), around=2, rights=CALLS, trading_classes=frozenset({"AAPL"})
    )
    report = await options(client, store, wish, price=Decimal(432))
    assert list(report.instruments) == [
        f"AAPL{day}C{strike}.SMART"
        for day in ("130308", "130316")
        for strike in ("00427500", "00430000", "00432500", "00435000")
    ]
    assert report.requests == 3  # the parameters, and two expirations
    kept = store.get(report.instruments)
    assert len(kept) == 8
    first = kept[report.instruments[0]]
    assert (first.multiplier, first.under_con_id) == (100, 265598)


async def test_options_of_a_strike_range_and_both_rights(
    client: IbClient, store: InstrumentStore
) -> None:
    """Bounds are inclusive; puts and calls."""
    wish = OptionWish(window=within(0, 5), min_strike=Decimal(430), max_strike=Decimal("432.5"))
    report = await options(client, store, wish)
    assert list(report.instruments) == [
        "AAPL130308C00430000.SMART",
        "AAPL130308P00430000.SMART",
        "AAPL130308C00432500.SMART",
        "AAPL130308P00432500.SMART",
    ]


async def test_options_by_moneyness_ask_the_gateway_for_the_price(
    client: IbClient, store: InstrumentStore
) -> None:
    """Within one per cent of what the gateway quotes."""
    wish = OptionWish(
        window=within(0, 5),
        rights=CALLS,
        min_moneyness=Decimal("0.99"),
        max_moneyness=Decimal("1.01"),
    )
    report = await options(client, store, wish)
    strikes = [item.contract.strike for item in store.get(report.instruments).values()]
    assert strikes
    assert all(strike is not None and 415 < strike < 450 for strike in strikes)


async def test_strikes_that_an_expiration_does_not_have_are_remembered(
    client: IbClient, store: InstrumentStore
) -> None:
    """The class lists 250, its week does not: nobody asks again before the answer is old."""
    wish = OptionWish(
        window=within(0, 5),
        min_strike=Decimal(250),
        max_strike=Decimal(260),
        trading_classes=frozenset({"AAPL"}),
    )
    first = await options(client, store, wish)
    assert first.instruments == ()
    assert first.absent == 4
    again = await options(client, store, wish)
    assert (again.instruments, again.requests, again.absent) == ((), 1, 0)
    anew = await options(client, store, wish, max_age=timedelta(0))
    assert anew.requests == 2
    entries = ChainStore(store.root).get("AAPL.NASDAQ").values()
    assert {entry.is_listed for entry in entries if entry.key.strike == 250} == {False}


async def test_a_second_run_costs_the_parameters_and_nothing_else(
    client: IbClient, store: InstrumentStore
) -> None:
    """What was seen today is not asked for; first_seen stays, last_seen moves only with answers."""
    wish = OptionWish(window=within(0, 60), around=3)
    first = await options(client, store, wish, price=Decimal(432))
    chains = ChainStore(store.root)
    before = chains.get("AAPL.NASDAQ")
    again = await options(client, store, wish, price=Decimal(432))
    assert again.instruments == first.instruments
    assert (again.new, again.requests) == (0, 1)
    assert chains.get("AAPL.NASDAQ") == before
    await options(client, store, wish, price=Decimal(432), max_age=timedelta(0))
    after = chains.get("AAPL.NASDAQ")
    assert all(after[key].first_seen == before[key].first_seen for key in before)
    assert all(after[key].last_seen > before[key].last_seen for key in before)


async def test_one_strike_is_asked_for_alone(client: IbClient, store: InstrumentStore) -> None:
    """A question that fits one contract brings one contract, not the whole expiration."""
    wish = OptionWish(
        window=within(0, 5), rights=CALLS, min_strike=Decimal(430), max_strike=Decimal(430)
    )
    report = await options(client, store, wish)
    assert report.instruments == ("AAPL130308C00430000.SMART",)
    assert len(ChainStore(store.root).get("AAPL.NASDAQ")) == 1


async def test_options_on_futures_of_every_month_in_reach(
    client: IbClient, store: InstrumentStore
) -> None:
    """Weeklies and months, each on the future that outlives it."""
    wish = OptionWish(
        window=within(0, 30), rights=CALLS, min_strike=Decimal(1515), max_strike=Decimal(1515)
    )
    reports = await load_option_chains(client, store=store, underlying="ES.CME", wish=wish)
    found = {report.underlying_id: report.instruments for report in reports}
    assert found == {
        "ESH13.CME": ("EW2H13 C1515.CME", "ESH13 C1515.CME"),
        "ESM13.CME": ("EW4H13 C1515.CME", "EWH13 C1515.CME"),
    }
    option = store.get(["ESH13 C1515.CME"])["ESH13 C1515.CME"]
    assert option.under_symbol == "ESH3"
    assert option.multiplier == 50


async def test_options_on_one_future_and_on_an_index(
    client: IbClient, store: InstrumentStore
) -> None:
    """A month by its own id; an index's weeks by trading class."""
    wish = OptionWish(
        window=within(0, 11), rights=CALLS, min_strike=Decimal(1520), max_strike=Decimal(1520)
    )
    on_future = await options(client, store, wish, underlying="ESH13.CME")
    assert len(on_future.instruments) == 2
    weeks = OptionWish(
        window=within(0, 7),
        min_strike=Decimal(1520),
        max_strike=Decimal(1520),
        trading_classes=frozenset({"SPXW"}),
    )
    on_index = await options(client, store, weeks, underlying="^SPX.CBOE")
    assert on_index.instruments == (
        "SPXW130308C01520000.SMART",
        "SPXW130308P01520000.SMART",
    )


async def test_what_is_wished_and_not_listed_is_an_error_that_says_what_is(
    client: IbClient, store: InstrumentStore
) -> None:
    """A class, an exchange, an underlying: never an empty chain."""
    for wish, underlying, reason in (
        (OptionWish(trading_classes=frozenset({"ZZ"})), "AAPL.NASDAQ", "there is AAPL, AAPL1"),
        (OptionWish(exchange="MOON"), "AAPL.NASDAQ", "not on MOON: AMEX, BOX"),
        (OptionWish(), "EUR/USD.IDEALPRO", "no options"),
        (OptionWish(), "NOPE.NYSE", "error 200"),
    ):
        with pytest.raises(ChainNotOffered, match=reason):
            await options(client, store, wish, underlying=underlying)


async def test_a_price_that_may_not_be_seen_is_said_so(store: InstrumentStore) -> None:
    """No permission is not no options; a price that is given will do."""
    fault = actions.RefuseRequest(request="ReqMktData", code=354, message="not subscribed")
    async with (
        SimulatedGateway(SimulatorOptions(port=0, faults=(Step(action=fault),))) as gateway,
        IbClient(Endpoint(port=gateway.port, client_id=5, request_timeout_s=20)) as client,
    ):
        wish = OptionWish(window=within(0, 11), around=1, rights=CALLS)
        with pytest.raises(NoMarketDataPermission):
            await options(client, store, wish, underlying="ESH13.CME")
        report = await options(client, store, wish, underlying="ESH13.CME", price=Decimal(1516))
    assert len(report.instruments) == 4


async def test_one_expiration_that_fails_spoils_no_other(
    client: IbClient, store: InstrumentStore
) -> None:
    """IB refuses one message; the rest is kept, and the report names what is missing."""
    await load_instruments(client, store=store, ids=["AAPL.NASDAQ"])
    fault = actions.RefuseRequest(request="ReqContractDetails", code=322, message="busy")
    async with (
        SimulatedGateway(SimulatorOptions(port=0, faults=(Step(action=fault),))) as gateway,
        IbClient(Endpoint(port=gateway.port, client_id=5, request_timeout_s=20)) as refused,
    ):
        wish = OptionWish(
            window=within(0, 11), rights=CALLS, around=1, trading_classes=frozenset({"AAPL"})
        )
        report = await options(refused, store, wish, price=Decimal(432))
    assert len(report.failed) == 1
    assert "error 322: busy" in next(iter(report.failed.values()))
    assert len(report.instruments) == 2


async def test_chains_end_each_by_name(client: IbClient, store: InstrumentStore) -> None:
    """A bad root beside a good one: the good one is kept, the bad one is named."""

    async def load(root: str) -> tuple[ChainReport, ...]:
        return (await load_futures_chain(client, store=store, root=root, window=within(0, 100)),)

    report = await load_chains(["XX.CME", "CL.NYMEX"], load)
    assert list(report.failed) == ["XX.CME"]
    assert report.instruments == ("CLJ13.NYMEX", "CLK13.NYMEX", "CLM13.NYMEX")
    assert not report.is_transient


async def test_an_analyst_reads_chains_by_sql(client: IbClient, store: InstrumentStore) -> None:
    """Listed and absent, with the times; rolls; options joined with their instruments."""
    wish = OptionWish(window=within(0, 5), min_strike=Decimal(250), max_strike=Decimal(430))
    await options(client, store, wish)
    await load_futures_chain(
        client,
        store=store,
        root="CL.NYMEX",
        window=within(0, 60),
        roll=RollRule(days_before=5),
    )
    ensure_catalog(store.root)
    with open_catalog(store.root) as connection:
        rows = connection.sql(
            "SELECT c.strike, i.multiplier, c.first_seen = c.last_seen FROM chains c "
            "JOIN instruments i USING (instrument_id) "
            "WHERE c.is_listed AND c.underlying_id = 'AAPL.NASDAQ' AND c.right = 'C' "
            "ORDER BY c.strike DESC LIMIT 1"
        ).fetchall()
        absent = connection.sql("SELECT count(*) FROM chains WHERE NOT is_listed").fetchall()
        rolls = connection.sql(
            "SELECT instrument_id FROM futures_rolls WHERE root_id = 'CL.NYMEX' "
            "AND DATE '2013-03-18' >= start_day AND DATE '2013-03-18' < end_day"
        ).fetchall()
    assert rows == [(430.0, "100", True)]
    assert absent[0][0] > 0
    assert rolls == [("CLK13.NYMEX",)]


async def test_the_how_tos_query_finds_options_with_their_price_steps(
    client: IbClient, store: InstrumentStore
) -> None:
    """The page's SQL runs as it is written there, on what its command loads."""
    await options(client, store, OptionWish(window=within(0, 30), around=10))
    ensure_catalog(store.root)
    page = (PROJECT / "docs/howto/load-instruments-and-chains.md").read_text(encoding="utf-8")
    query = textwrap.dedent(page.split("## In SQL")[1].split("## ")[0])
    with open_catalog(store.root) as connection:
        rows = connection.sql(query).fetchall()
    # Cents below three dollars and nickels from there: two steps an option.
    assert len(rows) == 2 * 20
    assert {row[3:] for row in rows} == {(0.0, 0.01), (3.0, 0.05)}
