# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ib_provider.client.decode_bars import decode_bars
from ib_provider.domain.bar import BarSize
from ib_provider.domain.bar_table import BAR_SCHEMA, bar_table_problems
from ib_provider.errors import RemoteProtocolError
from tests.support.bar_frames import Bar, minute_bars, protobuf_frame, text_frame

NEW_YORK = "America/New_York"


def bar(when: str, price: float = 10.0, volume: str = "5", wap: str = "10", count: int = 2) -> Bar:
    return (when, price, price, price, price, volume, wap, count)


def test_decode_bars_daily_has_sessions_and_no_instants() -> None:
    """A day's bar has no time of its own."""
    table = decode_bars(
        [text_frame([bar("20130304"), bar("20130305")])], size=BarSize.DAY_1, time_zone="UTC"
    )
    assert table.schema == BAR_SCHEMA
    assert table["ts"].to_pylist() == [None, None]
    assert table["session"].to_pylist() == [date(2013, 3, 4), date(2013, 3, 5)]
    assert bar_table_problems(table) == ()


def test_decode_bars_intraday_has_instants_and_the_exchanges_sessions() -> None:
    """Half past one in the night UTC is the evening before in New York."""
    start = int(datetime(2013, 3, 5, 1, 30, tzinfo=UTC).timestamp())
    frames = [protobuf_frame([bar(str(start))])]
    table = decode_bars(frames, size=BarSize.MIN_1, time_zone=NEW_YORK)
    assert table["ts"].to_pylist() == [datetime(2013, 3, 5, 1, 30, tzinfo=UTC)]
    assert table["session"].to_pylist() == [date(2013, 3, 4)]
    tokyo = decode_bars(frames, size=BarSize.MIN_1, time_zone="Asia/Tokyo")
    assert tokyo["session"].to_pylist() == [date(2013, 3, 5)]


def test_decode_bars_across_a_clock_change_keep_the_local_day() -> None:
    """On the night the clocks change each bar falls in the day its own offset says."""
    # 2013-03-10 02:00 EST is 03:00 EDT: local midnight is 05:00 UTC before, 04:00 UTC after.
    instants = [
        datetime(2013, 3, 10, 4, 30, tzinfo=UTC),
        datetime(2013, 3, 10, 5, 30, tzinfo=UTC),
        datetime(2013, 3, 11, 3, 30, tzinfo=UTC),
        datetime(2013, 3, 11, 4, 30, tzinfo=UTC),
    ]
    bars = [bar(str(int(at.timestamp()))) for at in instants]
    table = decode_bars([text_frame(bars)], size=BarSize.MIN_30, time_zone=NEW_YORK)
    assert [day.day for day in table["session"].to_pylist()] == [9, 10, 10, 11]


def test_decode_bars_minus_one_is_null_and_zero_is_zero() -> None:
    """A midpoint bar has no volume; a quiet minute has none traded. They differ."""
    bars = [bar("20130304", volume="-1", wap="-1", count=-1), bar("20130305", volume="0", count=0)]
    for frame in (text_frame(bars), protobuf_frame(bars)):
        table = decode_bars([frame], size=BarSize.DAY_1, time_zone="UTC")
        assert table["volume"].to_pylist() == [None, 0.0]
        assert table["wap"].to_pylist() == [None, 10.0]
        assert table["bar_count"].to_pylist() == [None, 0]


@pytest.mark.parametrize("price", [float("nan"), 1.7976931348623157e308, -1.0])
def test_decode_bars_a_price_that_is_none_is_null(price: float) -> None:
    """No spelling of "no price" is stored as one."""
    table = decode_bars(
        [protobuf_frame([bar("20130304", price=price)])], size=BarSize.DAY_1, time_zone="UTC"
    )
    assert table["close"].to_pylist() == [None]


def test_decode_bars_a_negative_price_is_a_price() -> None:
    """Oil closed at -37.63 once."""
    table = decode_bars(
        [text_frame([bar("20200420", price=-37.63)])], size=BarSize.DAY_1, time_zone="UTC"
    )
    assert table["close"].to_pylist() == [-37.63]


