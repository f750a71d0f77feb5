# SPDX-License-Identifier: Apache-2.0
"""Which series a command is about: instruments, kinds of bars, and a range of sessions."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from ib_provider.domain.bar_bound import parse_bar_bound
from ib_provider.errors import ConfigError

if TYPE_CHECKING:
    from ib_provider.config import Settings
    from ib_provider.domain.bar import BarSpec
    from ib_provider.domain.contract import Instrument

__all__ = [
    "SessionRange",
    "add_instrument_arguments",
    "add_range_arguments",
    "add_spec_arguments",
    "known_instruments",
    "session_or_instant",
    "wanted_ids",
    "wanted_range",
    "wanted_specs",
]

_DEFAULT_SPEC: Final = "1-DAY-LAST"
_LAST: Final = re.compile(r"(\d+) ?(d|day|w|week|m|month|y|year)s?", re.IGNORECASE)
_DAYS: Final = {"d": 1, "w": 7, "m": 31, "y": 366}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRange:
    """Sessions from the first, inclusive, to the day after the last."""

    start: date
    end: date


def add_instrument_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare instruments: ids, or the name of a universe."""
    parser.add_argument("ids", nargs="*", metavar="ID", help="instrument ids such as AAPL.NASDAQ")
    parser.add_argument("--universe", help="the stem of a file under include/universes")


def add_spec_arguments(parser: argparse.ArgumentParser, *, several: bool = True) -> None:
    """Declare kinds of bars."""
    repeated = "; may be repeated" if several else ""
    parser.add_argument(
        "--spec",
        action="append",
        default=[],
        metavar="STEP-UNIT-KIND",
        help=f"such as 30-MINUTE-MID or 1-HOUR-LAST{repeated}; default {_DEFAULT_SPEC}",
    )
    parser.add_argument(
        "--all-hours", action="store_true", help="also outside of regular trading hours"
    )


def add_range_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare a range of sessions."""
    parser.add_argument("--start", type=_date, metavar="DATE", help="first session, inclusive")
    parser.add_argument(
        "--end", type=_date, metavar="DATE", help="day after the last session; default: today"
    )
    parser.add_argument(
        "--last", metavar="SPAN", help="instead of --start: 5d, 2w, 6m or 10y back from the end"
    )


def wanted_ids(args: argparse.Namespace, settings: Settings) -> tuple[str, ...]:
    """Return the ids that were listed, or else the universe's.

    Raises:
        ConfigError: Neither was said, or the universe's file cannot be used.
    """
    from ib_provider.usecases.read_universe import read_universe

    if args.ids and args.universe:
        raise ConfigError("arguments", ["ids, --universe: say one of the two"])
    if args.ids:
        return tuple(dict.fromkeys(args.ids))
    if not args.universe:
        raise ConfigError("arguments", ["ids, --universe: say one of the two"])
    universe = read_universe(settings.include, args.universe)
    if universe.contracts:
        raise ConfigError(
            f"universes/{args.universe}.yaml",
            [f"{entry}: name it by its instrument id here" for entry in universe.contracts],
        )
    return universe.ids


def known_instruments(args: argparse.Namespace, settings: Settings) -> list[Instrument]:
    """Return the instruments that were asked for, from the store.

    Raises:
        ConfigError: One was never loaded, or none was said.
    """
    from ib_provider.usecases.find_instruments import find_instruments

    return find_instruments(settings.market, wanted_ids(args, settings))


def wanted_specs(args: argparse.Namespace) -> tuple[BarSpec, ...]:
    """Return the kinds of bars, each once.

    Raises:
        ConfigError: With every text that names none.
    """
    from ib_provider.domain.bar_spec_text import parse_bar_spec

    specs: list[BarSpec] = []
    problems: list[str] = []
    for text in args.spec or [_DEFAULT_SPEC]:
        try:
            specs.append(parse_bar_spec(text, rth=not args.all_hours))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError("--spec", problems)
    return tuple(dict.fromkeys(specs))


def wanted_range(args: argparse.Namespace, *, now: datetime | None = None) -> SessionRange:
    """Return the range of sessions.

    Args:
        now: What ``--end`` and ``--last`` count back from where no end was said; this machine's
            clock by default.

    Raises:
        ConfigError: No beginning, two of them, or an end that is not after it.
    """
    end: date = args.end or (now or datetime.now(UTC)).date() + timedelta(days=1)
    if (args.start is None) == (args.last is None):
        raise ConfigError("arguments", ["--start, --last: say one of the two"])
    start: date = args.start if args.last is None else end - _span(args.last)
    if start >= end:
        raise ConfigError("arguments", [f"--end: {end} is not after {start}"])
    return SessionRange(start=start, end=end)


def session_or_instant(text: str) -> date:
    """Return a session, or an instant where a time of day was said; a type of an argument."""
    try:
        return parse_bar_bound(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _span(text: str) -> timedelta:
    match = _LAST.fullmatch(text.strip())
    if match is None or not int(match[1]):
        raise ConfigError("arguments", [f"--last: {text!r} is no span such as 5d, 2w, 6m or 10y"])
    return timedelta(days=int(match[1]) * _DAYS[match[2][0].lower()])


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2013-02-28") from None
