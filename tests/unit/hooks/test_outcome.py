# SPDX-License-Identifier: Apache-2.0
"""What an error of ours means to Airflow."""

from __future__ import annotations

import pytest
from airflow.sdk.exceptions import AirflowFailException

from ib_provider.errors import (
    ConfigError,
    GatewayNotReady,
    IbProviderError,
    LimitBreached,
    OrderOutcomeUnknown,
    RequestTimeout,
    WriteConflict,
)
from ib_provider.hooks.outcome import run_use_case, task_outcome

TRANSIENT = [
    GatewayNotReady("127.0.0.1:4002", "refused", 1.0),
    RequestTimeout("positions", 60),
    WriteConflict("AAPL"),
]
FINAL = [
    ConfigError("limits/demo.yaml", ["max_orders: missing"]),
    LimitBreached(["max_orders"]),
    OrderOutcomeUnknown(["a-1"], "no trace"),
]


@pytest.mark.parametrize("error", TRANSIENT, ids=lambda error: type(error).__name__)
def test_transient_error_is_left_for_airflow_to_retry(error: IbProviderError) -> None:
    """The same call may succeed later."""
    with pytest.raises(type(error)), task_outcome():
        raise error


@pytest.mark.parametrize("error", FINAL, ids=lambda error: type(error).__name__)
def test_final_error_is_never_retried_and_keeps_its_name(error: IbProviderError) -> None:
    """Above all a broken limit, and an order nobody can account for."""
    with pytest.raises(AirflowFailException, match=type(error).__name__), task_outcome():
        raise error


def test_defect_passes_untouched() -> None:
    """What is not ours is not disguised."""
    with pytest.raises(ZeroDivisionError), task_outcome():
        _ = 1 / 0


def test_use_case_runs_and_returns() -> None:
    """A coroutine is run on a loop of its own."""

    async def answer() -> int:
        return 42

    assert run_use_case(answer()) == 42
