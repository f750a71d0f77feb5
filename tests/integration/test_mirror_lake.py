# SPDX-License-Identifier: Apache-2.0
"""The tree on an object store: mirrored over HTTP to a server that speaks S3, and read there."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ib_provider.cli.main import main
from ib_provider.domain.bar import BarSize
from ib_provider.domain.live import StreamKind
from ib_provider.errors import ConfigError, CorruptFile, NoSuchSeries, StoreError, WriteConflict
from ib_provider.ledger.ledger import Ledger
from ib_provider.store import Lake
from ib_provider.store.bar_store import BarStore
from ib_provider.store.catalog import rebuild_catalog
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.live_table import LIVE_TABLES
from ib_provider.store.object_tree import ObjectTree
from ib_provider.store.part_store import PartStore
from ib_provider.usecases.mirror_lake import MirrorReport, mirror_lake
from ib_provider.usecases.restore_lake import restore_lake
from tests.support.airflow_home import PROJECT
from tests.support.bar_tables import FETCHED_AT, daily_bars, minute_bars, series_key, weekdays
from tests.support.instrument_values import AAPL
from tests.support.object_store import new_bucket, serving_objects

#: How often a mirror is killed; more of them on demand.
KILLS = int(os.environ.get("MIRROR_KILLS", "1"))
DAYS = weekdays(date(2012, 12, 24), 10)
APPLE = AAPL.instrument_id
BID_ASK = LIVE_TABLES[StreamKind.BID_ASK]


@pytest.fixture(scope="module", autouse=True)
def store() -> Iterator[None]:
    """Serve an object store for this file."""
    with serving_objects():
        yield


@pytest.fixture
def tree() -> ObjectTree:
    """Return an empty place in a bucket of its own."""
    return ObjectTree.open(f"{new_bucket()}/market")


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tree of minutes over two years, a pair, and days in which a split was met."""
    root = tmp_path_factory.mktemp("home") / "market"
    InstrumentStore(root).upsert([AAPL])
    publish(root, APPLE, minute_bars(DAYS, a_session=60), BarSize.MIN_1)
    publish(root, "EUR/USD.IDEALPRO", minute_bars(DAYS[:2]), BarSize.MIN_1)
    publish(root, APPLE, daily_bars(DAYS[:6]))
    publish(root, APPLE, daily_bars(DAYS), ratio=0.5)
    rebuild_catalog(root, ())
    return root


@pytest.fixture
def market(collected: Path, state: Path) -> Path:
    """Return a copy of that tree which a test may change."""
    shutil.copytree(collected, state / "market")
    return state / "market"


@pytest.fixture(scope="module")
def lakes(collected: Path) -> tuple[Lake, Lake]:
    """Return the lake and its mirror; a test only reads them."""
    tree = ObjectTree.open(f"{new_bucket()}/some/place")
    mirror(collected, tree)
    return Lake(collected), Lake(tree.url)


def publish(
    root: Path,
    name: str,
    table: pa.Table,
    size: BarSize = BarSize.DAY_1,
    *,
    ratio: float | None = None,
) -> None:
    store = BarStore(root)
    end = DAYS[-1] + timedelta(days=1)
    staged = store.stage(
        "b", series_key(name, size), 7, table, start=DAYS[0], end=end, fetched_at=FETCHED_AT,
        ratio=ratio,
    )  # fmt: skip
    store.publish(staged)


def mirror(market: Path, tree: ObjectTree, *, delete: bool = False) -> MirrorReport:
    with ledger_beside(market) as ledger:
        return mirror_lake(market, tree, ledger=ledger, delete=delete)


def ledger_beside(market: Path) -> Ledger:
    home = market.parent
    return Ledger.open(f"sqlite:///{home / 'ledger.db'}", locks=home / "locks")


