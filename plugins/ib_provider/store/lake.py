# SPDX-License-Identifier: Apache-2.0
"""The lake for whoever computes with it: bars by instrument, kind and range. Reads only.

    from ib_provider.store import Lake

    bars = Lake().bars("AAPL.NASDAQ", "1-MINUTE-LAST", "2013-02-01", "2013-03-01")
    frame = bars.to_pandas()

The same on a mirror: ``Lake("s3://bucket/prefix")``. Bars as stored come from the files of their
series, adjusted ones through the views.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.config import load_settings
from ib_provider.domain.bar import BarSpec, SeriesKey
from ib_provider.domain.bar_bound import parse_bar_bound
from ib_provider.domain.bar_spec_text import parse_bar_spec
from ib_provider.domain.bar_table import BAR_SCHEMA, STORED_BAR_SCHEMA
from ib_provider.errors import ConfigError, NoSuchSeries, StoreError
from ib_provider.store.bar_rows import between
from ib_provider.store.bar_selection import BarSelection, select_bars
from ib_provider.store.lake_place import DiskPlace, LakePlace, ObjectPlace
from ib_provider.store.layout import series_folder, series_key
from ib_provider.store.object_tree import ObjectTree, is_object_url

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Bound", "Lake"]

#: One end of a range: a session (``date``), an instant (``datetime``), or the text of either.
Bound: TypeAlias = date | str | None

_DAY: Final = timedelta(days=1)
_YEAR_FILE: Final = "year="


@dataclass(slots=True)
class Lake:
    """A market tree on disk, or its mirror on an object store.

    Attributes:
        place: A folder, or a URL such as ``s3://bucket/prefix``; the tree of ``IB_PROVIDER_HOME``
            where None.
    """

    place: Path | str | None = None
    _opened: LakePlace = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if isinstance(self.place, str) and is_object_url(self.place):
            self._opened = ObjectPlace(ObjectTree.open(self.place))
        else:
            root = load_settings().market if self.place is None else Path(self.place)
            self._opened = DiskPlace(root)

    def bars(
        self,
        instrument_id: str,
        spec: BarSpec | str,
        start: Bound = None,
        end: Bound = None,
        *,
        rth: bool = True,
        view: str = "bars",
    ) -> pa.Table:
        """Return bars of one series, ascending.

        Args:
            spec: A kind of bar, or its text: ``1-MINUTE-LAST``.
            start: First session, or first instant with its zone; inclusive. None is the first.
            end: The session, or the instant, before which bars begin: exclusive.
            rth: Regular trading hours only; of a ``BarSpec`` its own counts.
            view: ``bars`` as stored, ``bars_raw`` before splits, ``bars_split`` after them,
                ``bars_total`` with dividends.

        Returns:
            A table in ``BAR_SCHEMA``. Without rows where the series has none in the range; whether
            it is proved that there are none, ``coverage`` says.

        Raises:
            ConfigError: An argument that means nothing.
            NoSuchSeries: The series was never collected.
            CorruptFile: A file of it is damaged.
            StoreError: The lake cannot be read.
        """
        wanted = BarSelection(
            ids=(instrument_id,),
            spec=parse_bar_spec(spec, rth=rth) if isinstance(spec, str) else spec,
            start=_bound("start", start),
            end=_bound("end", end),
            view=view,
        )
        problems = wanted.problems()
        if problems:
            raise ConfigError("bars", problems)
        key = SeriesKey(instrument_id=instrument_id, spec=wanted.spec)
        folder = PurePosixPath("bars", series_folder(key).as_posix())
        names = self._opened.files(folder)
        if not names:
            known = [one for one in _keys(self._opened) if one.instrument_id == instrument_id]
            raise NoSuchSeries(str(key), known=[str(one) for one in known])
        if view != "bars" or (_has_instant(wanted) and not wanted.spec.size.is_intraday):
            with self._opened.views() as views:
                found = select_bars(views, wanted).read_all().select(BAR_SCHEMA.names)
            return pa.Table.from_arrays(found.columns, schema=BAR_SCHEMA).combine_chunks()
        tables = self._opened.read(folder, [name for name in names if _may_hold(name, wanted)])
        bars = pa.concat_tables([STORED_BAR_SCHEMA.empty_table(), *tables])
        return _cut(bars, wanted).select(BAR_SCHEMA.names).combine_chunks()

    def frame(
        self,
        ids: Sequence[str],
        spec: BarSpec | str,
        start: Bound = None,
        end: Bound = None,
        *,
        column: str = "close",
        rth: bool = True,
        view: str = "bars",
    ) -> pd.DataFrame:
        """Return one column of several series side by side: a row a time, a column an instrument.

        The index is ``ts``, UTC, or the session of bars of a day and longer. NaN where a series has
        no bar at a time that another has. Arguments and errors are those of ``bars``.
        """
        import pandas as pd  # noqa: PLC0415 # heavy, and only this needs it

        series = {}
        for one in ids:
            bars = self.bars(one, spec, start, end, rth=rth, view=view)
            by = "session" if bars["ts"].null_count else "ts"
            index = pd.DatetimeIndex(bars[by].to_pandas(), name=by)
            series[one] = pd.Series(bars[column].to_numpy(), index=index)
        return pd.DataFrame(series).sort_index()

    def series(self) -> tuple[SeriesKey, ...]:
        """Return every series that has bars, by instrument and kind.

        Raises:
            StoreError: The lake cannot be read, or a folder in it is not that of a series.
        """
        return tuple(sorted(_keys(self._opened), key=str))

    def coverage(self, instrument_id: str) -> pa.Table:
        """Return what is known of each range that was asked for: data, empty, or unknown.

        Raises:
            StoreError: The lake cannot be read.
        """
        query = "SELECT * FROM coverage WHERE instrument_id = $id ORDER BY ALL"
        return self.sql(query, {"id": instrument_id})

    def sql(self, query: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """Return the rows of a query over the views.

        Raises:
            StoreError: The query is wrong, or the lake cannot be read.
        """
        with self._opened.views() as views:
            views.execute("SET TimeZone = 'UTC'")
            try:
                return views.sql(query, params=dict(parameters or {})).to_arrow_table()
            except duckdb.Error as error:
                raise StoreError(f"query: {error}") from error


def _keys(place: LakePlace) -> list[SeriesKey]:
    return [series_key(Path(folder)) for folder in place.series()]


def _bound(name: str, bound: Bound) -> date | None:
    if not isinstance(bound, str):
        return bound
    try:
        return parse_bar_bound(bound)
    except ValueError as error:
        raise ConfigError("bars", [f"{name}: {error}"]) from error


def _has_instant(wanted: BarSelection) -> bool:
    return isinstance(wanted.start, datetime) or isinstance(wanted.end, datetime)


def _sessions(wanted: BarSelection) -> tuple[date | None, date | None]:
    """Return the sessions that the bars of a range can be of, the end exclusive."""
    start, end = wanted.start, wanted.end
    if isinstance(start, datetime):
        start = start.date() - _DAY
    if isinstance(end, datetime):
        end = end.date() + 2 * _DAY
    return start, end


def _may_hold(name: str, wanted: BarSelection) -> bool:
    """Return whether a file of a series may have bars of a range."""
    if not name.startswith(_YEAR_FILE):
        return True
    year = int(name.removeprefix(_YEAR_FILE).partition(".")[0])
    start, end = _sessions(wanted)
    return (start is None or year >= start.year) and (end is None or year <= end.year)


def _cut(bars: pa.Table, wanted: BarSelection) -> pa.Table:
    bars = between(bars, *_sessions(wanted))
    for bound, within in ((wanted.start, pc.greater_equal), (wanted.end, pc.less)):
        if isinstance(bound, datetime):
            bars = bars.filter(within(bars["ts"], pa.scalar(bound, bars["ts"].type)))
    return bars
