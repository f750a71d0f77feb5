# SPDX-License-Identifier: Apache-2.0
"""``ib-provider bars|ticks|futures`` as processes of their own, at a simulated gateway."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from ib_provider.cli.main import main
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.bar_store import BarStore
from ib_provider.usecases.judge_bars import judge_bars
from tests.support.airflow_home import PROJECT
from tests.support.bar_tables import FETCHED_AT, daily_bars, series_key
from tests.support.simulator import GatewayProcess, gateway_in_process

HOWTO = PROJECT / "docs" / "howto" / "collect-bars.md"
FEBRUARY = ("--start", "2013-02-01", "--end", "2013-03-02")


@pytest.fixture(scope="module")
def gateway() -> Iterator[GatewayProcess]:
    with gateway_in_process("--no-pacing") as gateway:
        yield gateway


@dataclass(frozen=True, kw_only=True)
class Terminal:
    """A folder with a state of its own, and a gateway."""

    home: Path
    port: int

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "IB_PROVIDER_HOME": str(self.home / "var"),
            "IB_PROVIDER_INCLUDE": str(PROJECT / "include"),
            "PYTHONPATH": str(PROJECT / "plugins"),
        }

    def words(self, *words: str) -> list[str]:
        """Return the arguments, with the port where a gateway is asked."""
        return (
            [*words, "--port", str(self.port)] if words[1] in ("fetch", "interest") else list(words)
        )

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "ib_provider.cli.main", *self.words(*words)]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words),
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )

    def act(self, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
        """Return the exit code and what was printed of a command in this process."""
        code = main(self.words(*words))
        return code, capsys.readouterr().out

    def sql(self, query: str) -> list[tuple[object, ...]]:
        path = self.home / "var" / "market" / "catalog.duckdb"
        with duckdb.connect(str(path), read_only=True) as catalog:
            return catalog.sql(query).fetchall()


@pytest.fixture
def terminal(tmp_path: Path, gateway: GatewayProcess) -> Terminal:
    return Terminal(home=tmp_path, port=gateway.port)


def _commands_of_the_howto() -> list[list[str]]:
    lines = re.findall(r"^    ib-provider (.+)$", HOWTO.read_text("utf-8"), flags=re.MULTILINE)
    return [shlex.split(line) for line in lines]


def test_howto_is_true_from_top_to_bottom(terminal: Terminal) -> None:
    """Every command of the page is run in its order, ends with 0, and leaves what it says."""
    commands = _commands_of_the_howto()
    assert len(commands) >= 10
    told = {}
    for words in commands:
        done = terminal.run(*words)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        told[" ".join(words)] = done.stdout
    plans = [text for text in told.values() if text.startswith("plan: ")]
    assert any(text.count(" 251 session(s)") for text in plans), plans
    # Nineteen sessions in February, and one on the first of March.
    assert terminal.sql("SELECT count(*) FROM bars WHERE bar = '1 day' AND rth") == [(40,)]
    assert terminal.sql("SELECT count(*) FROM bars WHERE bar = '5 mins'") == [(2 * 20 * 78,)]
    assert pq.read_table(terminal.home / "apple.parquet").num_rows == 20
    # Eighteen bars of five minutes between half past two and four, and the line of names.
    assert len((terminal.home / "morning.csv").read_text("utf-8").splitlines()) == 19
    (nautilus,) = (terminal.home / "nautilus").rglob("*.parquet")
    assert pq.read_table(nautilus).num_rows == 20 * 78
    assert terminal.sql("SELECT count(*) > 1000 FROM past_midpoints") == [(True,)]
    assert terminal.sql("SELECT count(*) FROM continuous_bars") == [(41,)]
    assert terminal.sql("SELECT count(*) FROM open_interest WHERE open_interest > 0") == [(2,)]


def test_fetch_again_asks_for_nothing_and_the_rest_is_a_difference(terminal: Terminal) -> None:
    """What is stored is not asked for; a longer range costs what it adds."""
    first = terminal.run("bars", "fetch", "IBM.NYSE", *FEBRUARY)
    assert "20 new bars published, 1 request(s)" in first.stdout
    again = terminal.run("bars", "fetch", "IBM.NYSE", *FEBRUARY)
    assert "0 of 1 series lack 0 session(s)" in again.stdout
    assert "0 new bars published, 0 request(s), 1 series had nothing missing" in again.stdout
    last = terminal.run("bars", "fetch", "IBM.NYSE", "--last", "2m")
    assert last.returncode == 0
    assert terminal.sql("SELECT min(session), max(session) FROM bars") == [
        (date(2013, 1, 2), date(2013, 3, 1))
    ]


def test_fetch_killed_and_given_again_brings_what_an_undisturbed_one_does(
    tmp_path: Path, gateway: GatewayProcess
) -> None:
    """SIGKILL while it downloads: nothing is lost, nothing is there twice, no file is left."""
    words = ("bars", "fetch", "--universe", "demo", "--spec", "1-MINUTE-LAST", *FEBRUARY)
    homes = [tmp_path / name for name in ("whole", "killed")]
    for home in homes:
        home.mkdir()
    whole, killed = (Terminal(home=home, port=gateway.port) for home in homes)
    assert whole.run(*words).returncode == 0
    with subprocess.Popen(
        killed.command(*words), env=killed.environment, cwd=killed.home, stdout=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 60
        while not list(killed.home.glob("var/market/staging/**/*.parquet")):
            assert time.monotonic() < deadline, "nothing was staged"
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert not (killed.home / "var/market/bars").exists()
    assert killed.run(*words).returncode == 0
    query = "SELECT * EXCLUDE (fetched_at) FROM bars ORDER BY ALL"
    assert killed.sql(query) == whole.sql(query)
    assert list(killed.home.glob("var/market/staging/**/*.parquet")) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("bars", "fetch", "IBM.NYSE", "--spec", "1-HOUR-LST", *FEBRUARY), "no kind 'LST'"),
        (("bars", "fetch", "IBM.NYSE", "--spec", "7-MINUTE-LAST", *FEBRUARY), "no bar size"),
        (("bars", "fetch", "IBM.NYSE", "--last", "soon"), "no span such as 5d"),
        (("bars", "fetch", "IBM.NYSE"), "--start, --last: say one"),
        (("bars", "fetch", *FEBRUARY), "ids, --universe: say one"),
        (("bars", "fetch", "NOPE.NYSE", *FEBRUARY), "NOPE.NYSE"),
        (("bars", "fetch", "IBM.NYSE", "--start", "2013-03-02", "--end", "2013-03-04"), "no sess"),
        (("bars", "fetch", "EUR/USD.IDEALPRO", *FEBRUARY), "IB serves MID, BID, ASK"),
        (("bars", "plan", "TSLA.NASDAQ", *FEBRUARY), "TSLA.NASDAQ: not in the instrument store"),
        (("bars", "export", "IBM.NYSE", "--to", "x.xls"), "not in the instrument store"),
        (("bars", "export", "IBM.NYSE", "--start", "2013-03-01T10:00", "--to", "x"), "zone"),
        (("bars", "quarantine", "accept"), "number: say which"),
        (("futures", "stitch", "ES.CME"), "the store knows no contract"),
        (("ticks", "fetch", "IBM.NYSE", *FEBRUARY), "not in the instrument store"),
    ],
)
def test_commands_used_wrongly_say_so_and_end_with_2(
    terminal: Terminal,
    state: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    told: str,
) -> None:
    """A slip of the pen is named before anything is downloaded."""
    try:
        code = main(terminal.words(*words))
    except SystemExit as error:  # argparse's own
        code = int(str(error.code))
    assert code == 2
    assert told in capsys.readouterr().err


def test_help_of_every_action_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    """Each action says what it does; the command shows examples and exit codes."""
    for action in ("plan", "fetch", "coverage", "gaps", "verify", "export", "quarantine", ""):
        with pytest.raises(SystemExit, match="0"):
            main(["bars", *([action] if action else []), "--help"])
    text = capsys.readouterr().out
    assert "exit codes:" in text
    assert "ib-provider bars fetch AAPL.NASDAQ" in text


def test_gap_inside_a_session_is_named_and_ends_with_1(terminal: Terminal) -> None:
    """Three bars of five minutes are taken out of a published session: a hole of three."""
    words = ("IBM.NYSE", "--spec", "5-MINUTE-LAST", "--start", "2013-02-28", "--end", "2013-03-02")
    assert terminal.run("bars", "fetch", *words).returncode == 0
    assert terminal.run("bars", "gaps", *words).stdout == "gaps: none\n"
    (path,) = terminal.home.glob("var/market/bars/**/*.parquet")
    table = pq.read_table(path)
    lost = [datetime(2013, 2, 28, 15, minute, tzinfo=UTC) for minute in (0, 5, 10)]
    keep = [ts not in lost for ts in table["ts"].to_pylist()]
    pq.write_table(table.filter(keep), path)
    done = terminal.run("bars", "gaps", *words)
    assert done.returncode == 1
    assert done.stdout == (
        "IBM.NYSE 5 mins TRADES rth\thole\t2013-02-28 15:00:00+00:00\t"
        "2013-02-28 15:15:00+00:00\t3\n"
    )
    before = terminal.run(
        "bars", "gaps", "IBM.NYSE", "--start", "2013-02-28", "--end", "2013-03-02"
    )
    assert before.stdout.split("\t")[1:] == ["unknown", "2013-02-28", "2013-03-02", "2\n"]


def _refuse(terminal: Terminal) -> None:
    """Have a batch refused for a high below its low."""
    days = [date(2013, 2, 27), date(2013, 2, 28), date(2013, 3, 1)]
    store = BarStore(terminal.home / "var" / "market")
    store.stage(
        "bad",
        series_key("IBM.NYSE"),
        8314,
        daily_bars(days, replace={"high": {1: 1.0}}),
        start=days[0],
        end=days[-1] + timedelta(days=1),
        fetched_at=FETCHED_AT,
    )
    url = f"sqlite:///{terminal.home}/var/ledger.db"
    with Ledger.open(url, locks=terminal.home / "var" / "locks") as ledger:
        assert judge_bars(bars=store, ledger=ledger, batch="bad").critical


def test_refused_bars_are_accepted_by_somebody_for_a_reason(
    terminal: Terminal, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Listed with their reason, refused to nobody, published in somebody's name, then found."""
    _refuse(terminal)
    _, listed = terminal.act(capsys, "bars", "quarantine", "list")
    assert "1  IBM.NYSE 1 day TRADES rth  2013-02-27 to 2013-03-02  3 bars" in listed
    assert "critical ohlc_consistent: 1 row(s): 2013-02-28 high 1.0 < low" in listed
    accept = ("bars", "quarantine", "accept")
    assert terminal.act(capsys, *accept, "1", "--by", "ana")[0] == 2
    assert terminal.act(capsys, *accept, "2")[0] == 2
    accepted = terminal.act(capsys, *accept, "1", "--by", "ana", "--why", "on the tape")
    assert accepted == (0, "IBM.NYSE 1 day TRADES rth: 3 bars new, 0 changed\n")
    assert terminal.act(capsys, "bars", "quarantine", "list")[1] == "quarantine: nothing waits\n"
    code, verified = terminal.act(capsys, "bars", "verify")
    assert code == 1
    assert "critical ohlc_consistent IBM.NYSE" in verified


def test_discarded_bars_are_gone(
    terminal: Terminal, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is published, and nothing waits."""
    _refuse(terminal)
    assert terminal.act(capsys, "bars", "quarantine", "discard", "1")[0] == 0
    assert terminal.act(capsys, "bars", "quarantine", "list")[1] == "quarantine: nothing waits\n"
    assert terminal.act(capsys, "bars", "coverage")[1] == "coverage: none\n"


def test_export_of_nothing_fails_and_leaves_no_file(terminal: Terminal) -> None:
    """An empty file would look like an answer."""
    assert terminal.run("bars", "fetch", "IBM.NYSE", *FEBRUARY).returncode == 0
    done = terminal.run(
        "bars",
        "export",
        "IBM.NYSE",
        "--start",
        "2011-01-01",
        "--end",
        "2011-02-01",
        "--to",
        "x.csv",
    )
    assert done.returncode == 1
    assert "no 1 day TRADES rth bar of IBM.NYSE" in done.stderr
    assert list(terminal.home.glob("x.csv*")) == []
