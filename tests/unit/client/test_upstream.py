# SPDX-License-Identifier: Apache-2.0
"""The gateway's link to IB and the data farms, apart from the socket."""

from __future__ import annotations

import asyncio

import pytest

from ib_provider.client.upstream import FarmKind, FarmState, Upstream
from ib_provider.errors import ConnectionLost, DataFarmDown

MARKET_BROKEN = (2103, "Market data farm connection is broken:usfarm")
HISTORY_BROKEN = (2105, "HMDS data farm connection is broken:ushmds")
HISTORY_WELL = (2106, "HMDS data farm connection is OK:ushmds")
HISTORY_ASLEEP = (2107, "HMDS data farm connection is inactive but should be available.ushmds")


def test_each_kind_of_farm_is_its_own_state() -> None:
    """A broken market-data farm does not stop a request for history."""
    upstream = Upstream()
    upstream.note_farm(*MARKET_BROKEN)
    assert upstream.farms == {"usfarm": FarmState.BROKEN}
    assert upstream.obstacle(FarmKind.MARKET) == "market data farm(s) down: usfarm"
    assert upstream.obstacle(FarmKind.HISTORICAL) is None
    assert upstream.is_ib_reached


def test_a_farm_asleep_or_never_named_stops_nothing() -> None:
    """It wakes when it is asked."""
    upstream = Upstream()
    upstream.note_farm(*HISTORY_ASLEEP)
    assert upstream.obstacle(FarmKind.HISTORICAL) is None
    assert upstream.obstacle(FarmKind.DEFINITION) is None


@pytest.mark.parametrize("lost", [1100, 2110])
@pytest.mark.parametrize("back", [1101, 1102])
def test_without_ib_no_farm_is_of_use(lost: int, back: int) -> None:
    """IB's link is a state of its own: farms may still be called well."""
    upstream = Upstream()
    upstream.note_farm(*HISTORY_WELL)
    upstream.note_link(lost)
    assert "no connection to IB" in (upstream.obstacle(FarmKind.HISTORICAL) or "")
    assert upstream.farms.is_well(FarmKind.HISTORICAL)
    upstream.note_link(back)
    assert upstream.obstacle(FarmKind.HISTORICAL) is None
    assert upstream.outages(FarmKind.HISTORICAL) == 1


async def test_a_wait_ends_when_the_last_broken_farm_is_well() -> None:
    """Every farm of the kind counts, and both of them were down."""
    upstream = Upstream()
    upstream.note_farm(*HISTORY_BROKEN)
    upstream.note_farm(2105, "HMDS data farm connection is broken:euhmds")
    waiting = asyncio.create_task(upstream.wait_until_clear(FarmKind.HISTORICAL, timeout_s=30))
    await asyncio.sleep(0)
    upstream.note_farm(*HISTORY_WELL)
    await asyncio.sleep(0)
    assert not waiting.done()
    upstream.note_farm(2106, "HMDS data farm connection is OK:euhmds")
    await waiting


async def test_a_wait_that_is_too_long_names_the_farm() -> None:
    """It says nothing about the data, and may be tried again."""
    upstream = Upstream()
    upstream.note_farm(*HISTORY_BROKEN)
    with pytest.raises(DataFarmDown, match="ushmds") as caught:
        await upstream.wait_until_clear(FarmKind.HISTORICAL, timeout_s=0.01)
    assert caught.value.transient


async def test_a_wait_fails_with_the_link() -> None:
    """Nobody waits for a farm behind a gateway that has gone."""
    upstream = Upstream()
    upstream.note_farm(*HISTORY_BROKEN)
    waiting = asyncio.create_task(upstream.wait_until_clear(FarmKind.HISTORICAL, timeout_s=30))
    await asyncio.sleep(0)
    upstream.lose("gone")
    with pytest.raises(ConnectionLost, match="gone"):
        await waiting
