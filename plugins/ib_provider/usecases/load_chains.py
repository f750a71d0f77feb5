# SPDX-License-Identifier: Apache-2.0
"""Several chains, one after another: one that fails spoils no other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from ib_provider.domain.chain_report import ChainReport, ChainsReport
from ib_provider.errors import ConnectionLost, IbProviderError
from ib_provider.usecases.progress import Progress, silent

__all__ = ["load_chains"]


async def load_chains(
    names: Iterable[str],
    load: Callable[[str], Awaitable[tuple[ChainReport, ...]]],
    *,
    progress: Progress = silent,
) -> ChainsReport:
    """Return what ``load`` brought for each name, and why it failed for others.

    Raises:
        ConnectionLost: The chains before are kept.
    """
    reports: list[ChainReport] = []
    failed: dict[str, str] = {}
    is_transient = False
    for name in dict.fromkeys(names):
        try:
            reports += await load(name)
        except ConnectionLost:
            raise
        except IbProviderError as error:
            failed[name] = str(error)
            is_transient |= error.transient
            progress(f"{name}: {error}")
    for report in reports:
        is_transient |= report.is_transient
        failed |= {f"{report.underlying_id} {part}": why for part, why in report.failed.items()}
    return ChainsReport(reports=tuple(reports), failed=failed, is_transient=is_transient)
