# SPDX-License-Identifier: Apache-2.0
"""Historical bars, snapshots and subscriptions. Nothing is kept between two questions."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa

from ib_provider.client.bar_frame import BarFrame
from ib_provider.client.decode_bars import decode_bars
from ib_provider.client.decode_contract import encode_contract
from ib_provider.client.decode_time import render_instant
from ib_provider.client.live_data import LiveData, zone_of
from ib_provider.client.question import Question
from ib_provider.client.tick import Tick, to_quote
from ib_provider.domain.bar import BarSpec
from ib_provider.domain.contract import Contract
from ib_provider.domain.quote import MarketDataType, Quote

__all__ = ["MarketDataMixin"]

#: Asks for seconds since 1970, whatever the zone of the instrument or of the gateway's machine.
_EPOCH_DATES = 2


class MarketDataMixin(LiveData):
    """Asks for bars and quotes."""

    async def historical_bars(
        self,
        contract: Contract,
        spec: BarSpec,
        *,
        end: datetime | None,
        duration: str,
        time_zone: str | None = None,
    ) -> pa.Table:
        """Return the bars of one request, as IB answers it.

        Args:
            end: The last instant wanted, None for now.
            duration: IB's text: ``1 Y``, ``20 D``, ``3600 S``.
            time_zone: IANA name of the exchange's zone, which gives an intraday bar its session;
                that of the contract's venue where None.

        Returns:
            A table of ``BAR_SCHEMA``, ascending. Units: prices in the contract's currency. Empty
            only where IB said in so many words that it has no data.

        Raises:
            PacingViolation, NoMarketDataPermission, RequestFailed: As IB's error says.
            RequestTimeout: No answer; the request was cancelled at the gateway.
            UnknownVenue: Intraday bars of a venue whose zone is not known, and none was given.
        """
        zone = time_zone or (zone_of(contract) if spec.size.is_intraday else "UTC")
        wanted, until = encode_contract(contract), render_instant(end)
        frames = await self.ask(
            Question(
                request=f"{duration} of {spec} bars of {contract} to {until or 'now'}",
                row=BarFrame,
                send=lambda ib, i: ib.reqHistoricalData(
                    i,
                    wanted,
                    until,
                    duration,
                    str(spec.size),
                    str(spec.what),
                    int(spec.rth),
                    _EPOCH_DATES,
                    keepUpToDate=False,
                    chartOptions=[],
                ),
                cancel=lambda ib, i: ib.cancelHistoricalData(i),
                empty_is_answer=True,
            )
        )
        return decode_bars(frames, size=spec.size, time_zone=zone)

    async def quote(self, contract: Contract) -> Quote:
        """Return a snapshot of a contract's market; a field that IB did not send is None.

        Raises:
            NoMarketDataPermission: The login may not see it, and delayed data are not allowed.
            RequestTimeout: The end of the snapshot never came; a gateway takes up to 11 s.
        """
        wanted = encode_contract(contract)
        ticks = await self.ask(
            Question(
                request=f"quote of {contract}",
                row=Tick,
                send=lambda ib, i: ib.reqMktData(
                    i, wanted, "", snapshot=True, regulatorySnapshot=False, mktDataOptions=[]
                ),
                cancel=lambda ib, i: ib.cancelMktData(i),
            )
        )
        return to_quote(ticks, con_id=contract.con_id, ts=datetime.now(UTC))

    async def use_market_data(self, kind: MarketDataType) -> None:
        """Ask for live, frozen or delayed data from now on. IB does not answer this.

        Each quote says what it really is; a live subscription is not replaced by delayed data.
        """
        await self._pace()
        await self._write(self._encode(lambda ib, _: ib.reqMarketDataType(int(kind)), 0))
