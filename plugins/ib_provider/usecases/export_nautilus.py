# SPDX-License-Identifier: Apache-2.0
"""Write bars and ticks of the lake into a catalog that NautilusTrader reads.

    <catalog>/data/bar/AAPL.NASDAQ-1-MINUTE-LAST-EXTERNAL/<first>_<last>.parquet
    <catalog>/data/trade_tick/AAPL.NASDAQ/<first>_<last>.parquet    a session a file

Rules:
    - A catalog must not have two files of one type that overlap: it would read bars twice. A file
      of ours that the new one covers is deleted, after the new one is there. A file that is not
      ours, or that overlaps in part, stops the export before anything is written.
    - Regular and all hours have one name in a catalog; they need a catalog each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from ib_provider.domain.contract import Instrument
from ib_provider.domain.tick_kind import TickKind
from ib_provider.errors import ConfigError, StoreError
from ib_provider.store.bar_selection import BarSelection, select_bars
from ib_provider.store.catalog import open_catalog
from ib_provider.store.nautilus_bars import bar_type, nautilus_bars
from ib_provider.store.nautilus_columns import NautilusFile
from ib_provider.store.nautilus_ticks import nautilus_ticks
from ib_provider.store.parquet_file import read_footer, write_parquet
from ib_provider.store.tick_store import TickKey, TickStore

__all__ = ["NautilusExport", "export_nautilus", "export_nautilus_ticks"]

#: Says in the footer of a file that it is an export, and of which hours.
_OURS: Final = "ib_provider.rth"


@dataclass(frozen=True, slots=True, kw_only=True)
class NautilusExport:
    """A file that was written.

    Attributes:
        price_digits: Decimals of its prices: those of the instrument must be the same.
        rounded: Prices that did not fit them.
        left_out: Rows that NautilusTrader has no form for.
    """

    path: Path
    rows: int
    price_digits: int
    rounded: int
    left_out: int


def export_nautilus(
    market: Path,
    wanted: BarSelection,
    *,
    instruments: Sequence[Instrument],
    catalog: Path,
    digits: int | None = None,
) -> tuple[NautilusExport, ...]:
    """Write one file for each instrument of a selection, each there whole or not.

    Args:
        instruments: Those of ``wanted.ids``.
        catalog: The root of the catalog; made where it is not there.
        digits: Decimals to round prices to; as many as they need, and no fewer than the
            instrument's price step has, where None.

    Raises:
        ConfigError: A view or a kind of bar that there is not, or an instant without a zone.
        StoreError: An instrument has no bar in the range, or the catalog has a file in the way;
            files of the instruments before it were written.
    """
    problems = wanted.problems()
    if problems:
        raise ConfigError("export", problems)
    done = []
    with open_catalog(market) as lake:
        for item in instruments:
            bar_type(item.instrument_id, wanted.spec)  # refused before anything is read
            one = replace(wanted, ids=(item.instrument_id,))
            bars = select_bars(lake, one).read_all()
            if not bars.num_rows:
                raise one.nothing()
            made = nautilus_bars(
                bars,
                instrument_id=item.instrument_id,
                spec=wanted.spec,
                time_zone=item.time_zone,
                least_digits=_decimals(item),
                digits=digits,
            )
            done.append(_write(made, catalog, rth=wanted.spec.rth))
    return tuple(done)


def export_nautilus_ticks(
    market: Path,
    *,
    instruments: Sequence[Instrument],
    kind: TickKind,
    start: date,
    end: date,
    rth: bool,
    catalog: Path,
    digits: int | None = None,
) -> tuple[NautilusExport, ...]:
    """Write one file for each instrument and session that was collected and has ticks.

    Args:
        start: First session, inclusive.
        end: Day after the last one: exclusive.
        catalog: The root of the catalog; made where it is not there.
        digits: As of ``export_nautilus``.

    Raises:
        ConfigError: NautilusTrader has no such ticks.
        StoreError: An instrument has no session in the range, or the catalog has a file in the
            way; files before it were written.
    """
    store, done = TickStore(market), []
    for item in instruments:
        key = TickKey(instrument_id=item.instrument_id, kind=kind, rth=rth)
        sessions = sorted(day for day in store.sessions(key) if start <= day < end)
        if not sessions:
            raise StoreError(f"{key}: no session from {start} to {end} was collected")
        for session in sessions:
            made = nautilus_ticks(
                store.read(key, session),
                kind=kind,
                instrument_id=item.instrument_id,
                session=session,
                least_digits=_decimals(item),
                digits=digits,
            )
            if made.table.num_rows:
                done.append(_write(made, catalog, rth=rth))
    return tuple(done)


def _decimals(item: Instrument) -> int:
    exponent = item.min_tick.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _write(made: NautilusFile, catalog: Path, *, rth: bool) -> NautilusExport:
    folder = catalog / made.folder
    path = folder / made.file_name
    covered = _covered(folder, path.name, rth=rth)
    write_parquet(path, made.table, {**made.metadata, _OURS: str(int(rth))})
    for old in covered:
        old.unlink()
    return NautilusExport(
        path=path,
        rows=made.table.num_rows,
        price_digits=int(made.metadata["price_precision"]),
        rounded=made.rounded,
        left_out=made.left_out,
    )


def _covered(folder: Path, name: str, *, rth: bool) -> list[Path]:
    """Return the files that a new one stands for.

    Raises:
        StoreError: A file is in the way.
    """
    first, last = name.removesuffix(".parquet").split("_")
    covered = []
    for path in sorted(folder.glob("*.parquet")):
        begin, _, end = path.stem.partition("_")
        if end < first or begin > last:
            continue
        ours = read_footer(path).metadata.get(_OURS)
        if ours != str(int(rth)) or begin < first or end > last:
            why = "covers more" if ours == str(int(rth)) else "was not written by such an export"
            raise StoreError(f"{path} overlaps {name} and {why}: move it away, or take its range")
        if path.name != name:
            covered.append(path)
    return covered
