# SPDX-License-Identifier: Apache-2.0
"""Client ids: who may use which, and one at a time."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from ib_provider.errors import WriteConflict
from ib_provider.hooks.client_ids import ClientRole, client_ids, lease_client_id
from ib_provider.ledger.locks import FileLocks


def test_client_ids_of_two_roles_never_meet() -> None:
    """A session for one purpose does not end a session for another."""
    for one, other in combinations(ClientRole, 2):
        assert not set(client_ids(1, one)) & set(client_ids(1, other))


def test_client_ids_for_orders_are_exactly_one() -> None:
    """An orphan that holds it keeps the next try from trading beside it."""
    assert len(client_ids(1, ClientRole.ORDERS)) == 1


async def test_lease_gives_each_holder_an_id_of_its_own(tmp_path: Path) -> None:
    """Two tasks of one role work side by side under two ids."""
    async with (
        lease_client_id("gw:4002", (1, 2), locks=FileLocks(tmp_path), wait_s=0) as one,
        lease_client_id("gw:4002", (1, 2), locks=FileLocks(tmp_path), wait_s=0) as other,
    ):
        assert {one, other} == {1, 2}


async def test_lease_with_every_id_taken_names_them_and_may_be_retried(tmp_path: Path) -> None:
    """The wait is bounded, and Airflow tries again."""
    async with lease_client_id("gw:4002", (6,), locks=FileLocks(tmp_path), wait_s=0):
        with pytest.raises(WriteConflict, match=r"6 of gateway gw:4002") as caught:
            async with lease_client_id("gw:4002", (6,), locks=FileLocks(tmp_path), wait_s=0):
                pytest.fail("the id was given twice")
    assert caught.value.transient


async def test_lease_ends_with_its_block_also_when_it_fails(tmp_path: Path) -> None:
    """A failed task leaves no id behind."""
    with pytest.raises(RuntimeError, match="task"):
        async with lease_client_id("gw:4002", (6,), locks=FileLocks(tmp_path), wait_s=0):
            raise RuntimeError("task")
    async with lease_client_id("gw:4002", (6,), locks=FileLocks(tmp_path), wait_s=0) as again:
        assert again == 6


async def test_lease_of_another_gateway_is_independent(tmp_path: Path) -> None:
    """Client ids belong to a gateway."""
    async with (
        lease_client_id("gw:4001", (6,), locks=FileLocks(tmp_path), wait_s=0) as live,
        lease_client_id("gw:4002", (6,), locks=FileLocks(tmp_path), wait_s=0) as paper,
    ):
        assert live == paper == 6
