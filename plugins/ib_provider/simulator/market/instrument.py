# SPDX-License-Identifier: Apache-2.0
"""What the market must know of a contract to price it, and the name of its series that says so.

A series is named by what it is: ``AAPL`` and the other processes of ``data/market.yaml`` by their
own names, everything else by its description, ``OPT|AAPL|USD|SMART|20130316|450|C|0.01|>AAPL``. So
a chain of a hundred thousand options needs no registry: a name is enough to price it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final

import yaml

from ib_provider.domain.contract import Contract, SecType
from ib_provider.simulator.market.noise import uniform

__all__ = ["Instrument", "Model", "instrument", "series_key"]

_OF: Final = ">"
_FIELDS: Final = 9
#: Units of a price in real data that is finer than the tick; generated prices keep to the tick.
_FINER: Final = {"bokeh": 10_000, "eurusd": 100_000}
_QUOTED_ONLY: Final = (SecType.CASH, SecType.CMDTY, SecType.CFD, SecType.BOND, SecType.FUND)
#: An issuer's bond has nothing to do with the price of its stock.
_ALONE: Final = (SecType.BOND, SecType.FUND)


class Model(StrEnum):
    """Where a price comes from."""

    OWN = "own"  # a series of its own: real, or generated
    SAME = "same"  # another's series, in other hours or steps
    CARRY = "carry"  # a future: another's series and the cost of carry
    OPTION = "option"  # Black-Scholes on another's series


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One priced thing.

    Attributes:
        scale, step: Prices are whole numbers of ``1 / scale``; generated ones multiples of
            ``step`` of them, which is the tick.
        base: Price on the day that generated series are anchored to.
        volume: Of a usual day, in the contract's units.
        traded: Whether TRADES exist: currencies, metals and bonds are only quoted here.
        counted: Whether a volume is reported with them: not for an index.
        source: Of real prices, a name of ``package_files.FILES``; of a future, of real trades.
        rate: A year's cost of carry of a future; the interest rate of an option.
    """

    key: str
    model: Model
    sec_type: SecType
    symbol: str
    venue: str
    scale: int
    step: int
    base: float = 0.0
    volatility: float = 0.3
    volume: int = 0
    traded: bool = True
    counted: bool = True
    source: str = ""
    of: str = ""
    rate: float = 0.0
    expiry: date | None = None
    strike: float = 0.0
    right: str = ""


def series_key(
    contract: Contract,
    *,
    min_tick: Decimal,
    venue: str,
    of: str = "",
    base: Decimal | None = None,
) -> str:
    """Return the name of a contract's series.

    Args:
        of: Name of the underlying's series, if known.
        base: A price to generate around, for what no table knows.
    """
    fields = (
        contract.sec_type,
        contract.symbol,
        contract.currency,
        venue,
        contract.last_trade_date[:8],
        format(contract.strike.normalize(), "f") if contract.strike else "",
        contract.right[:1],
        format(min_tick.normalize(), "f"),
        "" if base is None else format(base.normalize(), "f"),
    )
    return "|".join(fields) + (_OF + of if of else "")


@lru_cache(maxsize=100_000)
def instrument(key: str) -> Instrument:
    """Return what a series' name says.

    Raises:
        KeyError: It is no name of a series.
    """
    if "|" not in key:
        return _process(key)
    own, _, of = key.partition(_OF)
    fields = own.split("|")
    if len(fields) != _FIELDS:
        raise KeyError(key)
    sec_type = SecType(fields[0])
    if sec_type in (SecType.OPT, SecType.FOP, SecType.WAR):
        return _option(key, fields, of)
    if sec_type in (SecType.FUT, SecType.CONTFUT):
        return _future(key, fields, of)
    return _plain(key, fields, of)


