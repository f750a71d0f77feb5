# SPDX-License-Identifier: Apache-2.0
"""How ids are shown: simple or raw, with IB's venues or with MICs. Stored ids are never changed.

What is written here is read by ``parse_instrument_id``, whatever the spelling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from ib_provider.domain.contract import Combination, Contract, Instrument, SecType
from ib_provider.errors import ConfigError, InvalidInstrumentId
from ib_provider.symbology.home_venue import home_venue
from ib_provider.symbology.instrument_id import instrument_id
from ib_provider.symbology.raw_id import raw_id
from ib_provider.symbology.venue_suffix import mic_of, venues_of_mic

__all__ = ["IdMethod", "IdSpelling"]

_PREFIX: Final = "*"


class IdMethod(StrEnum):
    """Which form an id is shown in."""

    SIMPLE = "simple"
    RAW = "raw"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdSpelling:
    """A choice of spelling.

    Attributes:
        mics: Whether venues are shown by their MICs: ``AAPL.XNAS``.
        overrides: MIC of a symbol: ``ES`` exactly, ``6*`` by prefix, and with a security type
            ``FUT:ES``. An exact one wins over a prefix, a longer one over a shorter. It holds where
            the MIC is one of the contract's venue; elsewhere the id would name another contract.
    """

    method: IdMethod = IdMethod.SIMPLE
    mics: bool = False
    overrides: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, source: str, settings: Mapping[str, object]) -> Self:
        """Return the spelling that a settings object asks for.

        Args:
            source: Where the settings stand, for errors.
            settings: ``method``, ``mics`` and ``overrides``, each optional.

        Raises:
            ConfigError: Every problem at once.
        """
        problems = [
            f"{key}: unknown" for key in sorted({*settings} - {"method", "mics", "overrides"})
        ]
        method = str(settings.get("method", IdMethod.SIMPLE))
        if method not in tuple(IdMethod):
            problems.append(f"method: {method!r} is not one of {', '.join(IdMethod)}")
        mics = settings.get("mics", False)
        if not isinstance(mics, bool):
            problems.append(f"mics: {mics!r} is neither true nor false")
        overrides = settings.get("overrides", {})
        if not isinstance(overrides, Mapping):
            problems.append("overrides: not a mapping of symbols to MICs")
            overrides = {}
        problems += _override_problems(overrides)
        if problems:
            raise ConfigError(source, problems)
        return cls(method=IdMethod(method), mics=mics is True, overrides=dict(overrides))

    def show(self, instrument: Instrument) -> str:
        """Return the id of a stored instrument as it is to be shown.

        An id that was kept although the exchange renamed its contract is shown as it is stored: in
        another spelling it would name the new symbol.
        """
        try:
            if instrument_id(instrument.contract) == instrument.instrument_id:
                return self.write(instrument.contract)
        except InvalidInstrumentId:
            pass
        return instrument.instrument_id

    def write(self, contract: Contract) -> str:
        """Return the id of a contract as it is to be shown.

        Raises:
            InvalidInstrumentId: The contract has no id.
        """
        if isinstance(contract, Combination):
            return instrument_id(contract)
        raw = self.method is IdMethod.RAW
        text = raw_id(contract) if raw else instrument_id(contract)
        listed = home_venue(contract)
        shown = self._override(contract, listed)
        if shown is None:
            if not self.mics or (listed == "SMART" and contract.sec_type is not SecType.OPT):
                return text
            shown = mic_of(listed)
        return f"{text.removesuffix(listed)}{shown}"

    def _override(self, contract: Contract, listed: str) -> str | None:
        best: tuple[bool, int, int] | None = None
        found = None
        for key, mic in self.overrides.items():
            kind, _, name = key.rpartition(":")
            stem = name.removesuffix(_PREFIX)
            exact = not name.endswith(_PREFIX)
            fits = contract.symbol == stem if exact else contract.symbol.startswith(stem)
            fits = fits and listed in venues_of_mic(mic)
            rank = (exact, len(stem), len(kind))
            if fits and kind in ("", contract.sec_type) and (best is None or rank > best):
                best, found = rank, mic
        return found


def _override_problems(overrides: Mapping[object, object]) -> list[str]:
    problems = []
    for key, mic in overrides.items():
        kind, _, name = str(key).rpartition(":")
        if not name.removesuffix(_PREFIX) or (kind and kind not in tuple(SecType)):
            problems.append(f"overrides: {key!r} is not written ES, ES* or FUT:ES")
        if not venues_of_mic(str(mic)):
            problems.append(f"overrides.{key}: {mic!r} is the MIC of no known venue")
    return problems
