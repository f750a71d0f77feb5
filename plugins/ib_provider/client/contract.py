# SPDX-License-Identifier: Apache-2.0
"""Contract details. Nothing is kept between two questions."""

from __future__ import annotations

from ibapi.server_versions import MIN_SERVER_VER_CANCEL_CONTRACT_DATA

from ib_provider.client.base import ClientBase
from ib_provider.client.decode_contract import encode_contract
from ib_provider.client.question import Question
from ib_provider.domain.contract import Contract, Instrument
from ib_provider.errors import NoSecurityDefinition

__all__ = ["ContractMixin"]


class ContractMixin(ClientBase):
    """Asks what a contract is."""

    async def contract_details(self, contract: Contract) -> tuple[Instrument, ...]:
        """Return every contract that a description fits, in IB's order, at least one.

        Raises:
            NoSecurityDefinition: IB knows none (code 200).
            InvalidInstrumentId: One of them has no instrument id.
        """
        wanted = encode_contract(contract)
        can_cancel = self.server_version >= MIN_SERVER_VER_CANCEL_CONTRACT_DATA
        rows = await self.ask(
            Question(
                request=f"contract details {contract}",
                row=Instrument,
                send=lambda ib, i: ib.reqContractDetails(i, wanted),
                cancel=(lambda ib, i: ib.cancelContractData(i)) if can_cancel else None,
            )
        )
        if not rows:
            raise NoSecurityDefinition(200, "an empty answer", f"contract details {contract}")
        return tuple({row.contract.con_id: row for row in rows}.values())