def published(root: Path) -> dict[str, bytes]:
    """Return the files that a mirror has, by their paths."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.glob("*/**/*")
        if path.is_file() and path.relative_to(root).parts[0] not in ("locks", "staging")
    }


def mirrored(tree: ObjectTree) -> dict[str, bytes]:
    """Return the objects of a mirror but its own two."""
    return tree.read_all(set(tree.list()) - {"_mirror.json", "catalog.sql"})


def live_row(seq: int) -> pa.Table:
    """Return one quote of a moment in March."""
    at = datetime(2013, 3, 4, 15, 0, seq, tzinfo=UTC)
    row = dict.fromkeys(BID_ASK.schema.names) | {"ts": at, "received_at": at, "seq": seq}
    columns = {
        field.name: pa.array(
            [row[field.name] if row[field.name] is not None or field.nullable else "c"],
            field.type,
        )
        for field in BID_ASK.schema
    }
    return pa.table(columns, schema=BID_ASK.schema)


def test_mirror_is_the_published_tree(market: Path, tree: ObjectTree) -> None:
    """The same paths and bytes; no lock, no staged bars, no catalog file."""
    done = mirror(market, tree)
    assert mirrored(tree) == published(market)
    assert done.written == len(published(market)) + 1  # and the views
    assert done.deleted == done.unchanged == 0


def test_only_what_changed_is_sent_again(market: Path, tree: ObjectTree) -> None:
    """One series of many; a file that was only touched is read and not sent."""
    mirror(market, tree)
    assert mirror(market, tree).written == 0
    publish(market, APPLE, minute_bars(DAYS, close=101.5), BarSize.MIN_1)
    touched = next(market.glob("bars/**/instrument_id=EUR*/*.parquet"))
    touched.touch()
    again = mirror(market, tree)
    assert again.written == 2  # a year each
    assert mirrored(tree) == published(market)


def test_bars_of_a_mirror_are_those_of_the_lake(lakes: tuple[Lake, Lake]) -> None:
    """By session, by instant, over the turn of a year, and before a split."""
    here, there = lakes
    assert here.series() == there.series()
    instant = datetime(2012, 12, 31, 14, 31, tzinfo=UTC)
    for arguments in (
        (APPLE, "1-MINUTE-LAST"),
        (APPLE, "1-MINUTE-LAST", "2012-12-31", "2013-01-03"),
        (APPLE, "1-MINUTE-LAST", instant, "2013-01-02T14:32:00Z"),
        (APPLE, "1-DAY-LAST", None, DAYS[4]),
        ("EUR/USD.IDEALPRO", "1-MINUTE-LAST", DAYS[0]),
    ):
        bars = there.bars(*arguments)
        assert bars.num_rows
        assert bars.equals(here.bars(*arguments))
    raw = there.bars(APPLE, "1-DAY-LAST", view="bars_raw")
    assert raw.equals(here.bars(APPLE, "1-DAY-LAST", view="bars_raw"))
    assert raw["close"].to_pylist()[0] == 2 * there.bars(APPLE, "1-DAY-LAST")["close"][0].as_py()


def test_sql_of_a_mirror_is_that_of_the_lake(lakes: tuple[Lake, Lake]) -> None:
    """The same views, the macro of one instrument, and what coverage says."""
    here, there = lakes
    for query in (
        "SELECT instrument_id, bar, count(*), max(ts) FROM bars GROUP BY ALL ORDER BY ALL",
        "SELECT count(*) FROM bars_of('EUR/USD.IDEALPRO')",
        "SELECT count(*) FROM past_trades",
    ):
        assert there.sql(query).equals(here.sql(query))
    assert there.coverage(APPLE).equals(here.coverage(APPLE))
    with pytest.raises(StoreError, match="no_such_view"):
        there.sql("SELECT * FROM no_such_view")


def test_series_that_was_never_collected_is_no_empty_answer(lakes: tuple[Lake, Lake]) -> None:
    """It names those that there are."""
    for lake in lakes:
        with pytest.raises(NoSuchSeries, match=r"1 day TRADES rth, AAPL\.NASDAQ 1 min TRADES rth"):
            lake.bars(APPLE, "1-HOUR-LAST")


def test_objects_that_somebody_changed_are_written_again(market: Path, tree: ObjectTree) -> None:
    """Of the same length, shorter, or gone; what is not ours stays."""
    mirror(market, tree)
    first, second, third = sorted(path for path in mirrored(tree) if path.startswith("bars/"))[:3]
    whole = tree.read(first)
    assert whole is not None
    tree.write({first: whole[::-1], second: b"", "notes.txt": b"mine"})
    tree.delete([third])
    assert mirror(market, tree).written == 3
    objects = mirrored(tree)
    assert objects.pop("notes.txt") == b"mine"
    assert objects == published(market)


def test_parts_that_were_compacted_leave_the_mirror(market: Path, tree: ObjectTree) -> None:
    """Their rows are in the file of the day; SQL would count them twice."""
    live = PartStore(market)
    with live.writing(BID_ASK, APPLE):
        for seq in (1, 2):
            live.append(BID_ASK, APPLE, live_row(seq), part=f"c-{seq:06d}")
    assert mirror(market, tree).deleted == 0
    with live.writing(BID_ASK, APPLE):
        live.compact(BID_ASK, APPLE)
    assert mirror(market, tree).deleted == 2
    assert mirrored(tree) == published(market)
    assert Lake(tree.url).sql("SELECT count(*) AS n FROM bid_asks")["n"].to_pylist() == [2]


def test_killed_mirror_goes_on_and_shows_no_half_object(market: Path, tree: ObjectTree) -> None:
    """SIGKILL while it writes: every object is whole, and the next run ends in the same tree."""
    (one,) = market.glob("bars/**/instrument_id=EUR*/*.parquet")
    for number in range(110 * KILLS):
        copy = market / f"bars/bar=1_min/what=TRADES/rth=1/instrument_id=S{number:03d}.X/{one.name}"
        copy.parent.mkdir()
        shutil.copy(one, copy)
    files = published(market)
    for count in range(20, 20 + 100 * KILLS, 100):
        killed = subprocess.Popen(
            [sys.executable, "-m", "ib_provider.cli.main", "lake", "mirror", tree.url],
            env=os.environ | {"PYTHONPATH": "plugins"},
            cwd=PROJECT,
            stdout=subprocess.DEVNULL,
        )
        while len(tree.list()) < count and killed.poll() is None:
            time.sleep(0.05)
        killed.kill()
        assert killed.wait() == -signal.SIGKILL
        there = mirrored(tree)
        assert 0 < len(there) < len(files)
        assert there.items() <= files.items()
        assert not [path for path in there if path.startswith("ref/")]
    assert mirror(market, tree).written >= len(files) - len(there)
    assert mirrored(tree) == published(market)


def test_bars_that_are_gone_here_stay_there_until_told(market: Path, tree: ObjectTree) -> None:
    """A mirror may be the only copy."""
    mirror(market, tree)
    gone = next(market.glob("bars/**/instrument_id=EUR*/*.parquet"))
    path = gone.relative_to(market).as_posix()
    gone.unlink()
    assert mirror(market, tree).only_there == (path,)
    assert tree.read(path) is not None
    assert mirror(market, tree, delete=True).deleted == 1
    assert tree.read(path) is None


def test_mirror_of_another_lake_is_not_written_over(
    market: Path, tree: ObjectTree, tmp_path: Path
) -> None:
    """A folder named by mistake is an empty lake."""
    mirror(market, tree)
    with pytest.raises(StoreError, match="mirror of another lake"):
        mirror(tmp_path / "other", tree)
    assert mirrored(tree) == published(market)


def test_place_that_holds_something_else_is_refused(market: Path, tree: ObjectTree) -> None:
    """Nothing is written among what others keep."""
    tree.write({"a/b.csv": b"1"})
    with pytest.raises(StoreError, match=r"holds 1 object\(s\) and is no mirror"):
        mirror(market, tree)
    assert list(tree.list()) == ["a/b.csv"]


def test_one_process_mirrors_at_a_time(market: Path, tree: ObjectTree) -> None:
    """The ledger's lock is of the place, not of the machine."""
    with (
        ledger_beside(market) as ledger,
        ledger.lock(f"mirror {tree.url}", wait_s=1),
        pytest.raises(WriteConflict),
    ):
        mirror(market, tree)


