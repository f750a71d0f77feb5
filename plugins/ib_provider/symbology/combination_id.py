# SPDX-License-Identifier: Apache-2.0
"""Ids of combinations: legs with signed ratios, ``+1*ESH27.CME|-1*ESZ26.CME=BAG.SMART``.

Rules:
    * A leg above zero is bought, one below zero is sold; ratios stay as they are given.
    * A leg is an instrument id, or ``#conId`` (``#conId@CME`` where it is not routed by SMART).
    * Legs stand in one order, bought ones first, so that one combination has one id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from ib_provider.domain.contract import Combination, ComboLeg, Contract
from ib_provider.errors import InvalidInstrumentId
from ib_provider.symbology.venues import SMART, venue_name

__all__ = ["combination_id", "parse_combination_id", "with_leg_contracts"]

_FORM: Final = re.compile(r"(.+)=BAG\.([A-Z0-9.]+)")
_LEG: Final = re.compile(r"([+-][1-9]\d*)\*(.+)")
_NUMBERED: Final = re.compile(r"#([1-9]\d*)(?:@([A-Z0-9.]+))?")
#: Another adapter's spelling: ``(1)A___((2))B.VENUE`` buys one A and sells two B of one venue.
_BRACKETED: Final = re.compile(r"\((\(?)([1-9]\d*)\)\)?(.+)")
_BRACKET_JOIN: Final = "___"


def combination_id(contract: Combination) -> str:
    """Return the id of a combination.

    Raises:
        InvalidInstrumentId: It has no legs, or a leg that nothing names.
    """
    if not contract.legs:
        raise InvalidInstrumentId(str(contract), "a combination has legs")
    legs = sorted(
        contract.legs, key=lambda leg: (leg.ratio < 0, _leg_name(contract, leg), leg.ratio)
    )
    text = "|".join(f"{leg.ratio:+}*{_leg_name(contract, leg)}" for leg in legs)
    return f"{text}=BAG.{contract.exchange or SMART}"


def parse_combination_id(
    text: str, parse_leg: Callable[[str], tuple[str, Contract]]
) -> Combination | None:
    """Return the combination of an id; None where a text is not of that form at all.

    Args:
        parse_leg: Gives the canonical id of a leg and its description.

    Raises:
        InvalidInstrumentId: A leg does not parse.
    """
    if match := _FORM.fullmatch(text):
        parts, exchange = match[1].split("|"), venue_name(match[2])
        legs = [_read_leg(text, part, parse_leg) for part in parts]
    elif _BRACKET_JOIN in text:
        symbols, _, exchange = text.rpartition(".")
        parts = symbols.split(_BRACKET_JOIN)
        legs = [_read_bracketed(text, part, exchange, parse_leg) for part in parts]
        exchange = SMART
    else:
        return None
    currencies = dict.fromkeys(currency for _, currency in legs if currency)
    found = tuple(leg for leg, _ in legs)
    return Combination(
        exchange=exchange,
        currency=next(iter(currencies), ""),
        legs=tuple(
            sorted(found, key=lambda leg: (leg.ratio < 0, leg.instrument_id, leg.con_id, leg.ratio))
        ),
    )


def with_leg_contracts(combination: Combination, qualified: Mapping[str, Contract]) -> Combination:
    """Return a combination ready to be asked for: each leg with its conId and exchange.

    Args:
        qualified: The contract of each leg by its instrument id.

    Raises:
        KeyError: A leg's contract is missing.
    """
    legs, symbols = [], []
    for leg in combination.legs:
        if leg.con_id:
            legs.append(leg)
            continue
        contract = qualified[leg.instrument_id]
        symbols.append(contract.symbol)
        legs.append(
            replace(leg, con_id=contract.con_id, exchange=contract.exchange or leg.exchange)
        )
    symbol = ",".join(sorted(set(filter(None, symbols))))
    return replace(combination, legs=tuple(legs), symbol=combination.symbol or symbol)


def _leg_name(contract: Contract, leg: ComboLeg) -> str:
    if leg.instrument_id:
        return leg.instrument_id
    if not leg.con_id or not leg.ratio:
        raise InvalidInstrumentId(str(contract), "a leg has neither conId nor instrument id")
    return f"#{leg.con_id}" + ("" if leg.exchange in ("", SMART) else f"@{leg.exchange}")


def _read_leg(
    text: str, part: str, parse_leg: Callable[[str], tuple[str, Contract]]
) -> tuple[ComboLeg, str]:
    match = _LEG.fullmatch(part)
    if match is None:
        raise InvalidInstrumentId(text, f"a leg is written +1*ESZ27.CME, not {part!r}")
    ratio = int(match[1])
    if numbered := _NUMBERED.fullmatch(match[2]):
        exchange = venue_name(numbered[2] or SMART)
        return ComboLeg(ratio=ratio, con_id=int(numbered[1]), exchange=exchange), ""
    return _named(match[2], ratio, parse_leg)


def _read_bracketed(
    text: str, part: str, venue: str, parse_leg: Callable[[str], tuple[str, Contract]]
) -> tuple[ComboLeg, str]:
    match = _BRACKETED.fullmatch(part)
    if match is None:
        raise InvalidInstrumentId(text, f"a leg is written (1)ESZ27 or ((1))ESZ27, not {part!r}")
    return _named(f"{match[3]}.{venue}", -int(match[2]) if match[1] else int(match[2]), parse_leg)


def _named(
    name: str, ratio: int, parse_leg: Callable[[str], tuple[str, Contract]]
) -> tuple[ComboLeg, str]:
    leg_id, contract = parse_leg(name)
    leg = ComboLeg(ratio=ratio, instrument_id=leg_id, exchange=contract.exchange)
    return leg, contract.currency
