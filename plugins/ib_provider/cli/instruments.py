# SPDX-License-Identifier: Apache-2.0
"""``ib-provider instruments``: find them, load them, list them, show one."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ib_provider.cli.gateway_options import (
    add_gateway_options,
    endpoint_of,
    hours,
    print_document,
    print_failures,
    tell,
)
from ib_provider.errors import ConfigError, InvalidInstrumentId

if TYPE_CHECKING:
    from ib_provider.domain.contract import Instrument, SecType
    from ib_provider.domain.load_report import LoadReport
    from ib_provider.domain.symbol_match import SymbolMatch
    from ib_provider.symbology.id_spelling import IdSpelling
    from ib_provider.usecases.read_universe import Universe

__all__ = ["add_arguments", "run"]

_LOAD: Final = """\
Ask the gateway for instruments and keep its answers.

An instrument id is SYMBOL.VENUE:
  AAPL.NASDAQ   EUR/USD.IDEALPRO   ^SPX.CBOE   ESZ27.CME   ES.CME (the continuous future)
  BTC/USD.PAXOS   AAPL270115C00200000.SMART   IBUS500.IBCFD   XAUUSD.IBCMDTY

Each ends as loaded, fresh (known, see --max-age), skipped (--sec-type), ambiguous, not found or
failed. The good ones are kept even if others fail.
"""
_LOAD_END: Final = """\
examples:
  ib-provider instruments load AAPL.NASDAQ EUR/USD.IDEALPRO
  ib-provider instruments load --universe demo --max-age 24
  ib-provider instruments load --contract symbol=IBM,sec_type=STK,exchange=SMART,currency=USD

exit code: 0 everything is in the store, 1 something is not (named on stderr), 2 used wrongly
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``load``, ``search``, ``list`` and ``show``."""
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    load = actions.add_parser(
        "load",
        help="ask the gateway for instruments and keep its answers",
        description=_LOAD,
        epilog=_LOAD_END,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    load.add_argument("ids", nargs="*", metavar="ID", help="instrument ids")
    load.add_argument("--universe", help="the stem of a file under include/universes")
    load.add_argument(
        "--contract",
        action="append",
        default=[],
        metavar="FIELD=VALUE,…",
        help="a description that fits one contract; may be repeated",
    )
    load.add_argument(
        "--sec-type", action="append", default=[], help="load this type only; may be repeated"
    )
    load.add_argument(
        "--max-age", type=hours, metavar="HOURS", help="do not ask for what is younger; 0 asks"
    )
    load.add_argument(
        "--tolerate-failures", action="store_true", help="exit with 0 although items failed"
    )
    load.add_argument("--json", action="store_true", help="print the report as JSON")
    _add_spelling(load)
    add_gateway_options(load)
    text = "ask the gateway what a few letters of a symbol or a name may mean"
    search = actions.add_parser("search", help=text, description=text)
    search.add_argument("pattern", help="what a symbol or a name begins with, such as AAP")
    search.add_argument("--json", action="store_true", help="print them as JSON")
    add_gateway_options(search)
    text = "list the instruments in the store; asks no gateway"
    listing = actions.add_parser("list", help=text, description=text)
    listing.add_argument("--sec-type", action="append", default=[], help="of this type only")
    listing.add_argument("--json", action="store_true", help="print them as JSON")
    _add_spelling(listing)
    text = "show all that is known of instruments: ladder, sessions, conIds; asks no gateway"
    show = actions.add_parser("show", help=text, description=text)
    show.add_argument("ids", nargs="+", metavar="ID", help="instrument ids")


def _add_spelling(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("spelling", "how ids are shown; what is stored stays")
    group.add_argument("--id-method", metavar="METHOD", help="simple (default) or raw")
    group.add_argument("--mics", action="store_true", help="venues as MICs, AAPL.XNAS")
    group.add_argument(
        "--mic",
        action="append",
        default=[],
        metavar="SYMBOL=MIC",
        help="the MIC of a symbol: ES=GLBX, 6*=GLBX, FUT:ES=GLBX; may be repeated",
    )


def run(args: argparse.Namespace) -> int:
    """Run one action and return its exit code.

    Raises:
        ConfigError: An argument cannot be.
        GatewayNotReady, ConnectionLost: What was answered until then is kept.
    """
    if args.action == "load":
        return _load(args)
    if args.action == "search":
        return _search(args)
    return _list(args) if args.action == "list" else _show(args)


def _load(args: argparse.Namespace) -> int:
    from ib_provider.config import load_settings
    from ib_provider.store.instrument_store import InstrumentStore
    from ib_provider.usecases.spell_ids import spell_ids

    wanted = _wanted(args)
    spelling = _spelling(args) or wanted.spelling
    report = asyncio.run(_ask(args, wanted))
    good = (*report.loaded, *report.fresh)
    shown = spell_ids(InstrumentStore(load_settings().market), good, spelling)
    if args.json:
        print_document(report.as_document() | {"shown": shown})
    else:
        for name in report.loaded:
            print(f"loaded      {shown[name]}")
        for name in report.fresh:
            print(f"fresh       {shown[name]}")
        for name in report.skipped:
            print(f"skipped     {name}")
    print_failures(report.failed)
    return 1 if report.failed and not args.tolerate_failures else 0


def _search(args: argparse.Namespace) -> int:
    """Print what may be meant, each by the id to load it by; 1 where nothing is."""
    found = asyncio.run(_matches(args))
    if args.json:
        print_document([{"id": _name(one)} | dataclasses.asdict(one) for one in found])
    else:
        for one in found:
            contract = one.contract
            print(
                f"{_name(one):<34} {contract.sec_type:<8} {contract.con_id:>11} "
                f"{contract.currency:<4} {','.join(one.derivative_sec_types):<20}  "
                f"{one.description}"
            )
    if not found:
        tell(f"no symbol and no name begins with {args.pattern!r}")
    return 0 if found else 1


async def _matches(args: argparse.Namespace) -> tuple[SymbolMatch, ...]:
    from ib_provider.client.ib_client import IbClient

    async with IbClient(endpoint_of(args)) as client:
        return await client.matching_symbols(args.pattern)


def _name(match: SymbolMatch) -> str:
    """Return the id of a match; IB's words where it has not said enough for one."""
    from ib_provider.symbology.instrument_id import instrument_id

    try:
        return instrument_id(match.contract)
    except InvalidInstrumentId:
        return str(match.contract)


