# SPDX-License-Identifier: Apache-2.0
"""Instrument ids in, instruments in the store out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.contract import Instrument
from ib_provider.errors import AmbiguousContract, InvalidInstrumentId, RequestFailed, SymbologyError
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.symbology.instrument_id import parse_instrument_id
from ib_provider.usecases.progress import Progress, silent

__all__ = ["LoadReport", "load_instruments"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What became of each id: loaded, or why not."""

    loaded: tuple[str, ...]
    failed: dict[str, str]


async def load_instruments(
    client: IbClient,
    *,
    store: InstrumentStore,
    ids: Sequence[str],
    progress: Progress = silent,
) -> LoadReport:
    """Ask IB for each instrument and keep its answer; one bad id spoils no other.

    Returns:
        Every id of ``ids`` once, as loaded or with the reason it failed.

    Raises:
        ConnectionLost: What was answered until then is kept.
        RequestTimeout: Likewise.
    """
    found: list[Instrument] = []
    failed: dict[str, str] = {}
    try:
        for text in dict.fromkeys(ids):
            try:
                instrument = await _qualify(client, text)
            except (RequestFailed, SymbologyError) as error:
                failed[text] = str(error)
                progress(f"{text}: {error}")
            else:
                found.append(instrument)
                progress(f"{text}: conId {instrument.contract.con_id}, {instrument.long_name}")
    finally:
        store.upsert(found)
    return LoadReport(loaded=tuple(item.instrument_id for item in found), failed=failed)


async def _qualify(client: IbClient, text: str) -> Instrument:
    """Return the one instrument an id names.

    Raises:
        NoSecurityDefinition: IB knows none.
        InvalidInstrumentId: IB lists it elsewhere.
        AmbiguousContract: Several fit.
    """
    candidates = await client.contract_details(parse_instrument_id(text))
    exact = [item for item in candidates if item.instrument_id == text]
    if not exact:
        raise InvalidInstrumentId(text, "IB lists it elsewhere", candidates[0].instrument_id)
    if len(exact) > 1:
        raise AmbiguousContract(text, [str(item.contract) for item in exact])
    return exact[0]
