# SPDX-License-Identifier: Apache-2.0
"""How long a download waits for a gateway that says "not now"."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from ib_provider.client.back_off import BackOff
from ib_provider.errors import ConfigError, DataFarmDown, PacingViolation, QueryCancelled
from ib_provider.usecases.progress import Progress, silent

__all__ = ["Patience"]

Answer = TypeVar("Answer")

#: Failures that pass by themselves, and say nothing of the data.
_PASSING: Final = (DataFarmDown, PacingViolation, QueryCancelled)
#: A minute, then twice as long each time, up to IB's longest window and some.
_MINUTES: Final = BackOff(first_s=60.0, most_s=960.0, jitter=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Bounded tries of one request, further and further apart.

    Attributes:
        tries: At least one.
        sleep: Waits so many seconds.
    """

    tries: int = 5
    back_off: BackOff = _MINUTES
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def __post_init__(self) -> None:
        if self.tries < 1:
            raise ConfigError("patience", [f"tries: {self.tries} is below 1"])

    async def until_answered(
        self, ask: Callable[[], Awaitable[Answer]], *, progress: Progress = silent
    ) -> Answer:
        """Return what ``ask`` returns, asked again after a failure that passes by itself.

        Raises:
            DataFarmDown, PacingViolation, QueryCancelled: The last try's.
        """
        for failures in range(1, self.tries):
            try:
                return await ask()
            except _PASSING as error:
                wait_s = self.back_off.delay_s(failures)
                progress(f"{error}; again in {wait_s:g} s, try {failures + 1} of {self.tries}")
                await self.sleep(wait_s)
        return await ask()
