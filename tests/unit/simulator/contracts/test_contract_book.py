# SPDX-License-Identifier: Apache-2.0
"""Which contracts there are, and which a description fits."""

from __future__ import annotations

import pytest

from ib_provider.domain.contract import Contract, SecType
from ib_provider.simulator.contracts import ContractBook, describe
from tests.support.simulator import at, listing

BOOK = ContractBook()


def test_listings_with_real_prices_have_real_ids() -> None:
    """The five stocks of the daily file."""
    ids = {row.contract.con_id: row.series for row in BOOK if "|" not in row.series and row.series}
    assert (
        ids.items()
        >= {
            265598: "AAPL",
            30351181: "GOOG",
            8314: "IBM",
            272093: "MSFT",
            107113386: "FB",
        }.items()
    )


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Contract(con_id=8314), 1),
        (Contract(con_id=8314, exchange="SMART"), 1),
        (Contract(con_id=8314, exchange="EBS"), 0),
        (Contract(con_id=1), 0),
        (Contract(symbol="IBM", exchange="SMART", currency="USD"), 1),
        (Contract(symbol="IBM", primary_exchange="NASDAQ"), 0),
        (Contract(symbol="IBM", currency="EUR"), 0),
        (Contract(symbol="IBM", sec_type=SecType.FUT), 0),
        (Contract(symbol="AAPL"), 2),
        (Contract(symbol="AAPL", currency="CHF"), 1),
        (Contract(local_symbol="MSFT"), 1),
        (Contract(currency="USD"), 0),
    ],
    ids=str,
)
def test_description_finds_what_fits(wanted: Contract, found: int) -> None:
    """Every field said must agree; nothing said finds nothing."""
    assert len(BOOK.find(wanted)) == found


def test_isin_alone_finds_every_listing() -> None:
    """Apple's is listed twice."""
    assert len(BOOK.find(Contract(), sec_id_type="ISIN", sec_id="US0378331005")) == 2


def test_hours_tell_half_days_and_closed_days() -> None:
    """The week of Thanksgiving 2012."""
    data = describe(listing("IBM"), "", 1, at("2012-11-21 12:00"))
    days = data.liquid_hours.split(";")
    assert days[:4] == [
        "20121121:0930-20121121:1600",
        "20121122:CLOSED",
        "20121123:0930-20121123:1300",
        "20121124:CLOSED",
    ]
    assert data.contract.exchange == "SMART"


def test_contract_with_another_id_keeps_its_options_and_its_past() -> None:
    """Found under the new id; the old one is known to the gateway alone."""
    book = ContractBook()
    before = len(list(book.classes_on(265598)))
    book.relist(265598, 999_001)
    assert book.find(Contract(con_id=265598)) == ()
    (found,) = book.find(Contract(con_id=999_001))
    assert (found.contract.symbol, found.contract.con_id) == ("AAPL", 999_001)
    assert book.by_id(265598).contract.symbol == "AAPL"
    assert len(list(book.classes_on(999_001))) == before > 0
    with pytest.raises(KeyError):
        book.relist(1, 2)
