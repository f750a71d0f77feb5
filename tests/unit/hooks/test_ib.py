# SPDX-License-Identifier: Apache-2.0
"""The hook, as far as it needs no gateway."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowNotFoundException

from ib_provider.errors import ConfigError, WrongAccount
from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.ib import IbHook
from tests.support.airflow_home import gateway_connection


@dataclass
class Session:
    """What ``account`` looks at in a client."""

    managed_accounts: tuple[str, ...]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch, state: Path) -> Any:
    """Return a function that makes a hook over a connection with these extras."""

    def make(port: int = 4002, **extra: Any) -> IbHook:
        monkeypatch.setenv("AIRFLOW_CONN_IB_DEFAULT", gateway_connection(port, **extra))
        return IbHook()

    return make


def test_hook_without_a_connection_fails_when_it_is_used() -> None:
    """Building a hook does no I/O."""
    hook = IbHook("nobody_made_this")
    with pytest.raises(AirflowNotFoundException):
        _ = hook.gateway


def test_endpoint_is_the_connections_under_the_roles_id(connect: Any) -> None:
    """Host, port and limits are the connection's; the client id is the role's."""
    hook = connect(4444, client_id=100, request_timeout_s=7)
    orders, data = hook.endpoint(ClientRole.ORDERS), hook.endpoint(ClientRole.DATA)
    assert (orders.host, orders.port, orders.request_timeout_s) == ("127.0.0.1", 4444, 7)
    assert orders.client_id != data.client_id == 100


def test_account_is_the_only_one_where_nobody_says(connect: Any) -> None:
    """A login with one account leaves nothing to choose."""
    assert connect().account(Session(("DU1",))) == "DU1"


def test_account_of_a_login_with_several_must_be_said(connect: Any) -> None:
    """No account is picked for a person."""
    with pytest.raises(ConfigError, match="DU1, DU2"):
        connect().account(Session(("DU1", "DU2")))


def test_account_asked_for_beside_the_connections_is_refused(connect: Any) -> None:
    """A run cannot talk a connection into another account."""
    with pytest.raises(WrongAccount, match="DU2"):
        connect(account="DU1").account(Session(("DU1", "DU2")), "DU2")


def test_account_the_login_does_not_hold_is_refused(connect: Any) -> None:
    """The error names what the login holds."""
    with pytest.raises(WrongAccount, match="DU9"):
        connect().account(Session(("DU1",)), "DU9")


def test_test_connection_of_a_wrong_connection_says_what_is_wrong(connect: Any) -> None:
    """It returns, it does not raise: the text is what a person sees in the form."""
    ok, message = connect(trading_mode="demo").test_connection()
    assert not ok
    assert "trading_mode" in message
