# SPDX-License-Identifier: Apache-2.0
"""What the money side knows of a contract: what a unit is worth, binds and costs.

The margin rates are guesses of the usual size, one a security type; the tariffs are IB's fixed
ones as remembered, in the contract's currency: by the share for stocks in dollars, by value for
those of other countries.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import SecType

__all__ = ["STOCK_TARIFF", "Asset", "AssetRule", "Tariff", "commission_of", "rule_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """A commission for a whole order.

    Attributes:
        per_unit: For each share or contract.
        of_value: For each unit of currency traded.
        least: At least this for an order that traded.
        most: At most this part of the value; None for no such bound.
    """

    per_unit: Decimal = Decimal(0)
    of_value: Decimal = Decimal(0)
    least: Decimal = Decimal(0)
    most: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRule:
    """What one security type costs and binds.

    Attributes:
        margin: Part of the value that a position binds in a margin account.
        settles: False where only the change of value is paid, as for futures.
        fractional: Whether parts of a unit can be ordered.
        ledger: IB's tag of the type's value in a currency's ledger.
    """

    tariff: Tariff
    margin: Decimal
    settles: bool = True
    fractional: bool = False
    ledger: str = "StockMarketValue"


STOCK_TARIFF: Final = Tariff(per_unit=Decimal("0.005"), least=Decimal("1.00"), most=Decimal("0.01"))
_STOCK_TARIFF_ABROAD: Final = Tariff(of_value=Decimal("0.0005"), least=Decimal("3.00"))
_OPTION_TARIFF: Final = Tariff(per_unit=Decimal("0.65"), least=Decimal("1.00"))
_FUTURE_TARIFF: Final = Tariff(per_unit=Decimal("2.25"))
_MONEY_TARIFF: Final = Tariff(of_value=Decimal("0.00002"), least=Decimal("2.00"))

_STOCK: Final = AssetRule(tariff=STOCK_TARIFF, margin=Decimal("0.25"))
_FUTURE: Final = AssetRule(
    tariff=_FUTURE_TARIFF, margin=Decimal("0.06"), settles=False, ledger="FuturesPNL"
)
_RULES: Final = {
    SecType.STK: _STOCK,
    SecType.CFD: AssetRule(tariff=STOCK_TARIFF, margin=Decimal("0.20"), settles=False),
    SecType.FUT: _FUTURE,
    SecType.CONTFUT: _FUTURE,
    SecType.OPT: AssetRule(tariff=_OPTION_TARIFF, margin=Decimal(1), ledger="OptionMarketValue"),
    SecType.FOP: AssetRule(tariff=_FUTURE_TARIFF, margin=Decimal(1), ledger="FutureOptionValue"),
    SecType.WAR: AssetRule(tariff=_OPTION_TARIFF, margin=Decimal(1), ledger="WarrantValue"),
    SecType.CASH: AssetRule(tariff=_MONEY_TARIFF, margin=Decimal("0.03"), ledger="FxCashBalance"),
    SecType.CMDTY: AssetRule(tariff=_MONEY_TARIFF, margin=Decimal("0.10")),
    SecType.CRYPTO: AssetRule(
        tariff=Tariff(of_value=Decimal("0.0018"), least=Decimal("1.75"), most=Decimal("0.01")),
        margin=Decimal(1),
        fractional=True,
        ledger="Cryptocurrency",
    ),
    SecType.BOND: AssetRule(
        tariff=Tariff(of_value=Decimal("0.001"), least=Decimal("1.00")),
        margin=Decimal("0.25"),
        ledger="CorporateBondValue",
    ),
    SecType.FUND: AssetRule(
        tariff=Tariff(least=Decimal("14.95")),
        margin=Decimal(1),
        fractional=True,
        ledger="MutualFundValue",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A contract as an account books it.

    Attributes:
        multiplier: Units of currency that one unit of price is worth.
        symbol: Of a currency pair, the currency bought.
        strike: Of an option, for the margin of a short one.
    """

    con_id: int
    sec_type: SecType = SecType.STK
    currency: str = "USD"
    multiplier: Decimal = Decimal(1)
    symbol: str = ""
    strike: Decimal | None = None

    @property
    def rule(self) -> AssetRule:
        """Return what its type costs and binds."""
        return rule_of(self.sec_type)

    @property
    def tariff(self) -> Tariff:
        """Return what an order for it costs."""
        if self.sec_type in (SecType.STK, SecType.CFD) and self.currency not in ("", "USD"):
            return _STOCK_TARIFF_ABROAD
        return self.rule.tariff

    @property
    def is_money(self) -> bool:
        """Return whether buying it exchanges one currency for another."""
        return self.sec_type is SecType.CASH


def rule_of(sec_type: SecType) -> AssetRule:
    """Return the rule of a security type; that of stocks where none is known."""
    return _RULES.get(sec_type, _STOCK)


def commission_of(units: Decimal, value: Decimal, tariff: Tariff = STOCK_TARIFF) -> Decimal:
    """Return the commission of a whole order that traded so many units for so much money."""
    if units == 0:
        return Decimal(0)
    asked = max(tariff.least, tariff.per_unit * units + tariff.of_value * abs(value))
    return asked if tariff.most is None else min(asked, tariff.most * abs(value))
