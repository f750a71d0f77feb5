# SPDX-License-Identifier: Apache-2.0
"""The one place where our errors become what Airflow does next.

Rules:
    - A transient error is raised on: Airflow retries the task as its ``retries`` say.
    - Every other error of ours is final: the same call would fail again, or a person must look
      first. It becomes ``AirflowFailException``, which is never retried.
    - Anything else is a defect and passes untouched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from airflow.sdk.exceptions import AirflowFailException

from ib_provider.errors import IbProviderError

__all__ = ["run_use_case", "task_outcome"]

_T = TypeVar("_T")


@contextmanager
def task_outcome() -> Iterator[None]:
    """Translate errors of the block into Airflow's.

    Raises:
        IbProviderError: A transient one, as it is.
        AirflowFailException: For a final one; its text begins with the error's type.
    """
    try:
        yield
    except IbProviderError as error:
        if error.transient:
            raise
        raise AirflowFailException(f"{type(error).__name__}: {error}") from error


def run_use_case(work: Coroutine[Any, Any, _T]) -> _T:
    """Return what a use case returns, run on a loop of its own, its errors translated."""
    with task_outcome():
        return asyncio.run(work)
