# SPDX-License-Identifier: Apache-2.0
"""Instruments, one real and any, for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import strategies as st

from ib_provider.domain.contract import AssetClass, Contract, Instrument, SecType

AAPL = Instrument(
    instrument_id="AAPL.NASDAQ",
    contract=Contract(
        con_id=265598,
        symbol="AAPL",
        sec_type=SecType.STK,
        exchange="SMART",
        primary_exchange="NASDAQ",
        currency="USD",
        local_symbol="AAPL",
        trading_class="NMS",
    ),
    long_name="APPLE INC",
    time_zone="America/New_York",
    min_tick=Decimal("0.01"),
    price_magnifier=1,
    min_size=Decimal(1),
    size_increment=Decimal(1),
    valid_exchanges=("SMART", "NASDAQ", "NYSE"),
    market_rule_ids=(26, 26),
    trading_hours="20130304:0400-20130304:2000",
    liquid_hours="20130304:0930-20130304:1600",
    industry="Technology",
    category="Computers",
    stock_type="COMMON",
    isin="US0378331005",
    seen_at=datetime(2013, 3, 4, 15, 0, tzinfo=UTC),
)

_TEXT = st.text(max_size=8)
_DECIMAL = st.decimals(allow_nan=False)


def any_instruments() -> st.SearchStrategy[Instrument]:
    """Return instruments with anything that the types allow in every field."""
    contracts = st.builds(
        Contract,
        con_id=st.integers(0, 2**63 - 1),
        symbol=_TEXT,
        sec_type=st.sampled_from(SecType),
        last_trade_date=_TEXT,
        strike=st.none() | _DECIMAL,
        right=_TEXT,
        multiplier=_TEXT,
        exchange=_TEXT,
        primary_exchange=_TEXT,
        currency=_TEXT,
        local_symbol=_TEXT,
        trading_class=_TEXT,
    )
    return st.builds(
        Instrument,
        instrument_id=_TEXT,
        contract=contracts,
        long_name=_TEXT,
        time_zone=_TEXT,
        min_tick=_DECIMAL,
        price_magnifier=st.integers(0, 2**31),
        min_size=_DECIMAL,
        size_increment=_DECIMAL,
        valid_exchanges=st.lists(_TEXT, max_size=3).map(tuple),
        market_rule_ids=st.lists(st.integers(0, 2**31), max_size=3).map(tuple),
        trading_hours=_TEXT,
        liquid_hours=_TEXT,
        industry=_TEXT,
        category=_TEXT,
        stock_type=_TEXT,
        isin=_TEXT,
        expiry=st.none() | st.dates(date(1990, 1, 1)),
        seen_at=st.datetimes(timezones=st.just(UTC)),
        expires_at=st.none() | st.datetimes(timezones=st.just(UTC)),
        contract_month=_TEXT,
        lot_size=_DECIMAL,
        under_con_id=st.integers(0, 2**63 - 1),
        under_symbol=_TEXT,
        under_sec_type=_TEXT,
        asset_class=st.sampled_from(AssetClass),
        cusip=_TEXT,
        figi=_TEXT,
        details=st.dictionaries(_TEXT, _TEXT, max_size=3).map(lambda pairs: tuple(pairs.items())),
    )
