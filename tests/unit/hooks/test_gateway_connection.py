# SPDX-License-Identifier: Apache-2.0
"""An Airflow connection, read once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from airflow.sdk import Connection

from ib_provider.domain.account import TradingMode
from ib_provider.errors import ConfigError
from ib_provider.hooks.gateway_connection import parse_connection


def connection(extra: str | None = None, **fields: Any) -> Connection:
    return Connection(conn_id="ib_default", conn_type="ib_gateway", extra=extra, **fields)


def test_connection_empty_is_a_read_only_paper_gateway_on_this_host() -> None:
    """Nothing said means nothing dangerous."""
    gateway = parse_connection(connection())
    assert (gateway.host, gateway.port) == ("127.0.0.1", 4002)
    assert gateway.trading_mode is TradingMode.PAPER
    assert gateway.read_only is True
    assert gateway.account is None


def test_connection_live_has_the_live_port() -> None:
    """IB Gateway listens on 4001 for live accounts."""
    assert parse_connection(connection('{"trading_mode": "live"}')).port == 4001


def test_connection_nulls_of_the_form_are_missing_values() -> None:
    """Airflow's form saves an explicit null for every field left empty."""
    text = (
        '{"account": null, "client_id": null, "trading_mode": null, "read_only": null,'
        ' "connect_timeout_s": null, "request_timeout_s": ""}'
    )
    assert parse_connection(connection(text)) == parse_connection(connection())


@pytest.mark.parametrize("text", ["false", "False", "no", "0"])
def test_connection_text_of_a_uri_reads_as_its_value(text: str) -> None:
    """A connection URI turns every extra into text."""
    gateway = parse_connection(
        connection(f'{{"read_only": "{text}", "client_id": "7", "request_timeout_s": "2.5"}}')
    )
    assert gateway.read_only is False
    assert gateway.client_id == 7
    assert gateway.request_timeout_s == 2.5


def test_connection_wrong_names_every_problem_at_once() -> None:
    """One failure, all there is to mend; a misspelt switch does not pass unnoticed."""
    text = (
        '{"readonly": false, "trading_mode": "demo", "read_only": "perhaps", "client_id": 1.5,'
        ' "request_timeout_s": -1}'
    )
    with pytest.raises(ConfigError) as caught:
        parse_connection(connection(text, port=70000))
    assert {problem.partition(":")[0] for problem in caught.value.problems} == {
        "readonly",
        "trading_mode",
        "read_only",
        "client_id",
        "request_timeout_s",
        "port",
    }
    assert "ib_default" in str(caught.value)


@pytest.mark.parametrize("text", ["nan", "inf", "1e400"])
def test_connection_timeout_that_is_no_number_is_refused(text: str) -> None:
    """A wait without end is not a timeout."""
    with pytest.raises(ConfigError):
        parse_connection(connection(f'{{"request_timeout_s": "{text}"}}'))


def test_connection_says_how_a_link_is_watched() -> None:
    """Heartbeat, silence, rate and the hours in which a loss is expected."""
    gateway = parse_connection(
        connection(
            '{"messages_per_s": 20, "heartbeat_s": 0, "silence_s": 5,'
            ' "reset_windows": "Sat 22:00-23:00 Europe/Zurich"}'
        )
    )
    assert (gateway.messages_per_s, gateway.heartbeat_s, gateway.silence_s) == (20, 0, 5)
    assert gateway.reset_windows.contain(datetime(2026, 3, 7, 21, 30, tzinfo=UTC))
    assert not gateway.reset_windows.contain(datetime(2026, 3, 8, 5, tzinfo=UTC))


def test_connection_without_windows_expects_ibs_night_and_with_never_nothing() -> None:
    """The default is IB's own reset; whoever wants every alarm says so."""
    night = datetime(2026, 3, 5, 5, tzinfo=UTC)  # midnight in New York
    assert parse_connection(connection()).reset_windows.contain(night)
    assert not parse_connection(connection('{"reset_windows": "never"}')).reset_windows.windows


def test_connection_with_windows_that_cannot_be_read_is_refused() -> None:
    """A misspelt window is named like every other problem."""
    with pytest.raises(ConfigError, match="reset_windows: 'at night'"):
        parse_connection(connection('{"reset_windows": "at night"}'))
