# SPDX-License-Identifier: Apache-2.0
"""Ask IB which futures and options there are, and keep its answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case, task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.instruments import raise_failures, read_max_age
from ib_provider.operators.parameters import (
    Parameters,
    read_flag,
    read_names,
    read_number,
    read_text,
    read_whole,
)

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ib_provider.domain.chain_report import ChainReport, ChainsReport
    from ib_provider.domain.option_chain import DaysWindow, OptionWish
    from ib_provider.domain.roll_rule import RollRule

__all__ = ["IbFuturesChainOperator", "IbOptionsChainOperator"]


class _ChainOperator(IbOperator):
    """What both share: several names, one result, a failure that names the bad ones."""

    tolerate_failures: bool | str

    def publish(self, context: Context, report: ChainsReport, total: int) -> dict[str, Any]:
        """Return the result, or fail with it where a chain failed and that is not tolerated."""
        published = report.as_document()
        tolerate = read_flag("chains", "tolerate_failures", self.tolerate_failures)
        if report.failed and not tolerate:
            context["ti"].xcom_push(key="report", value=published)
            reasons = {name: f"{name}: {reason}" for name, reason in report.failed.items()}
            raise_failures(reasons, total, is_transient=report.is_transient, what="chain")
        return published


class IbFuturesChainOperator(_ChainOperator):
    """Load the months of futures into the store, and their roll calendars.

    Args:
        futures: Ids of continuous futures, ``ES.CME`` (templated).
        min_days: Fewest days to the last day of trading, inclusive; None is no bound, 0 today
            (templated).
        max_days: Most days likewise (templated).
        roll_days: Also keep a roll calendar: a month is held until so many calendar days before
            its last day of trading (templated).
        roll_months: Letters of the months that take part in it, ``HMUZ``; empty is all
            (templated).
        include_expired: Also months that no longer trade; set ``min_days`` below zero as well
            (templated).
        tolerate_failures: Succeed although chains failed; the result names them (templated).
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"chains": [{"underlying", "instruments", "new", "absent", "requests", "failed"}],
        "instruments": [ids], "failed": {chain: reason}}``.
    """

    template_fields: Sequence[str] = (
        *IbOperator.template_fields,
        "futures",
        "min_days",
        "max_days",
        "roll_days",
        "roll_months",
        "include_expired",
        "tolerate_failures",
    )

    def __init__(
        self,
        *,
        futures: Sequence[str] | str,
        min_days: int | str | None = 0,
        max_days: int | str | None = None,
        roll_days: int | str | None = None,
        roll_months: str | None = None,
        include_expired: bool | str = False,
        tolerate_failures: bool | str = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.futures = futures
        self.min_days = min_days
        self.max_days = max_days
        self.roll_days = roll_days
        self.roll_months = roll_months
        self.include_expired = include_expired
        self.tolerate_failures = tolerate_failures

    def execute(self, context: Context) -> dict[str, Any]:
        """Load the chains, publish the report, fail on what was refused."""
        with task_outcome():
            roots = _names("futures", self.futures)
            window = _window(self.min_days, self.max_days)
            roll = self._roll()
            expired = read_flag("chains", "include_expired", self.include_expired)
        _ = self.hook.gateway
        report = run_use_case(self._load(roots, window, roll, include_expired=expired))
        return self.publish(context, report, len(roots))

    def _roll(self) -> RollRule | None:
        from ib_provider.domain.roll_rule import RollRule

        parameters = Parameters("chains")
        days = parameters.read("roll_days", self.roll_days, read_whole)
        months = read_text(self.roll_months) or ""
        parameters.require("roll_days", given=not months or days is not None, reason="no number")
        parameters.check()
        return None if days is None else RollRule(days_before=days, months=months)

    async def _load(
        self,
        roots: Sequence[str],
        window: DaysWindow,
        roll: RollRule | None,
        *,
        include_expired: bool,
    ) -> ChainsReport:
        from ib_provider.store.catalog import ensure_catalog
        from ib_provider.store.instrument_store import InstrumentStore
        from ib_provider.usecases.load_chains import load_chains
        from ib_provider.usecases.load_futures_chain import load_futures_chain

        market = self.hook.settings.market
        async with self.hook.client(ClientRole.DATA) as client:

            async def load(root: str) -> tuple[ChainReport, ...]:
                report = await load_futures_chain(
                    client,
                    store=InstrumentStore(market),
                    root=root,
                    window=window,
                    roll=roll,
                    include_expired=include_expired,
                    progress=self.tell,
                )
                return (report,)

            report = await load_chains(roots, load, progress=self.tell)
        ensure_catalog(market)
        return report


class IbOptionsChainOperator(_ChainOperator):
    """Load options into the store: of stocks and indices, or on futures.

    One message an expiration; an expiration that was asked about within ``max_age_hours`` costs
    none.

    Args:
        underlyings: Instrument ids, ``AAPL.NASDAQ``; ``ES.CME`` means the options on every month
            that the window may reach (templated).
        min_days: Fewest days to expiry, inclusive; None is no bound, 0 today (templated).
        max_days: Most days to expiry, inclusive (templated).
        min_strike: Lowest strike, inclusive (templated).
        max_strike: Highest strike, inclusive (templated).
        around: So many strikes below the money and as many from it up (templated).
        min_moneyness: Lowest strike as a part of the underlying's price, 0.9 (templated).
        max_moneyness: Highest likewise (templated).
        rights: ``C``, ``P`` or both (templated).
        trading_classes: ``SPXW``; empty is all (templated).
        exchange: Empty is SMART where offered, else the only one there is (templated).
        price: Of the underlying where strikes depend on it; the gateway is asked where None
            (templated).
        max_age_hours: How old an answer may be (templated).
        tolerate_failures: Succeed although chains failed; the result names them (templated).
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        As ``IbFuturesChainOperator``.
    """

    template_fields: Sequence[str] = (
        *IbOperator.template_fields,
        "underlyings",
        "min_days",
        "max_days",
        "min_strike",
        "max_strike",
        "around",
        "min_moneyness",
        "max_moneyness",
        "rights",
        "trading_classes",
        "exchange",
        "price",
        "max_age_hours",
        "tolerate_failures",
    )

    def __init__(
        self,
        *,
        underlyings: Sequence[str] | str,
        min_days: int | str | None = 0,
        max_days: int | str | None = 60,
        min_strike: float | str | None = None,
        max_strike: float | str | None = None,
        around: int | str | None = None,
        min_moneyness: float | str | None = None,
        max_moneyness: float | str | None = None,
        rights: Sequence[str] | str = ("C", "P"),
        trading_classes: Sequence[str] | str = (),
        exchange: str | None = None,
        price: float | str | None = None,
        max_age_hours: float | str | None = 20,
        tolerate_failures: bool | str = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.underlyings = underlyings
        self.min_days = min_days
        self.max_days = max_days
        self.min_strike = min_strike
        self.max_strike = max_strike
        self.around = around
        self.min_moneyness = min_moneyness
        self.max_moneyness = max_moneyness
        self.rights = rights
        self.trading_classes = trading_classes
        self.exchange = exchange
        self.price = price
        self.max_age_hours = max_age_hours
        self.tolerate_failures = tolerate_failures

    def execute(self, context: Context) -> dict[str, Any]:
        """Load the chains, publish the report, fail on what was refused."""
        with task_outcome():
            underlyings = _names("underlyings", self.underlyings)
            wish = self._wish()
            max_age = read_max_age("chains", self.max_age_hours)
        _ = self.hook.gateway
        report = run_use_case(self._load(underlyings, wish, max_age or timedelta(0)))
        return self.publish(context, report, len(underlyings))

    def _wish(self) -> OptionWish:
        from ib_provider.domain.option_chain import OptionWish

        parameters = Parameters("chains")
        around = parameters.read("around", self.around, read_whole)
        names = ("min_strike", "max_strike", "min_moneyness", "max_moneyness")
        bounds = {name: parameters.read(name, getattr(self, name), read_number) for name in names}
        parameters.read("price", self.price, read_number)
        parameters.check()
        return OptionWish(
            window=_window(self.min_days, self.max_days),
            around=around,
            rights=frozenset(name.upper() for name in read_names(self.rights)),
            trading_classes=frozenset(read_names(self.trading_classes)),
            exchange=read_text(self.exchange) or "",
            **bounds,
        )

    async def _load(
        self, underlyings: Sequence[str], wish: OptionWish, max_age: timedelta
    ) -> ChainsReport:
        from ib_provider.store.catalog import ensure_catalog
        from ib_provider.store.instrument_store import InstrumentStore
        from ib_provider.usecases.load_chains import load_chains
        from ib_provider.usecases.load_option_chains import load_option_chains

        market = self.hook.settings.market
        async with self.hook.client(ClientRole.DATA) as client:
            report = await load_chains(
                underlyings,
                lambda name: load_option_chains(
                    client,
                    store=InstrumentStore(market),
                    underlying=name,
                    wish=wish,
                    price=read_number(self.price),
                    max_age=max_age,
                    progress=self.tell,
                ),
                progress=self.tell,
            )
        ensure_catalog(market)
        return report


def _names(name: str, value: object) -> tuple[str, ...]:
    names = read_names(value)
    parameters = Parameters("chains")
    parameters.require(name, given=bool(names), reason="nothing was said")
    parameters.check()
    return names


def _window(min_days: object, max_days: object) -> DaysWindow:
    from ib_provider.domain.option_chain import DaysWindow

    parameters = Parameters("chains")
    low = parameters.read("min_days", min_days, read_whole)
    high = parameters.read("max_days", max_days, read_whole)
    parameters.check()
    return DaysWindow(min_days=low, max_days=high)
