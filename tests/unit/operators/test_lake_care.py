# SPDX-License-Identifier: Apache-2.0
"""The lake's care, without a store to copy to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from ib_provider.operators.lake_care import IbLakeMirrorOperator, IbLakeTidyOperator
from ib_provider.store.part_store import PartStore
from tests.support.killed_compaction import NAME, TABLE, quotes

NO_CONTEXT: Any = {}


def test_tidy_compacts_parts_and_sweeps_what_is_stale(state: Path) -> None:
    """Parts become the files of their days; of two temporary files the old one is gone."""
    store = PartStore(state / "market")
    with store.writing(TABLE, NAME):
        for number in range(2):
            store.append(TABLE, NAME, quotes(2 * number, 2), part=f"part-{number}")
    parts = len(list(state.rglob("*.parquet")))
    assert parts >= 2
    old, young = (state / "market" / f"{name}.parquet.1.tmp" for name in ("old", "young"))
    for file in (old, young):
        file.touch()
    os.utime(old, times=(0, 0))
    done = IbLakeTidyOperator(task_id="tidy").execute(NO_CONTEXT)
    assert done == {"parts": parts, "swept": 1, "busy": []}
    assert (old.exists(), young.exists()) == (False, True)
    assert store.parts(TABLE, NAME) == 0


def test_tidy_passes_over_what_is_being_written(state: Path) -> None:
    """A capture that runs keeps its parts, and the table is named."""
    store = PartStore(state / "market")
    with store.writing(TABLE, NAME):
        store.append(TABLE, NAME, quotes(0, 2), part="part")
        done = IbLakeTidyOperator(task_id="tidy").execute(NO_CONTEXT)
    assert done == {"parts": 0, "swept": 0, "busy": [f"{TABLE.name} of {NAME}"]}


@pytest.mark.parametrize("url", [None, "", "None"])
def test_mirror_is_skipped_where_none_is_configured(
    state: Path, monkeypatch: pytest.MonkeyPatch, url: str | None
) -> None:
    """It says which variable would name one; the lake is not even opened."""
    monkeypatch.delenv("IB_PROVIDER_MIRROR", raising=False)
    with pytest.raises(AirflowSkipException, match="IB_PROVIDER_MIRROR"):
        IbLakeMirrorOperator(task_id="mirror", url=url).execute(NO_CONTEXT)
    assert not state.exists()


@pytest.mark.parametrize("url", ["/mnt/copy", "ftp://host/market", "s3://key:secret@bucket/market"])
def test_mirror_to_what_is_no_object_store_fails_for_good(
    state: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """A slip in the configuration is no reason to try again, or to skip in silence."""
    monkeypatch.setenv("IB_PROVIDER_MIRROR", url)
    with pytest.raises(AirflowFailException, match="ConfigError"):
        IbLakeMirrorOperator(task_id="mirror").execute(NO_CONTEXT)
    assert not list(state.rglob("*.parquet"))
