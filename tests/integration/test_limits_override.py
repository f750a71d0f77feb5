# SPDX-License-Identifier: Apache-2.0
"""Limits loosened for a plan are kept with it, and are part of what is approved."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.domain.approval import Approval
from ib_provider.domain.limits_override import LimitsOverride, LoosenedLimit
from ib_provider.errors import LedgerError, LimitBreached
from ib_provider.ledger import Ledger
from ib_provider.operators.rebalance_approve import approval_request
from ib_provider.usecases.plan_rebalance import plan_rebalance
from ib_provider.usecases.read_yaml import read_limits, read_portfolio
from tests.support.main_job import ACCOUNT
from tests.support.plans import AT, a_plan
from tests.support.rebalance_desk import rebalance_desk

pytest_plugins = ("tests.support.ledgers",)

PLAN = a_plan()


def an_override(value: str = "1.5", why: str = "new money") -> LimitsOverride:
    """Build an override of the turnover."""
    loosened = (LoosenedLimit(name="max_turnover", value=Decimal(value)),)
    return LimitsOverride(loosened=loosened, who="ada", why=why, at=AT, via="ib_rebalance r1")


def test_override_is_kept_with_its_plan_as_it_was_asked_for(ledger: Ledger) -> None:
    """The first one stands; who asks again gets it back."""
    ledger.save_plan(PLAN)
    assert ledger.find_override(PLAN.plan_id) is None
    assert ledger.save_override(PLAN.plan_id, an_override()) == an_override()
    assert ledger.save_override(PLAN.plan_id, an_override("9")) == an_override()
    assert ledger.find_override(PLAN.plan_id) == an_override()


def test_override_of_a_plan_that_was_approved_without_is_refused(ledger: Ledger) -> None:
    """Nobody's yes is stretched afterwards."""
    ledger.save_plan(PLAN)
    ledger.record_approval(Approval(plan_id=PLAN.plan_id, is_approved=True, who="ada", at=AT))
    with pytest.raises(LedgerError, match="judged or sent without"):
        ledger.save_override(PLAN.plan_id, an_override())


def test_override_of_a_plan_that_was_sent_without_is_refused(ledger: Ledger) -> None:
    """What is out is out under the limits it was checked against."""
    ledger.save_plan(PLAN)
    ledger.intend(PLAN.legs[0], plan=PLAN, order_id=1, client_id=1, at=AT)
    with pytest.raises(LedgerError, match="judged or sent without"):
        ledger.save_override(PLAN.plan_id, an_override())


@pytest.mark.parametrize("nobody", [{"who": " "}, {"why": ""}, {"loosened": ()}])
def test_override_without_who_why_and_what_is_refused(
    ledger: Ledger, nobody: dict[str, str]
) -> None:
    """An audit row says all three."""
    ledger.save_plan(PLAN)
    with pytest.raises(LedgerError, match="who and why"):
        ledger.save_override(PLAN.plan_id, replace(an_override(), **nobody))  # type: ignore[arg-type]
    assert ledger.find_override(PLAN.plan_id) is None


def test_override_of_no_plan_is_refused(ledger: Ledger) -> None:
    """It belongs to a plan, or to nothing."""
    with pytest.raises(LedgerError, match="not in the ledger"):
        ledger.save_override("0" * 64, an_override())


def test_request_for_approval_shows_what_was_loosened_by_whom_and_why() -> None:
    """Who says yes says yes to that."""
    _, body = approval_request(PLAN, None, an_override())
    assert "max_turnover 1.5, by ada: new money" in body


async def test_plan_over_a_limit_is_made_and_sent_under_its_own_override(tmp_path: Path) -> None:
    """The file's turnover refuses it; loosened it is made, kept and sent, and the file stands."""
    async with rebalance_desk(tmp_path) as desk:
        await desk.plan("instruments")
        include = tmp_path / "include"
        (include / "limits").mkdir(parents=True)
        text = (desk.settings.include / "limits" / "demo.yaml").read_text("utf-8")
        assert "\nmax_turnover: 1.0\n" in text
        tight = text.replace("\nmax_turnover: 1.0\n", "\nmax_turnover: 0.5\n")
        (include / "limits" / "demo.yaml").write_text(tight, encoding="utf-8")
        override = replace(an_override("0.99"), at=datetime.now(UTC))
        strict = read_limits(include, "demo")
        loose = read_limits(include, "demo", loosened=override.values)
        job = {"ledger": desk.ledger, "store": desk.store, "account": ACCOUNT, "key": "loose"}
        portfolio = read_portfolio(desk.settings.include, "demo")
        async with desk.client() as client:
            with pytest.raises(LimitBreached, match="max_turnover"):
                await plan_rebalance(client, portfolio=portfolio, limits=strict, **job)  # type: ignore[arg-type]
            plan = await plan_rebalance(
                client,
                portfolio=portfolio,
                limits=loose,
                override=override,
                **job,  # type: ignore[arg-type]
            )
            assert desk.ledger.find_override(plan.plan_id) == override
            with pytest.raises(LedgerError, match="take a new key"):
                await plan_rebalance(
                    client,
                    portfolio=portfolio,
                    limits=loose,
                    override=an_override("0.98"),
                    **job,  # type: ignore[arg-type]
                )
        with pytest.raises(LimitBreached, match="max_turnover"):
            await desk.submit(plan, limits=strict)
        assert desk.orders_of(plan) == [0] * len(plan.legs)
        report = await desk.submit(plan, limits=loose)
        assert len(report.sent) == len(plan.legs)
