# SPDX-License-Identifier: Apache-2.0
"""One wanted instrument in, what IB knows of it out: loaded, ambiguous, not found or failed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.contract import Contract, Instrument, NumberedContract, SecType
from ib_provider.domain.load_report import LoadItem, LoadOutcome
from ib_provider.errors import (
    AmbiguousContract,
    InvalidInstrumentId,
    NoSecurityDefinition,
    ProtocolError,
    RequestFailed,
    RequestTimeout,
    SymbologyError,
)
from ib_provider.symbology.instrument_id import canonical_id, parse_instrument_id

__all__ = ["Qualified", "Wanted", "qualify_instrument", "wanted_contract", "wanted_id"]

_SHOWN_CANDIDATES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is wanted, and what the store knows of it.

    Attributes:
        text: As it was written, for the report.
        instrument_id: Canonical; empty for a description.
        contract: The description to ask with; None where the text is none, ``reason`` says why.
        stored: The instrument in the store.
    """

    text: str
    instrument_id: str = ""
    contract: Contract | None = None
    stored: Instrument | None = None
    reason: SymbologyError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualified:
    """How it ended, and the instrument where it was found."""

    item: LoadItem
    instrument: Instrument | None = None


def wanted_id(text: str, *, on: date | None = None) -> Wanted:
    """Return what an instrument id asks for, in whatever spelling.

    Args:
        on: Decides the decade of a one-digit year.
    """
    try:
        return Wanted(
            text=text,
            instrument_id=canonical_id(text, on=on),
            contract=parse_instrument_id(text, on=on),
        )
    except SymbologyError as error:
        return Wanted(text=text, reason=error)


def wanted_contract(contract: Contract) -> Wanted:
    """Return what a description asks for."""
    return Wanted(text=str(contract), contract=contract)


async def qualify_instrument(
    client: IbClient, wanted: Wanted, *, sec_types: Collection[SecType] = ()
) -> Qualified:
    """Return what IB knows of it. Only a lost connection is raised.

    Args:
        sec_types: Others are skipped; empty takes every type.

    Raises:
        ConnectionLost: The link ended.
    """
    if wanted.contract is None:
        return _failed(wanted, wanted.reason)
    if _is_other(wanted.contract.sec_type, sec_types):
        return _ended(wanted, LoadOutcome.SKIPPED, reason=f"{wanted.contract.sec_type} is skipped")
    try:
        found = await _ask(client, wanted)
    except (RequestFailed, RequestTimeout, SymbologyError, ProtocolError) as error:
        return _failed(wanted, error)
    if _is_other(found.contract.sec_type, sec_types):
        return _ended(wanted, LoadOutcome.SKIPPED, reason=f"{found.contract.sec_type} is skipped")
    item = LoadItem(
        wanted=wanted.text, outcome=LoadOutcome.LOADED, instrument_id=found.instrument_id
    )
    return Qualified(item=item, instrument=found)


async def _ask(client: IbClient, wanted: Wanted) -> Instrument:
    """Return the one instrument that is meant, under the id that it has in the store.

    What was loaded before is asked for by conId, which survives a change of symbol. A conId that
    IB does not know any more has been replaced: then the description is asked for.
    """
    stored = wanted.stored
    if stored is not None and stored.contract.sec_type is not SecType.CONTFUT:
        by_number = Contract(
            con_id=stored.contract.con_id,
            sec_type=stored.contract.sec_type,
            exchange=stored.contract.exchange,
        )
        try:
            (found,) = await client.contract_details(by_number)
        except NoSecurityDefinition:
            pass
        else:
            return replace(found, instrument_id=stored.instrument_id)
    if wanted.contract is None:
        raise InvalidInstrumentId(wanted.text, "it describes nothing")
    return _choose(wanted, await client.contract_details(wanted.contract))


def _choose(wanted: Wanted, candidates: tuple[Instrument, ...]) -> Instrument:
    """Return the candidate that is meant.

    Raises:
        AmbiguousContract: Several are.
        InvalidInstrumentId: None is: IB lists it elsewhere.
    """
    is_number = isinstance(wanted.contract, NumberedContract)
    if wanted.instrument_id and not is_number:
        exact = [item for item in candidates if item.instrument_id == wanted.instrument_id]
        if not exact:
            nearest = candidates[0].instrument_id
            raise InvalidInstrumentId(wanted.text, "IB lists it elsewhere", nearest)
        candidates = tuple(exact)
    if len(candidates) > 1:
        raise AmbiguousContract(wanted.text, [_described(item) for item in candidates])
    return candidates[0]


def _failed(wanted: Wanted, error: Exception | None) -> Qualified:
    if isinstance(error, AmbiguousContract):
        shown = error.candidates[:_SHOWN_CANDIDATES]
        return _ended(wanted, LoadOutcome.AMBIGUOUS, reason=str(error), candidates=shown)
    not_found = isinstance(error, NoSecurityDefinition)
    return _ended(
        wanted,
        LoadOutcome.NOT_FOUND if not_found else LoadOutcome.FAILED,
        reason=str(error),
        is_transient=bool(getattr(error, "transient", False)),
    )


def _ended(
    wanted: Wanted,
    outcome: LoadOutcome,
    *,
    reason: str,
    candidates: tuple[str, ...] = (),
    is_transient: bool = False,
) -> Qualified:
    return Qualified(
        item=LoadItem(
            wanted=wanted.text,
            outcome=outcome,
            reason=reason,
            candidates=candidates,
            is_transient=is_transient,
        )
    )


def _described(item: Instrument) -> str:
    return f"{item.instrument_id} (conId {item.contract.con_id})"


def _is_other(sec_type: SecType, wanted: Collection[SecType]) -> bool:
    return bool(wanted) and sec_type is not SecType.UNSAID and sec_type not in wanted
