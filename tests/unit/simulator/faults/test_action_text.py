# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date
from typing import Any, get_args

import pytest

from ib_provider.errors import ConfigError
from ib_provider.simulator.faults import actions as a
from ib_provider.simulator.faults import market_changes as m
from ib_provider.simulator.faults.action_text import ACTIONS, parse_action


@pytest.mark.parametrize(
    ("document", "action"),
    [
        ({"do": "drop"}, a.Drop()),
        ({"do": "drop", "client": 3}, a.Drop(client=3)),
        ({"do": "refuse", "seconds": 2}, a.Refuse(seconds=2.0)),
        (
            {"do": "connectivity", "state": "restored", "data": "lost"},
            a.Connectivity(state="restored", data="lost"),
        ),
        (
            {"do": "tamper", "kinds": "orders", "how": "lose", "share": 0.5},
            a.TamperAnswers(kinds=("orders",), how="lose", share=0.5),
        ),
        ({"do": "next_order", "how": "reject"}, a.OrderFault(how="reject")),
        (
            {"do": "next_request", "request": "ReqMktData", "code": 354},
            a.RefuseRequest(request="ReqMktData", code=354),
        ),
        (
            {"do": "split", "symbol": "AAPL", "session": "2013-03-05", "ratio": 2},
            m.SplitShares(symbol="AAPL", session=date(2013, 3, 5), ratio=2),
        ),
        (
            {"do": "close_venue", "venue": "NYSE", "session": date(2013, 3, 5)},
            m.CloseVenue(venue="NYSE", session=date(2013, 3, 5)),
        ),
        ({"do": "half_message", "kinds": "bars"}, a.HalfMessage(kinds=("bars",))),
    ],
)
def test_mapping_becomes_its_action(document: dict[str, Any], action: a.Action) -> None:
    """Words and numbers as people write them."""
    assert parse_action(document, "test") == action


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({}, "do: None is none of"),
        ({"do": "explode"}, "do: 'explode' is none of"),
        ({"do": "drop", "clint": 3}, "clint: no such key"),
        ({"do": "drop", "client": "3"}, "client: '3' is not of type int"),
        ({"do": "farm", "farm": "usfarm"}, "state: is missing"),
        ({"do": "farm", "farm": "usfarm", "state": "sad"}, "state: 'sad' is none of ok, broken"),
        ({"do": "tamper", "kinds": ["cats"], "how": "lose"}, "kinds: 'cats' is no message"),
        ({"do": "tamper", "kinds": "bars", "how": "lose", "share": 2}, "share: 2.0 cannot be"),
        ({"do": "language", "language": "tlh"}, "language: 'tlh' cannot be"),
        ({"do": "next_request", "request": "ReqTea", "code": 418}, "request: 'ReqTea' cannot be"),
        ({"do": "next_order", "how": "lose", "count": 0}, "count: 0 cannot be"),
        (
            {"do": "settle", "symbol": "ES", "session": "1 March", "percent": 0.1},
            "session: '1 March' is not a date such as 2013-03-05",
        ),
        (
            {"do": "close_early", "venue": "NYSE", "session": "2013-03-05", "close": "noon"},
            "close: 'noon' cannot be",
        ),
        (
            {"do": "split", "symbol": "AAPL", "session": "2013-03-05", "ratio": 1},
            "ratio: 1 cannot be",
        ),
        ({"do": "silence", "seconds": True}, "seconds: True is not of type float"),
    ],
)
def test_problem_names_its_key(document: dict[str, Any], problem: str) -> None:
    """And says what would do."""
    with pytest.raises(ConfigError) as raised:
        parse_action(document, "test")
    assert any(told.startswith(problem) for told in raised.value.problems), raised.value.problems


def test_every_action_has_a_word() -> None:
    """What cannot be written cannot be used."""
    assert set(ACTIONS.values()) == set(get_args(a.Action))
