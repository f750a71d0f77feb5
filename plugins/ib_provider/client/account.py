# SPDX-License-Identifier: Apache-2.0
"""Positions, account values, profit and loss.

Rules:
    * Failure is never "nothing held": an answer is whole, or an exception.
    * A number that IB did not give is None; zero is a number.
    * A gateway serves two summaries and one account's updates at a time: these take turns here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.pnl_assembler import PnLAssembler, PositionPnLAssembler
from ib_provider.client.question import Channel, Question
from ib_provider.client.stream import Stream
from ib_provider.client.streaming import StreamingClient, Value
from ib_provider.domain.account import (
    AccountBook,
    AccountValue,
    PnL,
    PortfolioItem,
    Position,
    PositionPnL,
)
from ib_provider.errors import RequestFailed, RequestTimeout, WrongAccount

__all__ = ["AccountMixin"]

#: IB's tag for every value of an account in each of its currencies.
_LEDGER: Final = "$LEDGER:ALL"

#: Code 322 is "too many summaries" as well: the gateway may still be ending the last one.
_SUMMARY_REFUSED: Final = 322
_SUMMARY_RETRY_S: Final = (0.2, 1.0, 3.0)


@dataclass(slots=True, kw_only=True)
class _AccountState:
    """One summary at a time: a gateway serves two subscriptions a client, and refuses a third."""

    summary: asyncio.Lock = field(default_factory=asyncio.Lock)


class AccountMixin(StreamingClient):
    """Asks what the login holds."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._account = _AccountState()

    async def positions(self) -> tuple[Position, ...]:
        """Return what every account of the login holds; nothing where it holds nothing.

        A row of zero, which IB sends for what was closed today, is no position.

        Raises:
            RequestTimeout: The end of the list never came: what did come is not the list.
        """
        rows = await self.ask(
            Question(
                request="positions",
                row=Position,
                key=Channel.POSITIONS,
                send=lambda ib, _: ib.reqPositions(),
                cancel=lambda ib, _: ib.cancelPositions(),
                is_subscription=True,
            )
        )
        return _held(rows)

    async def positions_of(self, account: str, model: str = "") -> tuple[Position, ...]:
        """Return what one account, or one model of it, holds.

        Raises:
            WrongAccount: The login does not hold the account.
        """
        self._check_account(account)
        rows = await self.ask(
            Question(
                request=f"positions of {account}",
                row=Position,
                send=lambda ib, i: ib.reqPositionsMulti(i, account, model),
                cancel=lambda ib, i: ib.cancelPositionsMulti(i),
                is_subscription=True,
            )
        )
        return _held(rows)

    async def account_summary(self, tags: Sequence[str]) -> tuple[AccountValue, ...]:
        """Return the values of these tags for every account of the login.

        Args:
            tags: IB's names: ``NetLiquidation``, ``TotalCashValue`` …

        Returns:
            One row an account, tag and currency. A tag that IB does not know has no row.
        """
        async with self._account.summary:
            for wait_s in _SUMMARY_RETRY_S:
                try:
                    return await self._summary(tags)
                except RequestFailed as error:
                    if error.code != _SUMMARY_REFUSED:
                        raise
                    await asyncio.sleep(wait_s)
            return await self._summary(tags)

    async def currency_ledger(self) -> tuple[AccountValue, ...]:
        """Return every account's values in each currency it has ever held.

        ``BASE`` stands for the sum in the account's own currency.
        """
        return await self.account_summary((_LEDGER,))

    async def account_book(self, account: str) -> AccountBook:
        """Return everything IB says of one account: all values and the portfolio.

        Raises:
            WrongAccount: The login does not hold the account.
            RequestTimeout: The end of the book never came: what did come is not the book.
        """
        self._check_account(account)
        rows: list[AccountValue | PortfolioItem] = await self.ask(
            Question(
                request=f"book of {account}",
                row=object,  # type: ignore[arg-type] # values and portfolio rows in one answer
                key=Channel.ACCOUNT,
                send=lambda ib, _: ib.reqAccountUpdates(subscribe=True, acctCode=account),
                cancel=lambda ib, _: ib.reqAccountUpdates(subscribe=False, acctCode=account),
                is_subscription=True,
            )
        )
        mine = [row for row in rows if row.account == account]
        values = {(v.tag, v.currency): v for v in mine if isinstance(v, AccountValue)}
        held = {
            item.contract.con_id or str(item.contract): item
            for item in mine
            if isinstance(item, PortfolioItem)
        }
        return AccountBook(
            account=account, values=tuple(values.values()), portfolio=tuple(held.values())
        )

    async def account_values(
        self, account: str, model: str = "", *, ledger_only: bool = False
    ) -> tuple[AccountValue, ...]:
        """Return the values of one account, or one model of it, by tag and currency.

        Args:
            ledger_only: Only the values by currency and the net liquidation.

        Raises:
            WrongAccount: The login does not hold the account.
        """
        self._check_account(account)
        rows = await self.ask(
            Question(
                request=f"values of {account}",
                row=AccountValue,
                send=lambda ib, i: ib.reqAccountUpdatesMulti(i, account, model, ledger_only),
                cancel=lambda ib, i: ib.cancelAccountUpdatesMulti(i),
                is_subscription=True,
            )
        )
        return tuple({(row.tag, row.currency): row for row in rows}.values())

    def pnl_updates(self, account: str, model: str = "") -> Stream[PnL]:
        """Return an account's profit and loss as it changes.

        Raises:
            WrongAccount: The login does not hold the account.
        """
        self._check_account(account)
        return self._stream(
            f"profit and loss of {account}",
            partial(PnLAssembler, account=account, model=model),
            send=lambda ib, i: ib.reqPnL(i, account, model),
            cancel=lambda ib, i: ib.cancelPnL(i),
        )

    def position_pnl_updates(
        self, account: str, con_id: int, model: str = ""
    ) -> Stream[PositionPnL]:
        """Return the profit and loss of one position as it changes.

        Raises:
            WrongAccount: The login does not hold the account.
        """
        self._check_account(account)
        return self._stream(
            f"profit and loss of conId {con_id} in {account}",
            partial(PositionPnLAssembler, account=account, model=model, con_id=con_id),
            send=lambda ib, i: ib.reqPnLSingle(i, account, model, con_id),
            cancel=lambda ib, i: ib.cancelPnLSingle(i),
        )

    async def pnl(self, account: str, model: str = "") -> PnL:
        """Return an account's profit and loss as of now.

        Raises:
            RequestTimeout: IB sent none in time.
        """
        return await self._first(self.pnl_updates(account, model))

    async def position_pnl(self, account: str, con_id: int, model: str = "") -> PositionPnL:
        """Return the profit and loss of one position as of now.

        Raises:
            RequestTimeout: IB sent none in time; it sends none for what the account never held.
        """
        return await self._first(self.position_pnl_updates(account, con_id, model))

    async def _first(self, stream: Stream[Value]) -> Value:
        limit_s = self._endpoint.request_timeout_s
        async with stream:
            try:
                async with asyncio.timeout(limit_s):
                    return await anext(stream)
            except TimeoutError:
                raise RequestTimeout(stream.request, limit_s) from None

    async def _summary(self, tags: Sequence[str]) -> tuple[AccountValue, ...]:
        rows = await self.ask(
            Question(
                request=f"account summary {','.join(tags)}",
                row=AccountValue,
                send=lambda ib, i: ib.reqAccountSummary(i, "All", ",".join(tags)),
                cancel=lambda ib, i: ib.cancelAccountSummary(i),
                is_subscription=True,
            )
        )
        return tuple({(row.account, row.tag, row.currency): row for row in rows}.values())

    def _check_account(self, account: str) -> None:
        """Refuse an account of another login: IB would answer nothing, for ever."""
        if self.is_connected and account not in self.managed_accounts:
            raise WrongAccount(account, self.managed_accounts)


def _held(rows: Sequence[Position]) -> tuple[Position, ...]:
    """Return the last word on each position, without what was closed."""
    latest = {(row.account, row.contract.con_id or str(row.contract)): row for row in rows}
    return tuple(row for row in latest.values() if row.quantity)