def _process(key: str) -> Instrument:
    row = _table()["processes"][key]
    scale, step = _steps(row["tick"])
    if finer := _FINER.get(row.get("source", "")):
        scale, step = finer, finer // scale * step
    return Instrument(
        key=key,
        model=Model.OWN,
        sec_type=SecType.STK if row.get("volume") else SecType.IND,
        symbol=key,
        venue=row["venue"],
        scale=scale,
        step=step,
        base=float(row["base"]),
        volatility=float(row["volatility"]),
        volume=int(row.get("volume", 0)),
        counted=bool(row.get("volume")),
        source=row.get("source", ""),
    )


def _plain(key: str, fields: list[str], of: str) -> Instrument:
    sec_type, symbol, currency, venue = SecType(fields[0]), *fields[1:4]
    name = of or (f"{symbol}.{currency}" if sec_type is SecType.CASH else symbol)
    name = _table()["aliases"].get(name, name)
    row = None if sec_type in _ALONE else _table()["processes"].get(name)
    if row is None and "|" in name:
        row = {}
    scale, step = _steps(fields[7])
    if row and row.get("source") in _FINER and Fraction(row["tick"]) == Fraction(step, scale):
        same = _process(name)
        scale, step = same.scale, same.step
    base = 100.0 if sec_type in _ALONE else 10 + 190 * uniform(f"{key}/base")
    base = float(fields[8] or base)
    return Instrument(
        key=key,
        model=Model.OWN if row is None else Model.SAME,
        sec_type=sec_type,
        symbol=symbol,
        venue=venue,
        scale=scale,
        step=step,
        base=base,
        volatility=0.05 if sec_type is SecType.BOND else 0.3,
        volume=int(2_000_000 * (0.2 + uniform(f"{key}/volume"))),
        traded=sec_type not in _QUOTED_ONLY,
        counted=sec_type in (SecType.STK, SecType.CRYPTO),
        of="" if row is None else name,
    )


def _future(key: str, fields: list[str], of: str) -> Instrument:
    row = _table()["futures"].get(fields[1], {})
    scale, step = _steps(fields[7])
    return Instrument(
        key=key,
        model=Model.CARRY,
        sec_type=SecType(fields[0]),
        symbol=fields[1],
        venue=fields[3],
        scale=scale,
        step=step,
        volume=int(row.get("volume", 50_000)),
        of=of or row.get("of", f"STK|{fields[1]}|{fields[2]}|NYSE||||0.01|"),
        rate=float(row.get("carry", 0.01)),
        expiry=_expiry(fields[4]),
        source=row.get("trades", {}).get(fields[4][:6], ""),
    )


def _option(key: str, fields: list[str], of: str) -> Instrument:
    scale, step = _steps(fields[7])
    symbol = _table()["aliases"].get(fields[1], fields[1])
    if not of:
        known = symbol in _table()["processes"]
        of = symbol if known else f"STK|{symbol}|{fields[2]}|NYSE||||0.01|"
    return Instrument(
        key=key,
        model=Model.OPTION,
        sec_type=SecType(fields[0]),
        symbol=fields[1],
        venue=fields[3],
        scale=scale,
        step=step,
        volume=4_000,
        of=of,
        rate=0.01,
        expiry=_expiry(fields[4]),
        strike=float(fields[5] or 0),
        right=fields[6],
    )


def _steps(tick: str) -> tuple[int, int]:
    exact = Fraction(tick)
    return exact.denominator, exact.numerator


def _expiry(text: str) -> date | None:
    """Return the day of ``YYYYMMDD``; the third Friday of ``YYYYMM``."""
    if len(text) == 8:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    if len(text) == 6:
        first = date(int(text[:4]), int(text[4:]), 1)
        return first + timedelta(days=(4 - first.weekday()) % 7 + 14)
    return None


@cache
def _table() -> dict[str, Any]:
    text = resources.files("ib_provider.simulator").joinpath("data/market.yaml").read_text()
    table: dict[str, Any] = yaml.safe_load(text)
    table["futures"] = {str(root): row for root, row in table["futures"].items()}
    return table
