# SPDX-License-Identifier: Apache-2.0
"""What a gateway says of the past, read by Interactive Brokers' own client at three versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from ibapi.contract import ComboLeg, Contract

from ib_provider.simulator import SimulatedGateway
from ib_provider.simulator.limits.limits import Limits
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import StockClient, ibapi_stock, stock_client

FRIDAY = "20130302 00:00:00 US/Eastern"


@pytest.fixture(scope="module", params=[178, 200, 226], ids="sv{}".format)
def gateway(request: pytest.FixtureRequest) -> Iterator[SimulatedGateway]:
    options = quick_options(
        max_server_version=request.param,
        bars_a_message=100,
        update_every_s=0.05,
        speed=60.0,
        limits=Limits(pacing=False, max_messages=0),
    )
    with gateway_in_thread(options) as running:
        yield running


@pytest.fixture
def client(gateway: SimulatedGateway) -> Iterator[StockClient]:
    with stock_client(gateway.port) as connected:
        yield connected


def _contract(sec_type: str, symbol: str, exchange: str, **more: Any) -> Contract:
    contract = Contract()
    contract.secType, contract.symbol, contract.exchange = sec_type, symbol, exchange
    contract.currency = "USD"
    for name, value in more.items():
        setattr(contract, name, value)
    return contract


EURUSD = _contract("CASH", "EUR", "IDEALPRO")
SPX = _contract("IND", "SPX", "CBOE")
ES_JUNE = _contract("FUT", "ES", "CME", lastTradeDateOrContractMonth="201306")
ES_LONG = _contract("CONTFUT", "ES", "CME")
GOLD = _contract("CMDTY", "XAUUSD", "SMART")
COIN = _contract("CRYPTO", "BTC", "PAXOS")
ON_FUTURE = _contract(
    "FOP",
    "ES",
    "CME",
    lastTradeDateOrContractMonth="20130315",
    strike=1500,
    right="P",
    multiplier="50",
)
CALL = _contract(
    "OPT",
    "AAPL",
    "SMART",
    lastTradeDateOrContractMonth="20130316",
    strike=430,
    right="C",
    multiplier="100",
)


def _ask_bars(client: StockClient, number: int, contract: Contract, *what: Any) -> None:
    """Ask with end, duration, size, kind, regular hours, date format, keep up to date."""
    client.ask.reqHistoricalData(number, contract, *what, [])


def _bars(client: StockClient, number: int, contract: Contract, *what: Any) -> list[Any]:
    mark = client.mark()
    _ask_bars(client, number, contract, *what)
    client.wait("historicalDataEnd", lambda got, *_: got == number, since=mark)
    return [call[1] for call in client.all("historicalData", since=mark) if call[0] == number]


def _error(client: StockClient, number: int, since: int = 0) -> tuple[int, str]:
    call = client.wait("error", lambda got, *_: got == number, since=since)
    return call[2], call[3]


def test_head_timestamp_is_the_open_of_the_first_session(client: StockClient) -> None:
    """As text in UTC or as epoch seconds; with the early hours it lies before the open."""
    ask = client.ask
    ask.reqHeadTimeStamp(1, ibapi_stock("AAPL"), "TRADES", 1, 1)
    ask.reqHeadTimeStamp(2, ibapi_stock("AAPL"), "TRADES", 1, 2)
    ask.reqHeadTimeStamp(3, ibapi_stock("FB"), "TRADES", 0, 1)
    heads = {number: client.wait("headTimestamp", lambda got, *_, n=number: got == n)[1]
             for number in (1, 2, 3)}  # fmt: skip
    opened = datetime(2000, 3, 1, 14, 30, tzinfo=UTC)
    assert heads[1] == "20000301-14:30:00"
    assert heads[2] == str(int(opened.timestamp()))
    assert heads[3] == "20120518-08:00:00"
    for number in (1, 2, 3):
        ask.cancelHeadTimeStamp(number)
    ask.reqHeadTimeStamp(4, EURUSD, "TRADES", 1, 1)
    assert _error(client, 4) == (
        162,
        "Historical Market Data Service error message:No head time stamp",
    )


def test_histogram_holds_the_volume_of_its_days(client: StockClient) -> None:
    """Prices ascend inside the days' range; the sizes add up to finished days exactly."""
    client.ask.reqHistogramData(5, ibapi_stock("IBM"), True, "3 days")
    rows = client.wait("histogramData", lambda got, *_: got == 5)[1]
    prices = [row.price for row in rows]
    days = _bars(client, 6, ibapi_stock("IBM"), "", "3 D", "1 day", "TRADES", 1, 1, False)
    assert prices == sorted(set(prices))
    assert min(bar.low for bar in days) <= prices[0]
    assert prices[-1] <= max(bar.high for bar in days)
    finished = sum(int(bar.volume) for bar in days[:2])
    total = sum(int(row.size) for row in rows)
    assert finished < total <= finished + int(days[2].volume)
    client.ask.reqHistogramData(7, ibapi_stock("IBM"), True, "a while")
    assert _error(client, 7)[0] == 321


