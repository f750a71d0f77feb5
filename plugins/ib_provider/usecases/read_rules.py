# SPDX-License-Identifier: Apache-2.0
"""Read how strict bars are judged: the suites that people edit in ``include/expectations``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ib_provider.domain.bar_spec_text import KINDS
from ib_provider.domain.contract import SecType
from ib_provider.domain.finding import Severity
from ib_provider.errors import ConfigError
from ib_provider.quality.bar_rules import THRESHOLDS, RuleBook, RuleSuite, Threshold, known_checks
from ib_provider.rebalance import read_yaml
from ib_provider.rebalance.document_reader import DocumentReader
from ib_provider.store.instrument_store import InstrumentStore

__all__ = ["parse_rule_suite", "read_rules"]

_OFF: Final = "off"
_BARS: Final = {"intraday": True, "daily": False}


def read_rules(include: Path, market: Path) -> RuleBook:
    """Return the rules of every series: the files by name, ``default.yaml`` before all others.

    Args:
        include: The folder above ``expectations``; without such a folder the defaults hold.
        market: The tree whose instruments say of which asset class they are.

    Raises:
        ConfigError: A file is no YAML, or wrong: every problem of it at once.
    """
    paths = sorted((include / "expectations").glob("*.yaml"))
    paths.sort(key=lambda path: path.stem != "default")
    suites = []
    for path in paths:
        source = f"expectations/{path.name}"
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(source, [f"cannot be read: {error}"]) from error
        suites.append(parse_rule_suite(path.stem, source, read_yaml(source, text)))
    needed = any(suite.asset_classes for suite in suites)
    known = InstrumentStore(market).all() if needed else ()
    classes = {item.instrument_id: item.contract.sec_type for item in known}
    return RuleBook(suites=tuple(suites), asset_classes=classes)


def parse_rule_suite(name: str, source: str, document: object) -> RuleSuite:
    """Return the suite that a document says.

    Raises:
        ConfigError: With every problem of the document.
    """
    problems: list[str] = []
    top = DocumentReader(document, at="", problems=problems)
    top.only(("applies_to", "checks"))
    fields = document if isinstance(document, Mapping) else {}
    applies = _applies_to(fields.get("applies_to", {}), problems)
    severities: dict[str, Severity | None] = {}
    values: dict[str, float] = {}
    checks = fields.get("checks", {})
    DocumentReader(checks, at="checks", problems=problems).only(
        [check.name for check in known_checks()]
    )
    for check in known_checks():
        if isinstance(checks, Mapping) and check.name in checks:
            _check(check.name, checks[check.name], problems, severities, values)
    top.finish(source)
    return RuleSuite(
        name=name,
        asset_classes=frozenset(SecType(text) for text in applies["asset_classes"]),
        kinds=frozenset(KINDS[text] for text in applies["kinds"]),
        intraday=_BARS[applies["bars"][0]] if len(applies["bars"]) == 1 else None,
        severities=severities,
        values=values,
    )


def _applies_to(document: object, problems: list[str]) -> dict[str, list[str]]:
    """Return the selection by key; each a list of words that are known."""
    known = {
        "asset_classes": [kind.value for kind in SecType],
        "kinds": list(KINDS),
        "bars": list(_BARS),
    }
    reader = DocumentReader(document, at="applies_to", problems=problems)
    reader.only(known)
    found: dict[str, list[str]] = {key: [] for key in known}
    for key, words in known.items():
        if not isinstance(document, Mapping) or key not in document:
            continue
        for word in reader.entries(key):
            if word in words:
                found[key].append(str(word))
            else:
                reader.complain(key, f"{word!r} is none of {', '.join(words)}")
    return found


def _check(
    name: str,
    document: object,
    problems: list[str],
    severities: dict[str, Severity | None],
    values: dict[str, float],
) -> None:
    """Note what a suite says of one check."""
    thresholds = THRESHOLDS.get(name, {})
    reader = DocumentReader(document, at=f"checks.{name}", problems=problems)
    reader.only(["severity", *thresholds])
    if not isinstance(document, Mapping):
        return
    if "severity" in document:
        words = [*(severity.value for severity in Severity), _OFF]
        # YAML reads an unquoted off as false, which is what was meant.
        text = _OFF if document["severity"] is False else reader.text("severity", choices=words)
        severities[name] = None if text in (_OFF, "") else Severity(text)
    for key, threshold in thresholds.items():
        if key in document:
            values[threshold.field] = _number(reader, key, threshold)


def _number(reader: DocumentReader, key: str, threshold: Threshold) -> float:
    if threshold.whole:
        return reader.count(key, low=int(threshold.low))
    high = "" if threshold.high is None else str(threshold.high)
    return float(reader.number(key, low=str(threshold.low), high=high))
