# SPDX-License-Identifier: Apache-2.0
"""What a contract is, what there is on it, and by which steps its price moves.

Nothing is kept between two questions, except that symbol searches keep a second's distance.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Final

from ibapi.server_versions import MIN_SERVER_VER_CANCEL_CONTRACT_DATA

from ib_provider.client.base import ClientBase
from ib_provider.client.decode_contract import encode_contract
from ib_provider.client.decode_instrument import ForeignContract
from ib_provider.client.endpoint import Endpoint
from ib_provider.client.question import MarketRuleKey, Question
from ib_provider.client.shared_answer import SharedAnswers
from ib_provider.domain.contract import Contract, Instrument, SecType
from ib_provider.domain.option_chain import OptionChain
from ib_provider.domain.price_ladder import PriceLadder
from ib_provider.domain.symbol_match import SymbolMatch
from ib_provider.errors import InvalidInstrumentId, NoSecurityDefinition

__all__ = ["ContractMixin"]

_logger = logging.getLogger(__name__)

#: Between two symbol searches, in seconds. Source: IB, "Stock Contract Search".
_SEARCH_GAP_S: Final = 1.0


@dataclass(slots=True, kw_only=True)
class _ContractState:
    """The questions that several may wait for, and when the next search may be."""

    shared: SharedAnswers = field(default_factory=SharedAnswers)
    next_search_at: float = 0.0


class ContractMixin(ClientBase):
    """Asks what a contract is. Equal questions at the same time share one answer."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._contracts = _ContractState()

    async def contract_details(
        self, contract: Contract, *, include_expired: bool = False, timeout_s: float | None = None
    ) -> tuple[Instrument, ...]:
        """Return every contract that a description fits, in IB's order, at least one.

        Contracts of a type that is unknown here are logged and left out.

        Args:
            include_expired: Also futures that no longer trade, up to two years back.
            timeout_s: Bound on the answer; a whole option chain may need more than the default.

        Raises:
            NoSecurityDefinition: IB knows none (code 200).
            InvalidInstrumentId: IB knows some, and none of them can be an instrument here.
        """
        return await self._contracts.shared.get(
            ("details", contract, include_expired),
            lambda: self._details(contract, timeout_s, include_expired=include_expired),
        )

    async def matching_symbols(self, pattern: str) -> tuple[SymbolMatch, ...]:
        """Return up to sixteen contracts whose symbol or name begins with a pattern.

        Empty where IB knows none. Two searches are a second apart, as IB wants it.
        """
        text = pattern.strip()
        return await self._contracts.shared.get(("symbols", text), lambda: self._symbols(text))

    async def option_parameters(
        self, underlying: Contract, *, exchange: str = ""
    ) -> tuple[OptionChain, ...]:
        """Return the option chains of an underlying, one an exchange and trading class.

        Empty only where IB said that there are none.

        Args:
            underlying: Qualified: its conId, symbol and security type are asked for.
            exchange: Of options on a future: only this one's; empty for all.
        """
        return await self._contracts.shared.get(
            ("options", underlying.con_id, underlying.sec_type, exchange),
            lambda: self._option_parameters(underlying, exchange),
        )

    async def market_rule(self, rule_id: int) -> PriceLadder:
        """Return the price steps of a market rule.

        Raises:
            RequestFailed: IB knows no such rule. IB answers that without saying which rule it
                means, so it fails every rule that is asked for at that moment.
        """
        return await self._contracts.shared.get(
            ("rule", rule_id), lambda: self._market_rule(rule_id)
        )

    async def _details(
        self, contract: Contract, timeout_s: float | None, *, include_expired: bool
    ) -> tuple[Instrument, ...]:
        wanted = encode_contract(contract, include_expired=include_expired)
        can_cancel = self.server_version >= MIN_SERVER_VER_CANCEL_CONTRACT_DATA
        request = f"contract details {contract}"
        rows = await self.ask(
            Question(
                request=request,
                row=object,
                send=lambda ib, i: ib.reqContractDetails(i, wanted),
                cancel=(lambda ib, i: ib.cancelContractData(i)) if can_cancel else None,
                timeout_s=timeout_s,
            )
        )
        if not rows:
            raise NoSecurityDefinition(200, "an empty answer", request)
        foreign = [row for row in rows if isinstance(row, ForeignContract)]
        for row in foreign:
            _logger.warning("left out: %s", row)
        found = {
            (row.contract.con_id, row.contract.sec_type): row
            for row in rows
            if isinstance(row, Instrument)
        }
        if not found:
            raise InvalidInstrumentId(str(contract), "; ".join(map(str, foreign)))
        return tuple(found.values())

    async def _symbols(self, text: str) -> tuple[SymbolMatch, ...]:
        now = asyncio.get_running_loop().time()
        turn = max(now, self._contracts.next_search_at)
        self._contracts.next_search_at = turn + _SEARCH_GAP_S
        await asyncio.sleep(turn - now)
        rows = await self.ask(
            Question(
                request=f"symbols like {text!r}",
                row=SymbolMatch,
                send=lambda ib, i: ib.reqMatchingSymbols(i, text),
            )
        )
        return tuple(rows)

    async def _option_parameters(
        self, underlying: Contract, exchange: str
    ) -> tuple[OptionChain, ...]:
        is_future = underlying.sec_type in (SecType.FUT, SecType.CONTFUT)
        rows = await self.ask(
            Question(
                request=f"option parameters of {underlying}",
                row=OptionChain,
                send=lambda ib, i: ib.reqSecDefOptParams(
                    i,
                    underlying.symbol,
                    exchange if is_future else "",
                    "FUT" if is_future else str(underlying.sec_type),
                    underlying.con_id,
                ),
            )
        )
        return tuple(sorted(rows, key=lambda row: (row.exchange, row.trading_class)))

    async def _market_rule(self, rule_id: int) -> PriceLadder:
        (ladder,) = await self.ask(
            Question(
                request=f"market rule {rule_id}",
                row=PriceLadder,
                send=lambda ib, _: ib.reqMarketRule(rule_id),
                key=MarketRuleKey(rule_id),
            )
        )
        return ladder
