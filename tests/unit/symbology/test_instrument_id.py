# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.contract import Contract, SecType
from ib_provider.errors import AmbiguousContract, InvalidInstrumentId, SymbologyError
from ib_provider.simulator.contracts.contract_book import ContractBook
from ib_provider.simulator.contracts.listing import Listing
from ib_provider.symbology.instrument_id import canonical_id, instrument_id, parse_instrument_id
from ib_provider.symbology.venues import VENUES
from tests.support.contracts import qualified_contracts

TODAY = date(2026, 11, 24)

#: Qualified contracts as gateways answer them, and their one id.
QUALIFIED = {
    "AAPL.NASDAQ": "STK,AAPL,AAPL,NMS,,,SMART,NASDAQ,USD",
    "SPY.ARCA": "STK,SPY,SPY,SPY,,,SMART,ARCA,USD",
    "V.NYSE": "STK,V,V,V,,,NYSE,NYSE,USD",
    "BF-B.NYSE": "STK,BF B,BF B,BF B,,,SMART,NYSE,USD",
    "29M.ASX": "STK,29M,29M,29M,,,SMART,ASX,AUD",
    "BP..LSE": "STK,BP.,BP.,SET0,,,SMART,LSE,GBP",
    "ERIC-B.SFB": "STK,ERIC.B,ERIC B,ERIC.B,,,SMART,SFB,SEK",
    "7203.TSEJ": "STK,7203,7203.T,7203,,,SMART,TSEJ,JPY",
    "BN4.SGX": "STK,BN4,BN4,BN4,,,SMART,SGX,SGD",
    "CSNDX.EBS": "STK,CSNDX,CSNDX,CSNDX,,,SMART,EBS,CHF",
    "CSNDX:USD.EBS": "STK,CSNDX,CSNDX,CSNDX,,,SMART,EBS,USD",
    "BAJAJ-AUTO=STK.NSE": "STK,BAJAJ-AUT,BAJAJ-AUTO,BAJAJ-AUTO,,,SMART,NSE,INR",
    "^SPX.CBOE": "IND,SPX,SPX,SPX,,,CBOE,,USD",
    "^ESTX50.EUREX": "IND,ESTX50,ESTX50,ESTX50,,,EUREX,,EUR",
    "^TICK-NYSE.NYSE": "IND,TICK-NYSE,TICK-NYSE,TICK-NYSE,,,NYSE,,USD",
    "EUR/USD.IDEALPRO": "CASH,EUR,EUR.USD,EUR.USD,,,IDEALPRO,,USD",
    "BTC/USD.PAXOS": "CRYPTO,BTC,BTC.USD,BTC,,,PAXOS,,USD",
    "BTC/USD.ZEROHASH": "CRYPTO,BTC,BTC.USD,BTC,,,ZEROHASH,,USD",
    "ESZ27.CME": "FUT,ES,ESZ7,ES,20271217,,CME,,USD",
    "CLZ27.NYMEX": "FUT,CL,CLZ7,CL,20271119,,NYMEX,,USD",
    "CLF28.NYMEX": "FUT,CL,CLF8,CL,20271220,,NYMEX,,USD",
    "YMH24.CBOT": "FUT,YM,YM   MAR 24,YM,20240315,,CBOT,,USD",
    "6EH27.CME": "FUT,EUR,6EH7,6E,20270315,,CME,,USD",
    "APH23.SNFE": "FUT,SPI,APH3,AP,20230316,,SNFE,,AUD",
    "FESXH24.EUREX": "FUT,ESTX50,FESX 20240315 M,FESX,20240315,,EUREX,,EUR",
    "FDAXM13.EUREX": "FUT,DAX,FDAX JUN 13,FDAX,20130621,,EUREX,,EUR",
    "HSIG24.HKFE": "FUT,HSI,HSIG4,HSI,20240228,,HKFE,,HKD",
    "SILZ27.COMEX": "FUT,SI,SILZ7,SIL,20271229,,COMEX,,USD",
    "NIFTY25MARFUT.NSE": "FUT,NIFTY50,NIFTY25MARFUT,NIFTY,20250327,,NSE,,INR",
    "1690200A1=FUT.OSE.JPN": "FUT,N225M,1690200A1,NK225M,20261210,,OSE.JPN,,JPY",
    "AH_20240221=FUT.LMEOTC": "FUT,AH,AH_20240221,AH,20240221,,LMEOTC,,USD",
    "DVM3  JN24=FUT.MEXDER": "FUT,DVM3,DVM3  JN24,DVM3,20240614,,MEXDER,,MXN",
    "ES.CME": "CONTFUT,ES,ESH7,ES,20270319,,CME,,USD",
    "6E.CME": "CONTFUT,EUR,6EH7,6E,20270315,,CME,,USD",
    "SI.COMEX": "CONTFUT,SI,SIZ6,SI,20261229,,COMEX,,USD",
    "SIL.COMEX": "CONTFUT,SI,SILZ6,SIL,20261229,,COMEX,,USD",
    "AAPL270115C00400000.SMART": "OPT,AAPL,AAPL  270115C00400000,AAPL,20270115,400C,SMART,,USD",
    "SPX260320C06600000.SMART": "OPT,SPX,SPX   260320C06600000,SPX,20260319,6600C,CBOE,,USD",
    "SPXW260320C06600000.SMART": "OPT,SPX,SPXW  260320C06600000,SPXW,20260320,6600C,SMART,,USD",
    "NDX1P260120P06835000.SMART": "OPT,NDX,NDX1P 260120P06835000,NDX1P,20260120,6835P,CBOE,,USD",
    "AAPL1130420C00302860.SMART": "OPT,AAPL,AAPL1 130420C00302860,AAPL1,20130419,302.86C,BOX,,USD",
    "RY240119C00120000.CDE": "OPT,RY,RY    240119C00120000,RY,20240119,120C,CDE,,CAD",
    "C OESX 20260213 4775.EUREX": "OPT,ESTX50,C OESX 20260213 4775,OESX,20260213,4775C,EUREX,,EUR",
    "P OEXP 20260212 6480 W.EUREX": (
        "OPT,ESTX50,P OEXP 20260212 6480 W,OEXP,20260212,6480P,EUREX,,EUR"
    ),
    "C ODAX 20261218 24000.EUREX": "OPT,DAX,C DAX  DEC 26 24000,ODAX,20261218,24000C,EUREX,,EUR",
    "E4AN24 C5655.CME": "FOP,ES,E4AN4 C5655,E4A,20240722,5655C,CME,,USD",
    "LOJ13 C5400.NYMEX": "FOP,CL,LOJ3 C5400,LO,20130315,54C,NYMEX,,USD",
    "C OEXD 20261218 50 M=FOP.EUREX": "FOP,DVD,C OEXD 20261218 50 M,OEXD,20261218,50C,EUREX,,EUR",
    "FCHZ24_C7000=FOP.SGX": "FOP,XINA50,FCHZ24_C7000,FCH,20241230,7000C,SGX,,SGD",
    "IBUS500.IBCFD": "CFD,IBUS500,IBUS500,IBUS500,,,SMART,,USD",
    "IBDE40.IBCFD": "CFD,IBDE40,IBDE40,IBDE40,,,SMART,,EUR",
    "SAP:EUR.IBCFD": "CFD,SAP,SAPn,SAPn,,,SMART,,EUR",
    "EUR/USD.IBCFD": "CFD,EUR,EUR.USD,EUR.USD,,,SMART,,USD",
    "XAUUSD.IBCMDTY": "CMDTY,XAUUSD,XAUUSD,XAUUSD,,,SMART,,USD",
    "VINIX.FUNDSERV": "FUND,VINIX,VINIX,VINIX,,,FUNDSERV,,USD",
    "#7=BOND.SMART": "BOND,US-T,US-T 2 02/15/23,US-T,20230215,,SMART,,USD",
    "AAPL 131220C450=WAR.SWB": "WAR,AAPL,AAPL 131220C450,AAPL,20131220,450C,SWB,,EUR",
    "#7=IOPT.FWB": "IOPT,DAX,,DAX,20261218,20000C,FWB,,EUR",
}  # fmt: skip


