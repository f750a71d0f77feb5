# SPDX-License-Identifier: Apache-2.0
"""``ib-provider instruments`` and ``ib-provider chains`` against a simulated gateway."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ib_provider.cli.main import main
from tests.support.simulator import gateway_in_thread, quick_options

Run = Callable[..., int]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with gateway_in_thread(quick_options()) as gateway:
        yield gateway.port


@pytest.fixture
def run(port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a way to run a command that talks to the gateway, with a store of its own."""
    include = tmp_path / "include"
    (include / "universes").mkdir(parents=True)
    (include / "universes" / "mine.yaml").write_text(
        "sec_types: [STK, FUT]\n"
        "instruments:\n"
        "  - AAPL.NASDAQ\n"
        "  - EUR/USD.IDEALPRO\n"
        "  - {symbol: ES, sec_type: FUT, exchange: CME, last_trade_date: 201306}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("IB_PROVIDER_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("IB_PROVIDER_INCLUDE", str(include))

    def run_command(*arguments: str) -> int:
        asks = arguments[1] not in {"list", "show"}
        return main([*arguments, *(("--port", str(port)) if asks else ())])

    return run_command


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_load_list_and_show(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """What was loaded is listed, and shown with its ladder and conIds."""
    assert run("instruments", "load", "AAPL.NASDAQ", "ES.CME") == 0
    assert capsys.readouterr().out.splitlines() == ["loaded      AAPL.NASDAQ", "loaded      ES.CME"]
    assert run("instruments", "list", "--sec-type", "STK") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.split()[:3] == ["AAPL.NASDAQ", "STK", "265598"]
    assert run("instruments", "show", "AAPL.NASDAQ") == 0
    shown = printed(capsys)
    assert shown["ladder"] == [{"from": "0", "step": "0.01"}]
    assert [span["con_id"] for span in shown["con_ids"]] == [265598]


def test_load_a_universe_with_descriptions_and_types(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file says which types; progress goes to stderr, the report to stdout."""
    assert run("instruments", "load", "--universe", "mine", "--json") == 0
    report = printed(capsys)
    assert report["loaded"] == ["AAPL.NASDAQ", "ESM13.CME"]
    assert report["skipped"] == ["EUR/USD.IDEALPRO"]


def test_search_finds_by_a_few_letters_what_can_be_loaded(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first column is an id that ``load`` takes; nothing found is exit code 1."""
    assert run("instruments", "search", "AAP") == 0
    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if " 265598 " in line]
    name = line.split()[0]
    assert name == "AAPL.NASDAQ"
    assert "OPT" in line
    assert run("instruments", "load", name) == 0
    capsys.readouterr()
    assert run("instruments", "search", "AAP", "--json") == 0
    assert "AAPL.NASDAQ" in [match["id"] for match in printed(capsys)]
    assert run("instruments", "search", "NOSUCHNAME") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "NOSUCHNAME" in err


def test_ids_are_shown_as_asked_and_stored_as_ever(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By arguments or by the universe's file, and what is shown can be asked for again."""
    assert run("instruments", "load", "AAPL.NASDAQ", "ES.CME", "--mics", "--mic", "ES=GLBX") == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown == ["loaded      AAPL.XNAS", "loaded      ES.GLBX"]
    assert run("instruments", "list", "--id-method", "raw", "--sec-type", "STK") == 0
    assert capsys.readouterr().out.split()[0] == "AAPL=STK.NASDAQ"
    path = tmp_path / "include" / "universes" / "shown.yaml"
    path.write_text("ids: {mics: true}\ninstruments: [AAPL.XNAS]\n", encoding="utf-8")
    assert run("instruments", "load", "--universe", "shown", "--max-age", "1", "--json") == 0
    report = printed(capsys)
    assert report["shown"] == {"AAPL.NASDAQ": "AAPL.XNAS"}
    assert report["fresh"] == ["AAPL.NASDAQ"]
    assert run("instruments", "list", "--id-method", "loud", "--mic", "ES=MARS") == 2
    problems = capsys.readouterr().err
    assert "method: 'loud'" in problems
    assert "'MARS' is the MIC of no known venue" in problems


def test_load_names_what_is_bad_and_exits_with_one(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """The good one is kept; to tolerate the bad one is a choice."""
    assert run("instruments", "load", "NOPE.NYSE", "IBM.NYSE") == 1
    out, err = capsys.readouterr()
    assert out == "loaded      IBM.NYSE\n"
    assert "not loaded  NOPE.NYSE" in err
    assert run("instruments", "load", "NOPE.NYSE", "--tolerate-failures") == 0
    capsys.readouterr()
    assert run("instruments", "show", "NOPE.NYSE") == 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["instruments", "load"], "name instrument ids"),
        (["instruments", "load", "--contract", "symbl=IBM"], "did you mean 'symbol'"),
        (["instruments", "load", "A.B", "--sec-type", "XX"], "known are STK"),
        (["instruments", "load", "--universe", "nope"], "there is mine"),
        (["chains", "options", "AAPL.NASDAQ", "--around", "0"], "at least 1"),
        (["chains", "options", "AAPL.NASDAQ", "--min-days", "5", "--max-days", "4"], "above"),
        (["chains", "futures", "ES.CME", "--roll-months", "HMUZ"], "--roll-days"),
    ],
)
def test_wrong_use_exits_with_two_and_says_why(
    run: Run, capsys: pytest.CaptureFixture[str], arguments: list[str], problem: str
) -> None:
    """Nothing is asked of the gateway; every problem is named."""
    assert run(*arguments) == 2
    assert problem in capsys.readouterr().err


def test_chains_of_futures_and_options(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """A line a chain; the ids where they are asked for."""
    assert run("chains", "futures", "ES.CME", "--max-days", "11", "--roll-days", "5", "--ids") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["ES.CME", "1", "wanted"]
    assert lines[1:] == ["ESH13.CME"]
    options = ("chains", "options", "AAPL.NASDAQ", "--max-days", "5")
    strikes = ("--min-strike", "430", "--max-strike", "430", "--right", "C")
    assert run(*options, *strikes, "--json") == 0
    assert printed(capsys)["instruments"] == ["AAPL130308C00430000.SMART"]


def test_chain_that_is_not_listed_exits_with_one(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """The classes that there are stand in the message."""
    assert run("chains", "options", "AAPL.NASDAQ", "--class", "ZZ") == 1
    assert "there is AAPL, AAPL1" in capsys.readouterr().err


def test_a_gateway_that_is_not_there_exits_with_one(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last port wins; nothing listens there."""
    assert main(["instruments", "load", "AAPL.NASDAQ", "--port", "1"]) == 1
    assert "GatewayNotReady" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [("instruments", "load"), ("chains", "futures"), ("chains", "options")],
    ids=" ".join,
)
def test_help_teaches_by_example(
    command: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Examples that can be copied, and what the exit codes mean."""
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert f"  ib-provider {' '.join(command)} " in text
    assert "exit code: 0" in text
