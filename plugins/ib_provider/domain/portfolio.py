# SPDX-License-Identifier: Apache-2.0
"""What is wanted of an account, and the plan that gets it there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ib_provider.domain.bracket import Bracket, InstrumentBracket, LegRole
from ib_provider.domain.contract import Contract
from ib_provider.domain.execution_style import (
    AUCTIONS,
    MARKETABLE_LIMIT,
    ExecutionStyle,
    InstrumentStyle,
)
from ib_provider.domain.limits import Breach, Limits
from ib_provider.domain.order import OrderType, Side, TimeInForce
from ib_provider.domain.order_terms import Algo

__all__ = [
    "Breach",
    "CashRow",
    "Limits",
    "OrderPlan",
    "PlanLeg",
    "PlanRow",
    "Portfolio",
    "Target",
    "TargetKind",
]


class TargetKind(StrEnum):
    """What the amount of a target is. ``HOLD`` and ``CLOSE`` have none."""

    WEIGHT = "weight"
    NOTIONAL = "notional"
    QUANTITY = "quantity"
    HOLD = "hold"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is wanted of one instrument; below zero it is a short.

    Attributes:
        amount: Of the kind's unit: a fraction of net liquidation value after the cash buffer, a
            value in the portfolio's currency, or units of the contract. Zero for the other kinds.
    """

    instrument_id: str
    kind: TargetKind = TargetKind.WEIGHT
    amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """Targets with the rules for reaching them. Amounts are in ``currency``.

    Attributes:
        cash_buffer: Fraction of net liquidation value that stays in cash.
        drift_band: A name within this distance of its weight (absolute, 0.01 is one point) rests.
        collar_bp: How far beyond the touch a marketable limit may reach, in basis points.
        unlisted: ``keep`` leaves holdings that are not listed, ``sweep`` sells them.
        min_cash: Amount that stays in cash; the larger of this and the fraction counts.
        drift_band_relative: The band as a fraction of the weight itself; the narrower counts.
        trade_to: ``target``, or ``edge``: only as far as the band's edge.
        band_scope: ``names``: each rests for itself; ``book``: one that left its band moves all.
        max_cost_bp: A trade whose commission is a larger part of it is skipped.
        max_turnover: Gross traded value over net liquidation value; trades shrink to it.
        max_participation: An order over the average daily volume; it is cut to it.
        allow_short: Whether targets may lie below zero.
        fractions: Whether stocks are traded in fractions, which needs a permission of the account.
        fx: ``keep`` leaves a currency in debit, and says so; ``cover`` buys what it lacks.
        min_fx_value: A debit worth less is not covered.
        as_of: When the targets were made; older than ``max_age_hours`` they are refused.
        style: How orders are executed, but those of instruments in ``styles``.
        no_market: What a halted or closed market does: ``refuse`` the plan, ``skip`` the name, or
            ``wait`` for it, at most ``wait_s``.
        bracket: What ends the positions that trades leave, but those in ``brackets``.
    """

    name: str
    currency: str
    targets: tuple[Target, ...]
    cash_buffer: Decimal
    drift_band: Decimal
    collar_bp: Decimal
    unlisted: str
    min_order_value: Decimal
    min_cash: Decimal = Decimal(0)
    drift_band_relative: Decimal | None = None
    trade_to: str = "target"
    band_scope: str = "names"
    max_cost_bp: Decimal | None = None
    max_turnover: Decimal | None = None
    max_participation: Decimal | None = None
    allow_short: bool = False
    fractions: bool = False
    fx: str = "keep"
    min_fx_value: Decimal = Decimal(0)
    as_of: datetime | None = None
    max_age_hours: Decimal | None = None
    style: ExecutionStyle = MARKETABLE_LIMIT
    styles: tuple[InstrumentStyle, ...] = ()
    no_market: str = "refuse"
    wait_s: Decimal | None = None
    bracket: Bracket | None = None
    brackets: tuple[InstrumentBracket, ...] = ()

    def bracket_of(self, instrument_id: str) -> Bracket | None:
        """Return what ends an instrument's position; None where nothing does."""
        own = (item.bracket for item in self.brackets if item.instrument_id == instrument_id)
        return next(own, self.bracket)

    def style_of(self, instrument_id: str) -> ExecutionStyle:
        """Return how an instrument's orders are executed."""
        own = (item.style for item in self.styles if item.instrument_id == instrument_id)
        return next(own, self.style)

    @property
    def needs_sessions(self) -> bool:
        """Return whether a plan depends on when markets open and close."""
        styles = (self.style, *(item.style for item in self.styles))
        return self.no_market != "refuse" or any(
            style.kind in AUCTIONS or style.start or style.end for style in styles
        )

    def buffer(self, net_liquidation: Decimal) -> Decimal:
        """Return the cash that stays, of an account of this worth."""
        return max(net_liquidation * self.cash_buffer, self.min_cash)

    def band(self, weight: Decimal) -> Decimal:
        """Return how far a name may be from this weight and rest."""
        if self.drift_band_relative is None:
            return self.drift_band
        return min(self.drift_band, self.drift_band_relative * abs(weight))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLeg:
    """One order of a plan, in the plan's order of sending.

    Attributes:
        order_ref: Derived from account, strategy, key and leg: the same on every retry.
        limit_price: The worst price it may have. A market-on-close order has none: it is the price
            at which the order is counted.
        arrival_price: Mid when the plan was made; what slippage is measured against.
        wave: 1 brings cash, 2 spends what the first wave and the account have; 3 and 4 are stops
            and profits, sent when the positions are there.
        attempt: Which order of the leg it is: in a plan the first; a later one has another
            ``order_ref``, is for what is left, and its limit is none that is worse.
        algo: IB's algorithm that works it.
        cut_off: The last moment to send it, by the gateway's clock.
        role: An entry, or one of the two that end the position that the entry leaves.
        stop_price: What sets off a stop; its limit lies at it or beyond.
        oca_group: Of exits: one cancels, or lessens, the other.
    """

    order_ref: str
    instrument_id: str
    contract: Contract
    side: Side
    quantity: Decimal
    order_type: OrderType
    limit_price: Decimal
    tif: TimeInForce
    arrival_price: Decimal
    wave: int = 1
    attempt: int = 1
    algo: Algo | None = None
    cut_off: datetime | None = None
    role: LegRole = LegRole.ENTRY
    stop_price: Decimal | None = None
    oca_group: str = ""

    @property
    def is_exit(self) -> bool:
        """Return whether it ends a position, and rests at the broker until it does."""
        return self.role is not LegRole.ENTRY


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One instrument of a plan, traded or not: what a person reads.

    Attributes:
        price: Mid in the quote's unit; None where there was none to be had.
        target_quantity: None where it could not be told: the limits then refuse the plan.
        note: Why it is traded or left: ``in band``, ``no price`` …
        kind: What was asked for, and how much of it.
        currency: The price's.
        unit: What one contract is worth in ``currency`` for each unit of price.
        rate: Units of the plan's currency for one of ``currency``.
        bid: With ``ask``, ``price_at`` and ``price_kind``: the quote the decision rests on.
    """

    instrument_id: str
    held: Decimal
    price: Decimal | None
    weight: Decimal | None
    target_weight: Decimal
    target_quantity: Decimal | None
    trade: Decimal
    note: str
    kind: TargetKind = TargetKind.WEIGHT
    amount: Decimal = Decimal(0)
    currency: str = ""
    unit: Decimal | None = None
    rate: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    price_at: datetime | None = None
    price_kind: str = ""

    @property
    def value(self) -> Decimal | None:
        """Return what the trade is worth at ``price``, in the plan's currency."""
        if self.price is None or self.unit is None or self.rate is None:
            return None
        return self.trade * self.price * self.unit * self.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class CashRow:
    """Cash in one currency, before the plan and when every order has filled at its limit.

    Attributes:
        rate: Units of the plan's currency for one of ``currency``.
        note: Empty, or why a debit stays.
    """

    currency: str
    rate: Decimal
    before: Decimal
    after: Decimal
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlan:
    """An immutable rebalance plan; ``plan_id`` is the hash of everything else in it.

    Attributes:
        key: What this rebalance is, whoever retries it: a session date or an ad-hoc id.
        net_liquidation: In ``currency``.
        basis: What weights are fractions of: the net liquidation value after the cash buffer.
        rules: The portfolio without its targets: those stand in the rows.
        cash: Of each currency, before and after.
    """

    plan_id: str
    account: str
    strategy: str
    key: str
    currency: str
    net_liquidation: Decimal
    as_of: datetime
    rows: tuple[PlanRow, ...]
    legs: tuple[PlanLeg, ...]
    basis: Decimal | None = None
    rules: Portfolio | None = None
    cash: tuple[CashRow, ...] = ()

    @property
    def entries(self) -> tuple[PlanLeg, ...]:
        """Return the orders that take the account to its targets."""
        return tuple(leg for leg in self.legs if not leg.is_exit)

    @property
    def exits(self) -> tuple[PlanLeg, ...]:
        """Return the orders that end the positions afterwards."""
        return tuple(leg for leg in self.legs if leg.is_exit)

    def style_of(self, leg: PlanLeg) -> ExecutionStyle:
        """Return how a leg's orders are executed: an exit is one order, and has no deadline."""
        if self.rules is None or leg.is_exit:
            return MARKETABLE_LIMIT
        return self.rules.style_of(leg.instrument_id)