def test_restored_tree_is_the_one_that_was_mirrored(
    market: Path, tree: ObjectTree, tmp_path: Path
) -> None:
    """On another machine: the same bytes, views, and the same mirror goes on from there."""
    mirror(market, tree)
    other = tmp_path / "other"
    assert restore_lake(other, tree).restored == len(published(market))
    assert published(other) == published(market)
    assert Lake(other).bars(APPLE, "1-DAY-LAST").equals(Lake(market).bars(APPLE, "1-DAY-LAST"))
    (missing,) = other.glob("bars/**/instrument_id=EUR*/*.parquet")
    missing.unlink()
    again = restore_lake(other, tree)
    assert (again.restored, again.there) == (1, len(published(market)) - 1)


def test_restore_overwrites_nothing_and_believes_nothing(
    market: Path, tree: ObjectTree, tmp_path: Path
) -> None:
    """A file that differs stops it; so does an object that is not what was mirrored."""
    mirror(market, tree)
    other = tmp_path / "other"
    publish(other, APPLE, daily_bars(DAYS[:2]))
    rebuild_catalog(other, ())
    before = published(other)
    with pytest.raises(StoreError, match=r"file\(s\) of .* differ"):
        restore_lake(other, tree)
    assert published(other) == before
    damaged = next(path for path in mirrored(tree) if path.startswith("bars/"))
    tree.write({damaged: b"PAR1"})
    with pytest.raises(CorruptFile, match="not those mirrored"):
        restore_lake(tmp_path / "third", tree)