def test_schedule_knows_holidays_and_half_days(client: StockClient) -> None:
    """Thanksgiving is missing, the Friday after it ends at one, in the exchange's zone."""
    end = "20121201 00:00:00 US/Eastern"
    _ask_bars(client, 8, ibapi_stock("IBM"), end, "2 W", "1 day", "SCHEDULE", 1, 1, False)
    call = client.wait("historicalSchedule", lambda got, *_: got == 8)
    assert call[1:4] == ("20121119-09:30:00", "20121130-16:00:00", "US/Eastern")
    sessions = {row.refDate: (row.startDateTime, row.endDateTime) for row in call[4]}
    assert "20121122" not in sessions
    assert sessions["20121123"] == ("20121123-09:30:00", "20121123-13:00:00")
    assert len(sessions) == 9
    _ask_bars(client, 9, ibapi_stock("IBM"), end, "2 W", "1 hour", "SCHEDULE", 1, 1, False)
    assert _error(client, 9)[0] == 10295


def test_schedule_is_the_one_a_real_gateway_was_seen_to_send() -> None:
    """AAPL on 11 April 2026, "1 M": 21 sessions, Good Friday not among them. From a recording."""
    options = quick_options(clock="2026-04-11T19:52:12+02:00", speed=0.0, max_server_version=200)
    with gateway_in_thread(options) as later, stock_client(later.port) as client:
        _ask_bars(client, 12, ibapi_stock("AAPL"), "", "1 M", "1 day", "SCHEDULE", 1, 1, False)
        _, start, end, zone, sessions = client.wait("historicalSchedule")
    assert (start, end, zone) == ("20260312-09:30:00", "20260410-16:00:00", "US/Eastern")
    assert len(sessions) == 21
    assert "20260403" not in [row.refDate for row in sessions]
    assert sessions[1].startDateTime == "20260313-09:30:00"


def test_schedule_of_a_future_begins_the_evening_before(client: StockClient) -> None:
    """The session of Monday is dated Monday and begins on Sunday."""
    _ask_bars(client, 10, ES_JUNE, "", "1 W", "1 day", "SCHEDULE", 0, 1, False)
    (*_, sessions) = client.wait("historicalSchedule", lambda got, *_: got == 10)
    last = sessions[-1]
    assert (last.refDate, last.startDateTime) == ("20130304", "20130303-17:00:00")


@pytest.mark.parametrize(
    ("what", "callback"),
    [
        ("TRADES", "historicalTicksLast"),
        ("BID_ASK", "historicalTicksBidAsk"),
        ("MIDPOINT", "historicalTicks"),
    ],
)
def test_past_ticks_come_in_pages_of_whole_seconds(
    client: StockClient, what: str, callback: str
) -> None:
    """A thousand from a start on; the next page begins where this one ended; none is missing."""
    start = int(datetime(2013, 3, 1, 15, tzinfo=UTC).timestamp())
    pages = []
    for number in (20, 21):
        text = f"{datetime.fromtimestamp(start, UTC):%Y%m%d-%H:%M:%S}"
        client.ask.reqHistoricalTicks(
            number, ibapi_stock("IBM"), text, "", 1000, what, 1, False, []
        )
        _, ticks, done = client.wait(callback, lambda got, *_, n=number: got == n)
        assert done
        assert 1000 <= len(ticks) < 1006
        pages.append(ticks)
        start = ticks[-1].time + 1
    times = [tick.time for ticks in pages for tick in ticks]
    assert times == sorted(times)
    assert pages[0][-1].time < pages[1][0].time
    # the same from the other side: what lies before the end of the second page
    end = f"{datetime.fromtimestamp(start, UTC):%Y%m%d-%H:%M:%S}"
    client.ask.reqHistoricalTicks(22, ibapi_stock("IBM"), "", end, 1000, what, 1, False, [])
    _, back, _ = client.wait(callback, lambda got, *_: got == 22)
    assert [str(tick) for tick in back[-1000:]] == [str(tick) for tick in pages[1][-1000:]]