def test_decode_bars_of_several_frames_is_one_ascending_table() -> None:
    """A split answer is one answer, in the order of time."""
    bars = minute_bars(30)
    frames = [text_frame(bars[10:]), text_frame(bars[:10])]
    table = decode_bars(frames, size=BarSize.MIN_1, time_zone=NEW_YORK)
    whole = decode_bars([text_frame(bars)], size=BarSize.MIN_1, time_zone=NEW_YORK)
    assert table.equals(whole)


def test_decode_bars_zoned_text_is_read_where_a_gateway_sends_it() -> None:
    """Whatever was asked for, a zoned time is an instant."""
    table = decode_bars(
        [text_frame([bar("20130304 09:30:00 US/Eastern")])], size=BarSize.MIN_1, time_zone=NEW_YORK
    )
    assert table["ts"].to_pylist() == [datetime(2013, 3, 4, 14, 30, tzinfo=UTC)]


@pytest.mark.parametrize("frames", [[], [text_frame([])], [protobuf_frame([])]])
def test_decode_bars_of_nothing_is_an_empty_table(frames: list[object]) -> None:
    """No bars have the same columns."""
    table = decode_bars(frames, size=BarSize.DAY_1, time_zone="UTC")  # type: ignore[arg-type]
    assert table.equals(BAR_SCHEMA.empty_table())


@pytest.mark.parametrize(
    ("when", "size"),
    [
        ("20131304", BarSize.DAY_1),
        ("1362355200", BarSize.DAY_1),
        ("", BarSize.DAY_1),
        ("20130304", BarSize.MIN_1),
        ("20130304 09:30:00", BarSize.MIN_1),
    ],
)
def test_decode_bars_a_date_that_does_not_fit_the_size_is_an_error(
    when: str, size: BarSize
) -> None:
    """A day among minutes, or a minute among days, is no bar of this answer."""
    with pytest.raises(RemoteProtocolError):
        decode_bars([text_frame([bar(when)])], size=size, time_zone=NEW_YORK)


#: One bar of each size as a gateway dates it: on the wire, its instant, its session in New York.
GOLDEN = {
    **dict.fromkeys(
        (size for size in BarSize if size.is_intraday),
        ("1362407400", datetime(2013, 3, 4, 14, 30, tzinfo=UTC), date(2013, 3, 4)),
    ),
    BarSize.DAY_1: ("20130304", None, date(2013, 3, 4)),
    BarSize.WEEK_1: ("20130308", None, date(2013, 3, 8)),
    BarSize.MONTH_1: ("20130328", None, date(2013, 3, 28)),
}


@pytest.mark.parametrize("size", list(BarSize), ids=str)
def test_decode_bars_of_every_size_reads_its_own_date_form(size: BarSize) -> None:
    """Seconds to hours come as seconds since 1970, days to months as the day they are named by."""
    text, instant, session = GOLDEN[size]
    for frame in (text_frame([bar(text)]), protobuf_frame([bar(text)])):
        table = decode_bars([frame], size=size, time_zone=NEW_YORK)
        assert table["ts"].to_pylist() == [instant]
        assert table["session"].to_pylist() == [session]


@pytest.mark.parametrize("size", list(BarSize), ids=str)
def test_decode_bars_of_every_size_refuses_the_other_date_form(size: BarSize) -> None:
    """A day taken for an instant, or an instant for a day, would be a bar in the wrong place."""
    other = "20130304" if size.is_intraday else "1362407400"
    for frame in (text_frame([bar(other)]), protobuf_frame([bar(other)])):
        with pytest.raises(RemoteProtocolError):
            decode_bars([frame], size=size, time_zone=NEW_YORK)


@pytest.mark.parametrize(
    "text", ["20130304 09:30:00 US/Eastern", "20130304-14:30:00", "20130304 14:30:00 GMT"]
)
def test_decode_bars_of_zoned_text_is_the_same_instant(text: str) -> None:
    """Some gateways answer in text whatever was asked."""
    table = decode_bars([text_frame([bar(text)])], size=BarSize.MIN_1, time_zone=NEW_YORK)
    assert table["ts"].to_pylist() == [datetime(2013, 3, 4, 14, 30, tzinfo=UTC)]