def contract(text: str) -> Contract:
    kind, symbol, local, own_class, day, strike, exchange, primary, currency = text.split(",")
    return Contract(
        con_id=7,
        sec_type=SecType(kind),
        symbol=symbol,
        local_symbol=local,
        trading_class=own_class,
        last_trade_date=day,
        strike=Decimal(strike[:-1]) if strike else None,
        right=strike[-1:],
        exchange=exchange,
        primary_exchange=primary,
        currency=currency,
    )


def describes(said: Contract, own: Contract) -> bool:
    """Return whether each field of a description is the contract's own; dates apart."""
    names = ("sec_type", "symbol", "local_symbol", "currency", "right", "trading_class", "strike")
    pairs = [(getattr(said, name), getattr(own, name)) for name in names]
    return all(one in ("", None, other) for one, other in pairs)


@pytest.mark.parametrize(("text", "row"), QUALIFIED.items())
def test_instrument_id_of_each_kind_leads_to_its_contract(text: str, row: str) -> None:
    """Written, read, and written once more: the same id, and a description of that contract."""
    own = contract(row)
    assert instrument_id(own) == text
    said = parse_instrument_id(text)
    assert describes(said, own)
    assert said.con_id == (7 if text.startswith("#") else 0)
    assert instrument_id(said) == text


