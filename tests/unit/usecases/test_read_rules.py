# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey, WhatToShow
from ib_provider.domain.contract import SecType
from ib_provider.domain.finding import Severity
from ib_provider.errors import ConfigError
from ib_provider.quality.bar_rules import BarRules, RuleBook, known_checks
from ib_provider.usecases.read_rules import parse_rule_suite, read_rules
from tests.support.airflow_home import PROJECT
from tests.support.bar_tables import series_key

INCLUDE = PROJECT / "include"


def parse(text: str) -> RuleBook:
    return RuleBook(suites=(parse_rule_suite("x", "x.yaml", yaml.safe_load(text)),))


def test_shipped_default_says_what_is_built_in_and_leaves_nothing_out(tmp_path: Path) -> None:
    """Who edits the file starts from what holds without it, and sees every check."""
    path = INCLUDE / "expectations" / "default.yaml"
    document = yaml.safe_load(path.read_text("utf-8"))
    assert set(document["checks"]) == {check.name for check in known_checks()}
    suite = parse_rule_suite("default", "default.yaml", document)
    assert RuleBook(suites=(suite,)).of(series_key()) == BarRules()


def test_no_folder_means_the_defaults(tmp_path: Path) -> None:
    """A wheel without a checkout judges as it always did."""
    assert read_rules(tmp_path, tmp_path).of(series_key()) == BarRules()


def test_shipped_suites_let_a_future_fall_below_zero(tmp_path: Path) -> None:
    """Crude oil did; a share does not."""
    suites = read_rules(INCLUDE, tmp_path).suites
    book = RuleBook(suites=suites, asset_classes={"CLK20.NYMEX": SecType.FUT})
    future = SeriesKey(instrument_id="CLK20.NYMEX", spec=BarSpec())
    assert book.of(future).severity("positive_prices") is Severity.WARNING
    assert book.of(series_key()).severity("positive_prices") is Severity.CRITICAL


def test_suite_changes_only_what_it_is_for() -> None:
    """By kind and by length of the bar; what it does not say stays."""
    book = parse(
        """
        applies_to: {kinds: [MID], bars: [intraday]}
        checks: {price_spikes: {factor: 1.5}, stale_prices: {severity: off, run: 9}}
        """
    )

    def rules(size: BarSize, what: WhatToShow) -> BarRules:
        return book.of(SeriesKey(instrument_id="A.B", spec=BarSpec(size=size, what=what)))

    changed = rules(BarSize.MIN_1, WhatToShow.MIDPOINT)
    assert (changed.spike_factor, changed.stale_run, changed.jump_z) == (1.5, 9, 25.0)
    assert changed.severity("stale_prices") is None
    assert changed.severity("price_spikes") is Severity.CRITICAL
    assert rules(BarSize.DAY_1, WhatToShow.MIDPOINT) == BarRules()
    assert rules(BarSize.MIN_1, WhatToShow.TRADES) == BarRules()
    assert book.everywhere().spike_factor == 1.5


def test_later_suite_wins() -> None:
    """Files apply in the order of their names."""
    first = parse_rule_suite("a", "a", {"checks": {"price_jumps": {"z": 5, "least": 0.2}}})
    second = parse_rule_suite("b", "b", {"checks": {"price_jumps": {"z": 50}}})
    rules = RuleBook(suites=(first, second)).of(series_key())
    assert (rules.jump_z, rules.least_jump) == (50.0, 0.2)


def test_every_problem_of_a_suite_is_told_at_once() -> None:
    """Unknown keys are refused with the nearest known one."""
    with pytest.raises(ConfigError) as caught:
        parse(
            """
            aplies_to: {}
            applies_to: {asset_classes: [STOCK], bars: []}
            checks:
              price_spike: {factor: 2}
              price_spikes: {faktor: 2, factor: 1}
              stale_prices: {run: 2.5, severity: fatal}
              nulls: critical
              session_bars: {share: 1.5}
            """
        )
    text = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 10
    for words in (
        "aplies_to: unknown key, did you mean 'applies_to'?",
        "applies_to.asset_classes: 'STOCK' is none of",
        "applies_to.bars: an empty list",
        "checks.price_spike: unknown key, did you mean 'price_spikes'?",
        "checks.price_spikes.faktor: unknown key, did you mean 'factor'?",
        "checks.price_spikes.factor: 1 is not at least 1.1",
        "checks.stale_prices.run: a number where a whole number is expected",
        "checks.stale_prices.severity: 'fatal' is none of info, warning, critical, off",
        "checks.nulls: text 'critical' where a mapping is expected",
        "checks.session_bars.share: 1.5 is not at least 0.0 and at most 1.0",
    ):
        assert words in text


def test_file_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    """The file and the line."""
    folder = tmp_path / "expectations"
    folder.mkdir()
    (folder / "default.yaml").write_text("checks: [", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"expectations/default\.yaml"):
        read_rules(tmp_path, tmp_path)