def test_past_trades_add_up_to_the_seconds_bars(client: StockClient) -> None:
    """Each second's trades have its open, high, low, close and volume."""
    begin = datetime(2013, 3, 1, 15, tzinfo=UTC)
    end = "20130301-15:01:00"
    bars = _bars(client, 23, ibapi_stock("IBM"), end, "60 S", "1 secs", "TRADES", 1, 2, False)
    client.ask.reqHistoricalTicks(
        24, ibapi_stock("IBM"), "20130301-15:00:00", "", 1000, "TRADES", 1, False, []
    )
    _, ticks, _ = client.wait("historicalTicksLast", lambda got, *_: got == 24)
    by_second: dict[int, list[Any]] = {}
    for tick in ticks:
        by_second.setdefault(tick.time, []).append(tick)
    assert len(bars) == 60
    assert int(bars[0].date) == int(begin.timestamp())
    for bar in bars:
        trades = by_second.get(int(bar.date), [])
        assert sum((trade.size for trade in trades), Decimal(0)) == bar.volume
        if trades:
            prices = [trade.price for trade in trades]
            assert (prices[0], max(prices), min(prices), prices[-1]) == pytest.approx(
                (bar.open, bar.high, bar.low, bar.close)
            )


@pytest.mark.parametrize(
    ("contract", "what", "code"),
    [
        (ibapi_stock("IBM"), ("", "", 10, "TRADES"), 321),
        (ibapi_stock("IBM"), ("20130301-15:00:00", "20130301-16:00:00", 10, "TRADES"), 321),
        (ibapi_stock("IBM"), ("20130301-15:00:00", "", 1001, "TRADES"), 321),
        (ibapi_stock("IBM"), ("20130301-15:00:00", "", 0, "TRADES"), 321),
        (ibapi_stock("IBM"), ("20130301-15:00:00", "", 10, "BID"), 321),
        (ibapi_stock("IBM"), ("last week", "", 10, "TRADES"), 10314),
        (ibapi_stock("NOPE"), ("20130301-15:00:00", "", 10, "TRADES"), 200),
        (EURUSD, ("20130301-15:00:00", "", 10, "TRADES"), 10187),
        (SPX, ("20130301-15:00:00", "", 10, "BID_ASK"), 10187),
        (ibapi_stock("IBM"), ("20130301 10:00:00", "", 10, "TRADES"), 2174),
    ],
    ids=lambda value: value.symbol if isinstance(value, Contract) else str(value),
)
def test_past_ticks_that_cannot_be_are_an_error(
    client: StockClient, contract: Contract, what: Any, code: int
) -> None:
    """Each mistake has the code a gateway has for it, under the request's id."""
    client.ask.reqHistoricalTicks(30, contract, *what, 1, False, [])
    assert _error(client, 30)[0] == code


def test_past_ticks_are_cancelled_where_the_protocol_can(
    client: StockClient, gateway: SimulatedGateway
) -> None:
    """From version 215; nobody waits for ticks under an id that asked for none."""
    if gateway.options.max_server_version < 215:
        client.ask.cancelHistoricalTicks(29)
        client.wait("error", lambda got, *_: got == 29)  # ibapi's own
        return
    client.ask.cancelHistoricalTicks(29)
    assert _error(client, 29)[0] == 366


def test_bars_are_kept_up_to_date_until_cancelled(client: StockClient) -> None:
    """The last bar is told again under its own stamp, then the next; none is left out."""
    _ask_bars(client, 31, ibapi_stock("MSFT"), "", "1800 S", "1 min", "TRADES", 1, 2, True)
    client.wait("historicalDataEnd", lambda got, *_: got == 31)
    first = [call[1] for call in client.all("historicalData") if call[0] == 31]
    begun = int(first[-1].date)
    client.wait("historicalDataUpdate", lambda got, bar: got == 31 and int(bar.date) >= begun + 180)
    client.ask.cancelHistoricalData(31)
    code, text = _error(client, 31)
    assert (code, text[-33:]) == (162, "historical data query cancelled: 31"[-33:])
    told = [call[1] for call in client.all("historicalDataUpdate") if call[0] == 31]
    stamps = [int(bar.date) for bar in told]
    assert stamps == sorted(stamps)
    assert set(range(begun, begun + 240, 60)) <= {begun, *stamps}
    assert max(Counter(stamps).values()) > 1
    for bar in told:
        assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
        assert bar.low <= float(bar.wap) <= bar.high
    # what was told last of a finished minute is what history says of it
    final = {int(bar.date): bar for bar in told}
    minutes = _bars(client, 32, ibapi_stock("MSFT"), "", "1800 S", "1 min", "TRADES", 1, 2, False)
    past = {int(bar.date): bar for bar in minutes}
    shared = [stamp for stamp in final if stamp in past and stamp < stamps[-1]]
    assert shared
    for stamp in shared:
        assert str(final[stamp]) == str(past[stamp])