async def _ask(args: argparse.Namespace, wanted: Universe) -> LoadReport:
    from ib_provider.client.ib_client import IbClient
    from ib_provider.config import load_settings
    from ib_provider.store.catalog import ensure_catalog
    from ib_provider.store.instrument_store import InstrumentStore
    from ib_provider.usecases.load_instruments import load_instruments

    market = load_settings().market
    async with IbClient(endpoint_of(args)) as client:
        report = await load_instruments(
            client,
            store=InstrumentStore(market),
            ids=wanted.ids,
            contracts=wanted.contracts,
            sec_types=wanted.sec_types,
            max_age=args.max_age,
            progress=tell,
        )
    ensure_catalog(market)
    return report


def _wanted(args: argparse.Namespace) -> Universe:
    """Return what the arguments name.

    Raises:
        ConfigError: With everything that is wrong with them.
    """
    from ib_provider.config import load_settings
    from ib_provider.usecases.read_universe import (
        Universe,
        read_contract,
        read_sec_types,
        read_universe,
    )

    problems, contracts = [], []
    for text in args.contract:
        pairs = [part.partition("=") for part in text.split(",")]
        try:
            contracts.append(read_contract({key.strip(): value for key, _, value in pairs}))
        except ValueError as error:
            problems.append(f"--contract {text}: {error}")
    sec_types: frozenset[SecType] = frozenset()
    try:
        sec_types = read_sec_types(args.sec_type)
    except ValueError as error:
        problems.append(f"--sec-type: {error}")
    if not (args.ids or contracts or args.universe or problems):
        problems.append("name instrument ids, --contract or --universe")
    if problems:
        raise ConfigError("instruments load", problems)
    base = read_universe(load_settings().include, args.universe) if args.universe else Universe()
    return Universe(
        ids=(*base.ids, *args.ids),
        contracts=(*base.contracts, *contracts),
        sec_types=sec_types or base.sec_types,
        spelling=base.spelling,
    )


def _spelling(args: argparse.Namespace) -> IdSpelling | None:
    """Return the spelling that the arguments ask for; None where they say nothing.

    Raises:
        ConfigError: With everything that is wrong with them.
    """
    from ib_provider.symbology.id_spelling import IdSpelling

    if not (args.id_method or args.mics or args.mic):
        return None
    overrides = {symbol: mic for symbol, _, mic in (text.partition("=") for text in args.mic)}
    method = args.id_method or "simple"
    settings = {"method": method, "mics": args.mics, "overrides": overrides}
    return IdSpelling.of("spelling", settings)


def _list(args: argparse.Namespace) -> int:
    from ib_provider.config import load_settings
    from ib_provider.store.instrument_store import InstrumentStore
    from ib_provider.symbology.id_spelling import IdSpelling
    from ib_provider.usecases.read_universe import read_sec_types

    spelling = _spelling(args) or IdSpelling()
    try:
        wanted = read_sec_types(args.sec_type)
    except ValueError as error:
        raise ConfigError("instruments list", [f"--sec-type: {error}"]) from None
    found = [
        item
        for item in InstrumentStore(load_settings().market).all()
        if not wanted or item.contract.sec_type in wanted
    ]
    if args.json:
        print_document([_document(item) | {"shown": spelling.show(item)} for item in found])
        return 0
    for item in found:
        age = datetime.now(UTC) - item.seen_at
        print(
            f"{spelling.show(item):<34} {item.contract.sec_type:<8} {item.contract.con_id:>11} "
            f"{item.contract.currency:<4} {_age(age.total_seconds()):>7}  {item.long_name}"
        )
    tell(f"{len(found):,} instrument(s)")
    return 0


def _show(args: argparse.Namespace) -> int:
    from ib_provider.config import load_settings
    from ib_provider.store.instrument_store import InstrumentStore
    from ib_provider.store.market_rule_store import MarketRuleStore

    market = load_settings().market
    store = InstrumentStore(market)
    known, rules = store.get(args.ids), MarketRuleStore(market).get()
    spans = store.history()
    for name, item in known.items():
        rule = item.market_rule_at()
        ladder = rules.get(rule) if rule is not None else None
        print_document(
            _document(item)
            | {
                "ladder": [
                    {"from": str(step.low_edge), "step": str(step.increment)}
                    for step in (ladder.steps if ladder else ())
                ],
                "con_ids": [
                    {"con_id": span.con_id, "from": span.valid_from, "to": span.valid_to}
                    for span in spans
                    if span.instrument_id == name
                ],
            }
        )
    missing = [name for name in args.ids if name not in known]
    print_failures(dict.fromkeys(missing, "not in the store; load it first"))
    return 1 if missing else 0


def _document(item: Instrument) -> dict[str, object]:
    document = dataclasses.asdict(item)
    document["details"] = dict(item.details)
    return document


def _age(seconds: float) -> str:
    return f"{seconds / 3600:.0f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.0f} d"
