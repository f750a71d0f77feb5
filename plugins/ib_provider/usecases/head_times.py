# SPDX-License-Identifier: Apache-2.0
"""Since when IB has data of a series, asked once a run. A hint: it may be wrong or missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSpec, WhatToShow
from ib_provider.domain.contract import Instrument
from ib_provider.errors import (
    DataFarmDown,
    LocalProtocolError,
    RemoteProtocolError,
    RequestFailed,
    RequestTimeout,
)

__all__ = ["HeadTimes"]

#: Gateways have been seen never to answer; what is only a hint is not waited for. Its turn in the
#: pacing budget is: other runs may have asked the same within the last fifteen seconds.
_PATIENCE_S: Final = 10.0
#: Kinds of bars that IB names no head of, and the kind they are made of.
_MADE_OF: Final = {WhatToShow.ADJUSTED_LAST: WhatToShow.TRADES, WhatToShow.BID_ASK: WhatToShow.BID}


@dataclass(slots=True)
class HeadTimes:
    """The heads that one client was asked for."""

    client: IbClient
    _known: dict[tuple[str, str, bool], datetime | None] = field(default_factory=dict)

    async def of(self, instrument: Instrument, spec: BarSpec) -> datetime | None:
        """Return the first instant of which IB has data; None where it does not say.

        Raises:
            ConnectionLost: The link ended.
        """
        what = _MADE_OF.get(spec.what, spec.what)
        key = instrument.instrument_id, str(what), spec.rth
        if key not in self._known:
            self._known[key] = await self._ask(instrument, what, rth=spec.rth)
        return self._known[key]

    async def _ask(self, instrument: Instrument, what: WhatToShow, *, rth: bool) -> datetime | None:
        try:
            return await self.client.head_timestamp(
                instrument.contract, what=what, rth=rth, timeout_s=_PATIENCE_S
            )
        except (
            DataFarmDown,
            LocalProtocolError,
            RemoteProtocolError,
            RequestFailed,
            RequestTimeout,
        ):
            return None
