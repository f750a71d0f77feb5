# SPDX-License-Identifier: Apache-2.0
"""Any message of the wire, as hypothesis draws it from the types of its fields."""

from __future__ import annotations

import dataclasses
import typing
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any

from hypothesis import strategies as st

from ib_provider.domain.contract import Contract, SecType
from ib_provider.wire import answers as a
from ib_provider.wire.order_parts import Pairs
from ib_provider.wire.wire_order import WireOrder

__all__ = ["message"]

_TEXT = st.text(alphabet="abcXYZ019 ./:_-", max_size=8)
_WORD = st.text(alphabet="abcXYZ019", min_size=1, max_size=6)
_INT = st.integers(0, 2**31 - 2)
_DECIMAL = st.integers(0, 10**9).map(lambda number: Decimal(number) / 1000)
_PAIRS = st.dictionaries(_WORD, _WORD, max_size=3).map(lambda found: tuple(sorted(found.items())))
_PRICE = st.integers(1, 10**8).map(lambda number: number / 100)
_BAR = st.tuples(_WORD, _PRICE, _PRICE, _PRICE, _PRICE, _DECIMAL, _DECIMAL, _INT)

# Types that decide which sections a message has are drawn from those that have one.
_NAMED: dict[tuple[type, str], st.SearchStrategy[Any]] = {
    (WireOrder, "order_type"): st.sampled_from(["LMT", "PEG BENCH", "PEG BEST", "PEG MID"]),
    (WireOrder, "outside_rth"): st.booleans(),
    (WireOrder, "compete_against_best_offset"): st.one_of(
        st.none(), _DECIMAL, st.just(Decimal("Infinity"))
    ),
    (WireOrder, "leg_prices"): st.lists(_DECIMAL, max_size=3).map(tuple),
    (Contract, "sec_type"): st.sampled_from(
        [SecType.STK, SecType.BAG, SecType.FUND, SecType.OPT, SecType.BOND]
    ),
    (Contract, "multiplier"): st.sampled_from(["", "100", "0.5"]),
    (Contract, "exchange"): st.sampled_from(["SMART", "IBKRATS"]),
    (Contract, "strike"): st.one_of(st.none(), st.just(Decimal("187.5"))),
    (Contract, "last_trade_date"): st.sampled_from(["", "20260116"]),
    (a.ContractData, "last_trade_time"): st.sampled_from(["", "09:30:00"]),
    (a.ContractData, "time_zone"): st.sampled_from(["", "US/Eastern"]),
    (a.BondContractData, "maturity_time"): st.just(""),
    (a.ManagedAccounts, "accounts"): st.lists(_WORD, min_size=1, max_size=3).map(tuple),
}
_BY_NAME = {"ev_multiplier": st.integers(0, 100).map(Decimal)}
_NINE = st.tuples(*[st.one_of(st.none(), _DECIMAL)] * 9)


def message(cls: type) -> st.SearchStrategy[Any]:
    """Return a strategy for values of a message, every field drawn."""
    return _message(cls)


@cache
def _message(cls: type) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(cls)
    drawn = {}
    for field in dataclasses.fields(cls):
        found = _NAMED.get((cls, field.name), _BY_NAME.get(field.name))
        drawn[field.name] = _of(hints[field.name], field.name) if found is None else found
    return st.builds(cls, **drawn)


_SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: _TEXT,
    int: _INT,
    bool: st.booleans(),
    Decimal: _DECIMAL,
    Pairs: _PAIRS,
    a.BarRow: _BAR,
}


def _of(hint: Any, name: str) -> st.SearchStrategy[Any]:
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if dataclasses.is_dataclass(hint):
        return _message(typing.cast("type", hint))
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) in (typing.Union, UnionType):
        return st.one_of(
            *(st.none() if kind is type(None) else _of(kind, name) for kind in arguments)
        )
    if name == "outside_rth":
        return _NINE
    return st.lists(_of(arguments[0], name), max_size=3).map(tuple)
