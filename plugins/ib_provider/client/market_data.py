# SPDX-License-Identifier: Apache-2.0
"""The past, snapshots and subscriptions. Nothing is kept between two questions."""

from __future__ import annotations

from datetime import UTC, datetime

from ib_provider.client.decode_contract import encode_contract
from ib_provider.client.historical_data import HistoricalData
from ib_provider.client.live_data import LiveData
from ib_provider.client.question import Question
from ib_provider.client.tick import Tick, to_quote
from ib_provider.domain.contract import Contract
from ib_provider.domain.quote import MarketDataType, Quote

__all__ = ["MarketDataMixin"]


class MarketDataMixin(LiveData, HistoricalData):
    """Asks for bars and quotes."""

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
