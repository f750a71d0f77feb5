# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from ibapi.contract import ContractDetails
from ibapi.tag_value import TagValue

from ib_provider.client.decode_instrument import (
    ForeignContract,
    decode_details,
    decode_instrument,
    decode_ladder,
    decode_option_chain,
)
from ib_provider.domain.contract import AssetClass
from ib_provider.errors import InvalidInstrumentId

NOW = datetime(2026, 4, 5, tzinfo=UTC)


def details() -> ContractDetails:
    """Return contract details of AAPL with the fields that a gateway sends."""
    ib = ContractDetails()
    ib.contract.conId, ib.contract.symbol, ib.contract.secType = 265598, "AAPL", "STK"
    ib.contract.exchange, ib.contract.primaryExchange = "SMART", "NASDAQ"
    ib.contract.currency, ib.contract.localSymbol, ib.contract.strike = "USD", "AAPL", 0.0
    ib.longName, ib.timeZoneId, ib.minTick, ib.priceMagnifier = "APPLE INC", "US/Eastern", 0.01, 1
    ib.validExchanges, ib.marketRuleIds = "SMART,NASDAQ", "26,26"
    ib.secIdList = [TagValue("ISIN", "US0378331005")]
    return ib


def test_decode_instrument_is_the_domains() -> None:
    """Every field arrives in the domain's spelling."""
    found = decode_instrument(details(), seen_at=NOW)
    assert found.instrument_id == "AAPL.NASDAQ"
    assert found.time_zone == "America/New_York"
    assert found.min_tick == Decimal("0.01")
    assert found.valid_exchanges == ("SMART", "NASDAQ")
    assert found.market_rule_ids == (26, 26)
    assert found.isin == "US0378331005"
    assert (found.min_size, found.size_increment) == (Decimal(1), Decimal(1))
    assert found.contract.strike is None


def test_decode_instrument_without_a_venue_has_no_id() -> None:
    """A contract that cannot be named is refused, not named wrongly."""
    ib = details()
    ib.contract.primaryExchange, ib.validExchanges = "", "SMART"
    with pytest.raises(InvalidInstrumentId):
        decode_instrument(ib, seen_at=NOW)


def test_decode_instrument_without_numbers_of_a_security_is_one() -> None:
    """Notes, receipts and logins without the subscription have no ISIN."""
    ib = details()
    ib.secIdList = None
    found = decode_instrument(ib, seen_at=NOW)
    assert (found.instrument_id, found.isin, found.cusip, found.figi) == ("AAPL.NASDAQ", "", "", "")


def test_decode_instrument_without_a_tick_is_an_error() -> None:
    """A minimum tick of zero would make every price valid."""
    ib = details()
    ib.minTick = 0.0
    with pytest.raises(ValueError, match="minTick"):
        decode_instrument(ib, seen_at=NOW)


def test_decode_instrument_expiry_is_an_instant_where_ib_names_the_time() -> None:
    """Crude oil stops at 14:30 in New York, summer time, not at the end of the session."""
    ib = details()
    ib.contract.secType, ib.contract.tradingClass, ib.contract.localSymbol = "FUT", "CL", "CLM3"
    ib.contract.symbol = "CL"
    ib.contract.exchange, ib.contract.primaryExchange = "NYMEX", ""
    ib.contract.lastTradeDateOrContractMonth, ib.lastTradeTime = "20130521", "14:30:00"
    ib.realExpirationDate, ib.underSymbol, ib.underSecType, ib.underConId = (
        "20130521", "CL", "IND", 17340715,
    )  # fmt: skip
    found = decode_instrument(ib, seen_at=NOW)
    assert found.expires_at == datetime(2013, 5, 21, 18, 30, tzinfo=UTC)
    assert found.expiry == date(2013, 5, 21)
    assert (found.under_con_id, found.under_symbol) == (17340715, "CL")
    assert found.asset_class is AssetClass.COMMODITY


def test_decode_instrument_expiry_without_a_time_is_only_a_date() -> None:
    """No time of day is invented."""
    ib = details()
    ib.contract.lastTradeDateOrContractMonth = "20130521"
    assert decode_instrument(ib, seen_at=NOW).expires_at is None


def test_decode_instrument_on_the_router_is_named_by_its_first_venue() -> None:
    """IB names no primary exchange of a warrant; its venues say where it is listed."""
    ib = details()
    ib.contract.secType, ib.contract.primaryExchange, ib.contract.localSymbol = "WAR", "", "XYZ"
    ib.validExchanges, ib.marketRuleIds = "SMART,FWB", "26,26"
    assert decode_instrument(ib, seen_at=NOW).instrument_id == "XYZ=WAR:USD.FWB"


def test_decode_instrument_numbers_of_a_security_are_kept() -> None:
    """ISIN, CUSIP and FIGI, a bond's coupon: what IB says is not dropped."""
    ib = details()
    ib.secIdList.append(TagValue("FIGI", "BBG000B9XRY4"))
    ib.cusip, ib.coupon, ib.bondType = "037833100", 1.625, "CORP"
    found = decode_instrument(ib, seen_at=NOW)
    assert (found.cusip, found.figi) == ("037833100", "BBG000B9XRY4")
    assert dict(found.details)["coupon"] == "1.625"
    assert dict(found.details)["bond_type"] == "CORP"
    assert "callable" not in dict(found.details)


def test_decode_details_type_that_we_do_not_know_is_foreign_not_an_error() -> None:
    """One exotic row spoils no answer; it says what it was and why it is left out."""
    ib = details()
    ib.contract.secType = "BILL"
    found = decode_details(ib, seen_at=NOW)
    assert isinstance(found, ForeignContract)
    assert str(found).startswith("BILL AAPL (conId 265598)")


def test_decode_option_chain_keeps_everything() -> None:
    """Strikes, multiplier and trading class are not dropped; whole strikes are whole."""
    chain = decode_option_chain(
        "SMART", 265598, "AAPL", "100", expirations={"20130420", "20130316"}, strikes={102.5, 100.0}
    )
    assert chain.expirations == (date(2013, 3, 16), date(2013, 4, 20))
    assert [str(strike) for strike in chain.strikes] == ["100", "102.5"]
    assert (chain.trading_class, chain.multiplier) == ("AAPL", "100")


def test_decode_ladder_of_no_steps_is_an_error() -> None:
    """A market rule without a step would let every price pass."""
    with pytest.raises(ValueError, match="market rule 26"):
        decode_ladder(26, [])