@pytest.mark.parametrize(
    ("spelling", "text"),
    [
        ("ESZ7.CME", "ESZ27.CME"),
        ("ESZ27.GLOBEX", "ESZ27.CME"),
        ("ESM24.XCME", "ESM24.CME"),
        ("ESM24.GLBX", "ESM24.CME"),
        ("YM.GLBX", "YM.CBOT"),
        ("EUR.CME", "6E.CME"),
        ("FESXH24.DTB", "FESXH24.EUREX"),
        ("AAPL.XNAS", "AAPL.NASDAQ"),
        ("AAPL.ISLAND", "AAPL.NASDAQ"),
        ("AAPL  230217P00155000.SMART", "AAPL230217P00155000.SMART"),
        ("AAPL230217P00155000.OPRA", "AAPL230217P00155000.SMART"),
        ("SPXW  260313P06630000.CBOE", "SPXW260313P06630000.SMART"),
        ("TSLA  230120C00100000.MIAX", "TSLA230120C00100000.SMART"),
        ("E4AN4 C5655.CME", "E4AN34 C5655.CME"),
        ("EX2G25P4080.NYBOT", "EX2G25 P4080.NYBOT"),
        ("EUR.USD=CASH.IDEALPRO", "EUR/USD.IDEALPRO"),
        ("BF B=STK.NYSE", "BF-B.NYSE"),
        ("ESZ7=FUT:202712.CME", "ESZ27.CME"),
        ("1690200A1=FUT.OSE/JPN", "1690200A1=FUT.OSE.JPN"),
        ("C OEXD 20261218 50 M=FOP.EUREX", "C OEXD 20261218 50 M=FOP.EUREX"),
        ("912828UN8.SMART", "912828UN8=BOND.SMART"),
        ("US912828UN88=BOND.SMART", "US912828UN88=BOND.SMART"),
    ],
)
def test_canonical_id_of_each_spelling_is_the_stored_one(spelling: str, text: str) -> None:
    """Old venues, MICs, both year forms, both option forms, and the raw form are read."""
    assert canonical_id(spelling, on=TODAY) == text


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("AAPL.NASDQ", "AAPL.NASDAQ"),
        ("aapl.nasdaq", "AAPL.NASDAQ"),
        (" AAPL.NASDAQ", "AAPL.NASDAQ"),
        ("BF B.NYSE", "BF-B.NYSE"),
        ("BRK/B.NYSE", "BRK-B.NYSE"),
        ("EUR.USD.IDEALPRO", "EUR/USD.IDEALPRO"),
        ("EURUSD.IDEALPRO", "EUR/USD.IDEALPRO"),
        ("ESZ7.CME", "ESZ27.CME"),
        ("ESZ7 C5000.CME", "ESZ27 C5000.CME"),
        ("ESZ27.NASDAQ", "ESZ27.CME"),
        ("AAPL230217P00155000.NASDAQ", None),
        ("C AAPL 20270115 400.SMART", "AAPL270115C00400000.SMART"),
        ("912828XE8.SMART", None),
        ("SPY.SMART", None),
        ("SPY C400.SMART", None),
        ("ESZ7=FUT.CME", None),
        ("AAPL", None),
        (".NYSE", None),
        ("NIFTY 25 MAR FUT.NSE", None),
        ("X=NOTHING.NYSE", None),
        ("", None),
    ],
)
def test_parse_of_a_foreign_form_names_the_nearest_and_never_a_stock(
    text: str, nearest: str | None
) -> None:
    """What does not parse is refused with the closest legal form, where that is no invention."""
    with pytest.raises(InvalidInstrumentId) as caught:
        parse_instrument_id(text)
    assert caught.value.nearest == nearest
    assert caught.value.text == text


@pytest.mark.parametrize("text", ["SAP.XETR", "ZZ.GLBX"])
def test_parse_of_a_mic_with_several_venues_names_them(text: str) -> None:
    """The first venue of a market is not taken for the right one."""
    with pytest.raises(AmbiguousContract) as caught:
        parse_instrument_id(text)
    assert len(caught.value.candidates) > 1
    for candidate in caught.value.candidates:
        assert canonical_id(candidate) == candidate


@pytest.mark.parametrize(
    "nameless",
    [
        Contract(symbol="ES", sec_type=SecType.FUT, exchange="CME"),
        Contract(local_symbol="ESZ7", sec_type=SecType.FUT, exchange="CME"),
        Contract(symbol="AAPL", exchange="SMART"),
        Contract(primary_exchange="NYSE"),
        Contract(con_id=1, sec_type=SecType.OTHER, exchange="NYSE"),
        Contract(sec_type=SecType.BAG, symbol="ES", exchange="CME"),
        Contract(con_id=1, sec_type=SecType.UNSAID, exchange="NYSE"),
    ],
)
def test_instrument_id_of_an_unnameable_contract_is_refused(nameless: Contract) -> None:
    """No listing venue, no symbol, no year, or a type that names nothing: no id."""
    with pytest.raises(InvalidInstrumentId):
        instrument_id(nameless)