@pytest.mark.parametrize(
    ("end", "size", "what"),
    [(FRIDAY, "1 min", "TRADES"), ("", "1 min", "BID_ASK"), ("", "1 secs", "TRADES")],
    ids=["end", "both sides", "seconds"],
)
def test_bars_that_cannot_be_kept_up_to_date_are_refused(
    client: StockClient, end: str, size: str, what: str
) -> None:
    """Only up to now, only one price, at least five seconds."""
    _ask_bars(client, 33, ibapi_stock("IBM"), end, "60 S", size, what, 1, 1, True)
    assert _error(client, 33)[0] == 321


@pytest.mark.parametrize(
    ("contract", "kinds"),
    [
        (
            ibapi_stock("IBM"),
            (
                "TRADES MIDPOINT BID ASK BID_ASK ADJUSTED_LAST HISTORICAL_VOLATILITY "
                "OPTION_IMPLIED_VOLATILITY FEE_RATE"
            ),
        ),
        (SPX, "TRADES HISTORICAL_VOLATILITY OPTION_IMPLIED_VOLATILITY"),
        (EURUSD, "MIDPOINT BID ASK BID_ASK"),
        (GOLD, "MIDPOINT BID ASK BID_ASK"),
        (ES_JUNE, "TRADES MIDPOINT BID ASK BID_ASK"),
        (ES_LONG, "TRADES MIDPOINT"),
        (CALL, "TRADES MIDPOINT BID ASK BID_ASK"),
        (ON_FUTURE, "TRADES MIDPOINT BID ASK BID_ASK"),
        (_contract("CFD", "IBUS500", "SMART"), "MIDPOINT BID ASK BID_ASK"),
        (_contract("FUND", "VINIX", "FUNDSERV"), "MIDPOINT BID ASK BID_ASK"),
        (_contract("FUT", "CL", "NYMEX", lastTradeDateOrContractMonth="201304"), "TRADES BID_ASK"),
        (COIN, "TRADES AGGTRADES MIDPOINT BID ASK BID_ASK"),
    ],
    ids=lambda value: value.secType if isinstance(value, Contract) else "",
)
def test_bars_of_every_kind_there_is(client: StockClient, contract: Contract, kinds: str) -> None:
    """Three days of each, ascending, the high above and the low below."""
    for number, what in enumerate(kinds.split(), 40):
        bars = _bars(client, number, contract, "", "3 D", "1 day", what, 0, 1, False)
        assert len(bars) == 3, what
        for bar in bars:
            assert 0 < bar.low <= min(bar.open, bar.close)
            assert max(bar.open, bar.close) <= bar.high


def test_yields_of_a_bond_fall_as_its_price_rises(client: StockClient) -> None:
    """The yield at the bid is above that at the ask; the other kinds are not a bond's."""
    client.ask.reqContractDetails(50, _contract("BOND", "US-T", "SMART"))
    client.wait("contractDetailsEnd", lambda got: got == 50)
    found = client.all("bondContractDetails")[0][1].contract
    bond = Contract()
    bond.conId, bond.exchange = found.conId, "SMART"
    shown = {
        what: _bars(client, number, bond, "", "3 D", "1 day", what, 1, 1, False)
        for number, what in enumerate(
            ("YIELD_BID", "YIELD_ASK", "YIELD_LAST", "YIELD_BID_ASK", "TRADES"), 51
        )
    }
    assert all(len(bars) == 3 for bars in shown.values())
    for bid, ask in zip(shown["YIELD_BID"], shown["YIELD_ASK"], strict=True):
        assert bid.close > ask.close
    _ask_bars(client, 57, bond, "", "3 D", "1 day", "FEE_RATE", 1, 1, False)
    assert _error(client, 57)[0] == 162


