# SPDX-License-Identifier: Apache-2.0
"""What a login may see, by symbol and by what the client chose."""

from __future__ import annotations

import pytest

from ib_provider.domain.contract import Contract
from ib_provider.simulator.entitlements import Access, Entitlements

LOGIN = Entitlements(
    not_subscribed=frozenset({"TSLA"}),
    not_for_api=frozenset({"QQQ"}),
    partly_subscribed=frozenset({"IWM"}),
)


@pytest.mark.parametrize(
    ("symbol", "chosen", "refused", "noticed", "delayed"),
    [
        ("IBM", 1, None, None, False),
        ("IBM", 3, None, None, False),
        ("IWM", 1, None, 10090, False),
        ("TSLA", 1, 354, None, False),
        ("TSLA", 2, 354, None, False),
        ("TSLA", 3, None, 10167, True),
        ("TSLA", 4, None, 10167, True),
        ("QQQ", 1, 10089, None, False),
        ("QQQ", 3, None, 10167, True),
    ],
)
def test_access_depends_on_symbol_and_choice(
    symbol: str, chosen: int, refused: int | None, noticed: int | None, delayed: bool
) -> None:
    """Who may see live data gets it whatever was chosen; delayed data must be asked for."""
    access = LOGIN.access(symbol, chosen)
    assert (access.refusal and access.refusal.code) == refused
    assert (access.notice and access.notice.code) == noticed
    assert access.delayed is delayed


def test_delayed_data_that_is_switched_off_is_refused() -> None:
    """10168, and live data stays as it was."""
    login = Entitlements(not_subscribed=frozenset({"TSLA"}), delayed_data=False)
    refusal = login.access("TSLA", 3).refusal
    assert refusal is not None
    assert refusal.code == 10168
    assert login.access("IBM", 3) == Access()


def test_streams_are_never_delayed() -> None:
    """The text names the exchange that is not paid for."""
    own = Contract(symbol="TSLA", exchange="SMART", primary_exchange="NASDAQ", currency="USD")
    refusal = LOGIN.stream_refusal(own, code=10189, about="Failed")
    assert refusal is not None
    assert (refusal.code, refusal.message) == (
        10189,
        "Failed:No market data permissions for NASDAQ STK",
    )
    assert LOGIN.stream_refusal(Contract(symbol="IBM"), code=10189, about="Failed") is None
    assert LOGIN.book_refusal("IWM") is None