@given(own=qualified_contracts())
def test_instrument_id_of_any_contract_leads_back(own: Contract) -> None:
    """For contracts of every kind: the id describes the contract, and is its own canonical form."""
    text = instrument_id(own)
    said = parse_instrument_id(text)
    assert describes(said, own)
    assert instrument_id(replace(said, con_id=own.con_id)) == text
    assert canonical_id(text) == text


@given(one=qualified_contracts(), other=qualified_contracts())
def test_instrument_ids_of_two_contracts_differ(one: Contract, other: Contract) -> None:
    """An id carries what tells its contract from others: class, currency, venue, style, day."""
    names = ("sec_type", "local_symbol", "currency", "primary_exchange")
    same = all(getattr(one, name) == getattr(other, name) for name in names)
    same = same and one.last_trade_date[:6] == other.last_trade_date[:6]
    if not one.primary_exchange and one.sec_type is not SecType.OPT:
        same = same and one.exchange == other.exchange
    if one.sec_type is not SecType.BOND and not same:
        assert instrument_id(one) != instrument_id(other)


_FORMS = (
    r"[A-Z0-9]{1,5}[FGHZ][0-9]{1,2}( ?[CP][0-9]{1,5}(\.[0-9])?)?",
    r"[A-Z]{1,5} {0,3}[0-9]{6}[CP][0-9]{8}",
    r"[CP] [A-Z]{1,5} 2026(02|10|12)[0-3][0-9] [0-9]{1,5}(\.[0-9])?( [A-Z])?",
    r"#?[A-Z0-9 .]{1,9}=(STK|OPT|FUT|FOP|CFD|CONTFUT|BOND|WAR|IND)(:[A-Z]{3})?(:20[0-9]{4})?",
)
TEXTS = st.one_of(
    st.text(alphabet="ABCFHZ0123 -./:=#^*|+_()'é", max_size=14),
    *(st.from_regex(form, fullmatch=True) for form in _FORMS),
)
PLACES = st.sampled_from((*sorted(VENUES), "SMART", "CBOE", "GLBX", "XNAS", "NOWHERE"))


@given(symbol=TEXTS, place=PLACES)
def test_parse_of_any_text_is_an_error_or_a_fixed_point(symbol: str, place: str) -> None:
    """No text crashes it, none becomes a stock where none are listed, and an id stays itself."""
    try:
        said = parse_instrument_id(f"{symbol}.{place}", on=TODAY)
        text = instrument_id(said)
    except SymbologyError:
        return
    assert canonical_id(text) == text
    if said.sec_type is SecType.STK and "=STK" not in symbol:
        assert VENUES[said.primary_exchange].plain is SecType.STK


@pytest.mark.parametrize("year", [2013, 2026])
def test_every_contract_of_the_simulated_gateway_is_found_by_its_id(year: int) -> None:
    """The id is asked as a question, and answered by that one contract."""
    book = ContractBook(now=lambda: datetime(year, 3, 4, tzinfo=UTC))
    owners: dict[str, tuple[int, SecType]] = {}
    for listing in _listings(book):
        own = listing.contract
        text = instrument_id(own)
        assert owners.setdefault(text, (own.con_id, own.sec_type)) == (own.con_id, own.sec_type)
        found = book.find(parse_instrument_id(text), expired=True)
        assert [entry.contract.con_id for entry in found] == [own.con_id], text
    assert {kind for _, kind in owners.values()} == set(SecType) - {
        SecType.BAG, SecType.IOPT, SecType.OTHER, SecType.UNSAID
    }  # fmt: skip


def _listings(book: ContractBook) -> list[Listing]:
    found = list(book)
    for root in book.tables.roots:
        found += islice(root.listings(book.today(), expired=True), 0, None, 5)
        found.append(root.continuous(book.today()))
    for option_class in book.tables.classes:
        options = option_class.listings(book.today(), book.price, lambda _: True)
        found += islice(options, 0, None, 97)
    return found


def test_every_id_of_the_reference_page_is_a_stored_one() -> None:
    """What the page shows as an id is one."""
    page = Path(__file__).parents[3] / "docs" / "reference" / "symbology.md"
    kinds = page.read_text(encoding="utf-8").split("## ")[0]
    rows = [re.split(r"(?<!\\)\|", line)[2] for line in kinds.splitlines() if line.startswith("|")]
    texts = [text.replace("\\|", "|") for row in rows for text in re.findall("`([^`]+)`", row)]
    assert len(texts) > 25
    assert [canonical_id(text) for text in texts] == texts