@pytest.mark.parametrize(
    ("contract", "what"),
    [
        (EURUSD, "TRADES"),
        (GOLD, "TRADES"),
        (SPX, "BID"),
        (SPX, "FEE_RATE"),
        (ES_JUNE, "ADJUSTED_LAST"),
        (CALL, "HISTORICAL_VOLATILITY"),
        (ibapi_stock("IBM"), "YIELD_BID"),
        (ibapi_stock("IBM"), "AGGTRADES"),
    ],
    ids=lambda value: value.secType if isinstance(value, Contract) else str(value),
)
def test_bars_there_never_are_are_not_called_no_data(
    client: StockClient, contract: Contract, what: str
) -> None:
    """162, but in other words than those of a span without data."""
    _ask_bars(client, 60, contract, "", "3 D", "1 day", what, 0, 1, False)
    code, text = _error(client, 60)
    assert code == 162
    assert "No historical market data for" in text
    assert "HMDS query returned no data" not in text


def test_end_is_refused_where_bars_only_go_up_to_now(client: StockClient) -> None:
    """Continuous futures 10339, dividend-adjusted bars 321."""
    _ask_bars(client, 61, ES_LONG, FRIDAY, "3 D", "1 day", "TRADES", 1, 1, False)
    assert _error(client, 61)[0] == 10339
    stock = ibapi_stock("IBM")
    _ask_bars(client, 62, stock, FRIDAY, "3 D", "1 day", "ADJUSTED_LAST", 1, 1, False)
    assert _error(client, 62)[0] == 321


def test_expired_future_has_history_for_who_asks_for_it(client: StockClient) -> None:
    """Only with includeExpired; its last bar is of its last day; after two years it is unknown."""
    gone = _contract("FUT", "ES", "CME", lastTradeDateOrContractMonth="201212")
    _ask_bars(client, 63, gone, "", "1 M", "1 day", "TRADES", 1, 1, False)
    assert _error(client, 63)[0] == 200
    gone.includeExpired = True
    bars = _bars(client, 64, gone, "20130101-00:00:00", "1 M", "1 day", "TRADES", 1, 1, False)
    assert bars[-1].date == "20121221"
    old = _contract("FUT", "ES", "CME", lastTradeDateOrContractMonth="201012", includeExpired=True)
    _ask_bars(client, 65, old, "20101201-00:00:00", "1 M", "1 day", "TRADES", 1, 1, False)
    assert _error(client, 65)[0] == 200


def test_short_bars_are_kept_for_half_a_year(client: StockClient) -> None:
    """Thirty seconds of last summer are gone, minutes are not."""
    stock, summer = ibapi_stock("IBM"), "20120702-20:00:00"
    _ask_bars(client, 66, stock, summer, "1800 S", "30 secs", "TRADES", 1, 1, False)
    code, text = _error(client, 66)
    assert (code, "no data" in text) == (162, True)
    assert len(_bars(client, 67, stock, summer, "1800 S", "1 min", "TRADES", 1, 1, False)) == 30


def test_long_answer_comes_in_parts(client: StockClient, gateway: SimulatedGateway) -> None:
    """Every bar once, in order, and one end, however many messages there were."""
    stock = ibapi_stock("IBM")
    bars = _bars(client, 70, stock, FRIDAY, "2 D", "1 min", "TRADES", 1, 2, False)
    stamps = [int(bar.date) for bar in bars]
    assert len(bars) == 780
    assert stamps == sorted(set(stamps))
    assert len([call for call in client.all("historicalDataEnd") if call[0] == 70]) == 1
    (mine,) = [row for row in gateway.view().clients if row.client_id == client.ask.clientId]
    # below version 196 there can be only one message; from then on 780 bars are eight of them
    split = gateway.options.max_server_version >= 196
    assert mine.answers >= (9 if split else 1)


def test_combination_has_no_bars_and_no_ticks(client: StockClient) -> None:
    """Its legs are judged first: what is wrong with them is another error than "there are none"."""
    bag, leg_ids = _contract("BAG", "AAPL,IBM", "SMART"), (265598, 8314)
    for number, legs in ((81, leg_ids), (82, (265598, 1)), (83, ())):
        bag.comboLegs = []
        for con_id in legs:
            leg = ComboLeg()
            leg.conId, leg.ratio, leg.exchange = con_id, 1, "SMART"
            leg.action = "BUY" if con_id == 265598 else "SELL"
            bag.comboLegs.append(leg)
        _ask_bars(client, number, bag, "", "5 D", "1 day", "MIDPOINT", 1, 1, False)
    assert _error(client, 81) == (
        162,
        (
            "Historical Market Data Service error message:"
            "No historical market data for AAPL,IBM/BAG@SMART Midpoint"
        ),
    )
    assert (_error(client, 82)[0], _error(client, 83)[0]) == (313, 321)
    client.ask.reqHistoricalTicks(84, bag, FRIDAY, "", 10, "TRADES", 1, True, [])
    assert _error(client, 84)[0] == 10187