def test_script_of_a_mirror_may_only_create(market: Path, tree: ObjectTree) -> None:
    """Who may write to a bucket may not run commands where it is read."""
    mirror(market, tree)
    tree.write({"catalog.sql": b"COPY (SELECT 1) TO 'x.csv';"})
    with pytest.raises(CorruptFile, match="more than create"):
        Lake(tree.url).sql("SELECT 1")


def test_terminal_mirrors_and_restores(
    market: Path, tree: ObjectTree, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says how much; a place that is none, or not there, by its exit code."""
    assert main(["lake", "mirror", tree.url]) == 0
    count = len(published(market))
    assert f"{count + 1} file(s) written" in capsys.readouterr().out
    market.rename(state / "lost")
    assert main(["lake", "restore", tree.url]) == 0
    assert f"{count} file(s) restored, 0 there already" in capsys.readouterr().out
    assert main(["lake", "restore", "s3://no-such-bucket/x"]) == 1
    assert "no-such-bucket" in capsys.readouterr().err
    assert main(["lake", "mirror", "file:///tmp"]) == 2
    assert main(["lake", "mirror", f"{tree.url}/ä"]) == 2


def test_howto_is_true_from_top_to_bottom(market: Path, tree: ObjectTree) -> None:
    """Its Python reads the lake and the copy alike; its commands end with 0."""
    publish(market, "IBM.NYSE", daily_bars(DAYS))
    page = (PROJECT / "docs/howto/read-and-copy-the-lake.md").read_text(encoding="utf-8")
    page = page.replace("s3://bucket/market", tree.url)
    commands = re.findall(r"^    ib-provider (.+)$", page, flags=re.MULTILINE)
    assert len(commands) == 4
    assert [main(shlex.split(words)) for words in commands] == [0] * 4
    section = page.split("## Bars in Python")[1].split("\n## ")[0]
    code = "\n".join(re.findall(r"^    (.+)$", section, flags=re.MULTILINE))
    names: list[dict[str, Any]] = [{}, {}]
    exec(code, names[0])
    exec(code.replace("Lake()", f"Lake({tree.url!r})"), names[1])
    for name in ("bars", "closes", "counts"):
        assert len(names[0][name]) > 0
    assert [one["bars"].num_rows for one in names] == [5, 5]
    assert names[0]["counts"] == names[1]["counts"]


def test_manifest_of_a_later_release_is_not_guessed_at(market: Path, tree: ObjectTree) -> None:
    """Nor is one that is no JSON."""
    mirror(market, tree)
    tree.write({"_mirror.json": json.dumps({"format": 2}).encode()})
    with pytest.raises(StoreError, match="format 2"):
        mirror(market, tree)
    tree.write({"_mirror.json": b"{"})
    with pytest.raises(CorruptFile, match="no manifest"):
        restore_lake(market, tree)


def test_url_names_a_store_that_is_installed() -> None:
    """Each says which package it needs."""
    with pytest.raises(ConfigError, match="gcsfs"):
        ObjectTree.open("gs://bucket/x")
