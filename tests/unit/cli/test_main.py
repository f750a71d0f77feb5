# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ib_provider import __version__
from ib_provider.cli.main import main
from tests.support.simulator import gateway_in_thread, quick_options


def test_main_without_a_command_shows_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    """The list of commands comes with the refusal."""
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "usage: ib-provider" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        *("account", "capture", "chains", "demo", "down", "gateway", "instruments", "kill"),
        *("rebalance", "simulator", "up"),
    ],
)
def test_main_each_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``--help`` of every command works, and costs no start of what it would run."""
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"ib-provider {command}" in capsys.readouterr().out


def test_main_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The version is the package's."""
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.split() == ["ib-provider", __version__]


def test_main_gateway_probe_of_a_gateway_says_its_version(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A simulated gateway answers the handshake."""
    with gateway_in_thread(quick_options()) as gateway:
        assert main(["gateway", "probe", "--port", str(gateway.port)]) == 0
    assert "server version 226" in capsys.readouterr().out


def test_main_gateway_probe_of_nobody_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """A failure is one line with its type and exit code 1."""
    assert main(["gateway", "probe", "--port", "1", "--timeout", "2"]) == 1
    assert "GatewayNotReady: gateway 127.0.0.1:1 is not ready" in capsys.readouterr().err


def test_main_wrong_settings_are_exit_code_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a person wrote wrongly is named, all of it at once."""
    monkeypatch.setenv("IB_PROVIDER_LEDGER_URL", "nonsense")
    assert main(["demo"]) == 2
    assert "IB_PROVIDER_LEDGER_URL: not a SQLAlchemy URL" in capsys.readouterr().err
