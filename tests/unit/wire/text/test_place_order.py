# SPDX-License-Identifier: Apache-2.0
"""placeOrder, the message whose parts come and go, as clients we did not write encode it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from ib_async import Contract as IbAsyncContract
from ib_async import Order as IbAsyncOrder
from ib_async import PriceCondition as IbAsyncPriceCondition
from ibapi.contract import ComboLeg, DeltaNeutralContract
from ibapi.contract import Contract as IbapiContract
from ibapi.order import COMPETE_AGAINST_BEST_OFFSET_UP_TO_MID, OrderComboLeg
from ibapi.order import Order as IbapiOrder
from ibapi.order_condition import (
    ExecutionCondition,
    MarginCondition,
    PercentChangeCondition,
    PriceCondition,
    TimeCondition,
    VolumeCondition,
)
from ibapi.softdollartier import SoftDollarTier
from ibapi.tag_value import TagValue

from ib_provider.domain.contract import Contract, SecType
from ib_provider.errors import RemoteProtocolError
from ib_provider.wire import order_parts as o
from ib_provider.wire.codec import parse_request
from ib_provider.wire.requests import PlaceOrder
from ib_provider.wire.wire_order import WireOrder, said
from tests.support.wire_peers import (
    IB_ASYNC_VERSIONS,
    VERSIONS,
    ib_async_payload,
    ibapi_payload,
)

AAPL = Contract(con_id=265598, symbol="AAPL", exchange="SMART", currency="USD")
PLAIN = {
    "action": "BUY",
    "totalQuantity": Decimal(10),
    "orderType": "LMT",
    "lmtPrice": 431.25,
    "tif": "DAY",
    "account": "DU1000001",
    "orderRef": "momentum/2013-03/1",
}


def contract(cls: Any, **more: object) -> Any:
    theirs = cls()
    fields = {"conId": 265598, "symbol": "AAPL", "secType": "STK", "exchange": "SMART"}
    for name, value in {**fields, "currency": "USD", **more}.items():
        setattr(theirs, name, value)
    return theirs


def order(cls: Any, **more: object) -> Any:
    theirs = cls()
    for name, value in {**PLAIN, **more}.items():
        setattr(theirs, name, value)
    return theirs


def from_ibapi(version: int, ours: Any, theirs: Any) -> PlaceOrder:
    payload = ibapi_payload(version, lambda client: client.placeOrder(11, ours, theirs))
    request = parse_request(payload, version)
    assert isinstance(request, PlaceOrder)
    return request


def expected_order(**more: Any) -> WireOrder:
    fields = {
        "action": "BUY",
        "total_quantity": Decimal(10),
        "order_type": "LMT",
        "lmt_price": Decimal("431.25"),
        "tif": "DAY",
        "account": "DU1000001",
        "order_ref": "momentum/2013-03/1",
        "display_size": 0,
        "discretionary_amt": Decimal(0),
    }
    return WireOrder(**{**fields, **more})


@pytest.mark.parametrize("version", VERSIONS)
def test_place_order_of_a_limit_order_parses_the_same_at_every_version(version: int) -> None:
    """113 text fields or one protobuf message: the same value."""
    request = from_ibapi(version, contract(IbapiContract), order(IbapiOrder))
    assert request == PlaceOrder(order_id=11, contract=AAPL, order=expected_order())


def test_place_order_parses_the_same_at_every_single_version() -> None:
    """Each gate between the oldest and the newest version opens where ibapi's does."""
    for version in range(176, 226):
        request = from_ibapi(version, contract(IbapiContract), order(IbapiOrder))
        assert request.order == expected_order(), version


@pytest.mark.parametrize("version", VERSIONS)
def test_place_order_with_every_carried_field_parses_the_same_at_every_version(
    version: int,
) -> None:
    """What has an attribute arrives in it."""
    theirs = order(
        IbapiOrder,
        orderType="TRAIL LIMIT",
        auxPrice=1.5,
        ocaGroup="oca",
        openClose="O",
        origin=1,
        transmit=False,
        parentId=10,
        blockOrder=True,
        sweepToFill=True,
        displaySize=5,
        triggerMethod=2,
        outsideRth=True,
        hidden=True,
        discretionaryAmt=0.25,
        goodAfterTime="20130304 10:00:00 US/Eastern",
        goodTillDate="20130305",
        modelCode="model",
        ocaType=1,
        rule80A="I",
        allOrNone=True,
        minQty=2,
        percentOffset=0.01,
        overridePercentageConstraints=True,
        trailStopPrice=430.5,
        trailingPercent=2.5,
        clearingAccount="CLEAR",
        clearingIntent="IB",
        notHeld=True,
        algoStrategy="Adaptive",
        algoParams=[TagValue("adaptivePriority", "Normal"), TagValue("z", "1")],
        algoId="algo",
        whatIf=True,
        cashQty=1000.5,
    )
    assert from_ibapi(version, contract(IbapiContract), theirs).order == WireOrder(
        action="BUY",
        total_quantity=Decimal(10),
        order_type="TRAIL LIMIT",
        lmt_price=Decimal("431.25"),
        aux_price=Decimal("1.5"),
        tif="DAY",
        oca_group="oca",
        account="DU1000001",
        open_close="O",
        origin=1,
        order_ref="momentum/2013-03/1",
        transmit=False,
        parent_id=10,
        block_order=True,
        sweep_to_fill=True,
        display_size=5,
        trigger_method=2,
        outside_rth=True,
        hidden=True,
        discretionary_amt=Decimal("0.25"),
        good_after_time="20130304 10:00:00 US/Eastern",
        good_till_date="20130305",
        model_code="model",
        oca_type=1,
        rule_80a="I",
        all_or_none=True,
        min_qty=2,
        percent_offset=Decimal("0.01"),
        override_percentage_constraints=True,
        trail_stop_price=Decimal("430.5"),
        trailing_percent=Decimal("2.5"),
        clearing_account="CLEAR",
        clearing_intent="IB",
        not_held=True,
        algo_strategy="Adaptive",
        algo_params=(("adaptivePriority", "Normal"), ("z", "1")),
        algo_id="algo",
        what_if=True,
        cash_qty=Decimal("1000.5"),
    )


CONDITIONS = [
    PriceCondition(2, 265598, "SMART", True, 430.0),
    TimeCondition(True, "20130304 10:00:00 US/Eastern"),
    MarginCondition(True, 30),
    ExecutionCondition("STK", "SMART", "AAPL"),
    VolumeCondition(265598, "SMART", True, 100),
    PercentChangeCondition(265598, "SMART", True, 1.5),
]


def combo() -> Any:
    leg = ComboLeg()
    leg.conId, leg.ratio, leg.action, leg.exchange = 265598, 1, "BUY", "SMART"
    return contract(IbapiContract, secType="BAG", comboLegs=[leg, leg])


def combo_order() -> Any:
    price = OrderComboLeg()
    price.price = 1.0
    parameters = [TagValue("NonGuaranteed", "1")]
    return order(IbapiOrder, orderComboLegs=[price, price], smartComboRoutingParams=parameters)


def neutral() -> Any:
    theirs = DeltaNeutralContract()
    theirs.conId, theirs.delta, theirs.price = 1, 0.5, 10.0
    return contract(IbapiContract, deltaNeutralContract=theirs)


def plain() -> Any:
    return contract(IbapiContract)


OUR_CONDITIONS = (
    o.PriceCondition(
        con_id=265598, exchange="SMART", price=Decimal("430.0"), is_more=True, trigger_method=2
    ),
    o.TimeCondition(time="20130304 10:00:00 US/Eastern", is_more=True),
    o.MarginCondition(percent=30, is_more=True),
    o.ExecutionCondition(sec_type="STK", exchange="SMART", symbol="AAPL"),
    o.VolumeCondition(con_id=265598, exchange="SMART", volume=100, is_more=True),
    o.PercentChangeCondition(
        con_id=265598, exchange="SMART", change_percent=Decimal("1.5"), is_more=True
    ),
)
OUR_LEG = o.ComboLeg(con_id=265598, ratio=1, action="BUY", exchange="SMART")

SECTIONS: list[tuple[Callable[[], Any], dict[str, Any], dict[str, Any]]] = [
    (plain, {"conditions": CONDITIONS}, {"conditions": OUR_CONDITIONS}),
    (
        combo,
        {},
        {
            "combo_legs": (OUR_LEG, OUR_LEG),
            "leg_prices": (Decimal("1.0"), Decimal("1.0")),
            "smart_combo_params": (("NonGuaranteed", "1"),),
        },
    ),
    (
        plain,
        {"hedgeType": "B", "hedgeParam": "beta=1"},
        {"hedge_type": "B", "hedge_param": "beta=1"},
    ),
    (
        plain,
        {"scalePriceIncrement": 0.1, "scaleInitLevelSize": 5, "scaleAutoReset": True},
        {
            "scale_price_increment": Decimal("0.1"),
            "scale_init_level_size": 5,
            "scale_auto_reset": True,
        },
    ),
    (
        plain,
        {
            "deltaNeutralOrderType": "LMT",
            "deltaNeutralAuxPrice": 2.0,
            "deltaNeutralOpenClose": "O",
            "deltaNeutralShortSaleSlot": 2,
        },
        {
            "delta_neutral_order_type": "LMT",
            "delta_neutral_aux_price": Decimal("2.0"),
            "delta_neutral_open_close": "O",
            "delta_neutral_short_sale_slot": 2,
        },
    ),
    (
        neutral,
        {},
        {"delta_neutral": o.DeltaNeutral(con_id=1, delta=Decimal("0.5"), price=Decimal("10.0"))},
    ),
    (
        plain,
        {"orderType": "PEG BENCH", "referenceContractId": 8314, "peggedChangeAmount": 0.5},
        {"reference_contract_id": 8314, "pegged_change_amount": Decimal("0.5")},
    ),
    (
        plain,
        {
            "orderType": "PEG BEST",
            "minCompeteSize": 100,
            "competeAgainstBestOffset": COMPETE_AGAINST_BEST_OFFSET_UP_TO_MID,
            "midOffsetAtWhole": 0.01,
            "midOffsetAtHalf": 0.02,
        },
        {
            "min_compete_size": 100,
            "compete_against_best_offset": Decimal("Infinity"),
            "mid_offset_at_whole": Decimal("0.01"),
            "mid_offset_at_half": Decimal("0.02"),
        },
    ),
    (
        plain,
        {"orderType": "PEG MID", "midOffsetAtWhole": 0.01, "midOffsetAtHalf": 0.02},
        {"mid_offset_at_whole": Decimal("0.01"), "mid_offset_at_half": Decimal("0.02")},
    ),
    (
        lambda: contract(IbapiContract, exchange="IBKRATS"),
        {"minTradeQty": 5},
        {"min_trade_qty": 5},
    ),
    (plain, {"faGroup": "all"}, {"fa_group": "all"}),
    (plain, {"volatility": 0.4, "volatilityType": 2}, {"volatility": Decimal("0.4")}),
    (plain, {"usePriceMgmtAlgo": True}, {"use_price_mgmt_algo": True}),
    (
        plain,
        {"softDollarTier": SoftDollarTier("name", "value", "")},
        {"soft_dollar_tier": o.SoftDollarTier(name="name", value="value")},
    ),
    (
        plain,
        {"adjustedOrderType": "TRAIL", "triggerPrice": 5.5, "adjustableTrailingUnit": 1},
        {
            "adjusted_order_type": "TRAIL",
            "trigger_price": Decimal("5.5"),
            "adjustable_trailing_unit": 1,
        },
    ),
]


def _first(value: object) -> str:
    return next(iter(value), "") if isinstance(value, dict) else ""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("ours", "theirs", "expected"), SECTIONS, ids=_first)
def test_place_order_carries_a_section_of_variable_length_and_the_rest_after_it(
    version: int, ours: Callable[[], Any], theirs: dict[str, Any], expected: dict[str, Any]
) -> None:
    """A variable section shifts nothing that follows it, and is never dropped in silence."""
    order_ = combo_order() if ours is combo else order(IbapiOrder, **theirs)
    order_.cashQty, order_.outsideRth, order_.whatIf = 55.5, True, True
    request = from_ibapi(version, ours(), order_)
    assert {name: getattr(request.order, name) for name in expected} == expected
    assert request.order.cash_qty == Decimal("55.5")
    assert request.order.outside_rth
    assert request.order.what_if
    assert request.order.order_type == order_.orderType
    assert said(request.order) >= set(expected)


@pytest.mark.parametrize("version", VERSIONS)
def test_plain_order_says_only_what_it_was_told(version: int) -> None:
    """The hundred fields at their defaults are not wishes."""
    request = from_ibapi(version, plain(), order(IbapiOrder))
    assert said(request.order) == {"lmt_price", "tif", "account", "order_ref"}


def test_order_parked_at_the_gateway_says_so() -> None:
    """Not to transmit is the one flag whose default is true."""
    assert "transmit" in said(expected_order(transmit=False))


@pytest.mark.parametrize("version", IB_ASYNC_VERSIONS)
async def test_place_order_of_ib_async_parses_to_the_same_value(version: int) -> None:
    """The other client family spells "unset" otherwise, and opens unless told to close."""
    payload = ib_async_payload(
        version,
        lambda client: client.placeOrder(
            11, contract(IbAsyncContract), order(IbAsyncOrder, totalQuantity=10)
        ),
    )
    assert parse_request(payload, version) == PlaceOrder(
        order_id=11, contract=AAPL, order=expected_order(open_close="O", use_price_mgmt_algo=False)
    )


@pytest.mark.parametrize("version", IB_ASYNC_VERSIONS)
async def test_place_order_of_ib_async_carries_its_conditions(version: int) -> None:
    """Its conditions have the same number of fields as IB's."""
    theirs = order(
        IbAsyncOrder,
        totalQuantity=10,
        conditions=[IbAsyncPriceCondition(price=1.0, conId=1, exch="SMART")],
        cashQty=5.0,
    )
    payload = ib_async_payload(
        version, lambda client: client.placeOrder(11, contract(IbAsyncContract), theirs)
    )
    request = parse_request(payload, version)
    assert isinstance(request, PlaceOrder)
    assert request.order.conditions == (
        o.PriceCondition(con_id=1, exchange="SMART", price=Decimal("1.0"), is_more=True),
    )
    assert request.order.cash_qty == 5


@pytest.mark.parametrize("version", [178, 200, 213])
def test_place_order_with_an_infinite_price_has_no_price(version: int) -> None:
    """Infinity is one of the spellings of "unset", and must not become a number."""
    theirs = order(IbapiOrder, lmtPrice=float("inf"))
    assert from_ibapi(version, contract(IbapiContract), theirs).order.lmt_price is None


@pytest.mark.parametrize("version", [178, 200, 203, 213])
@pytest.mark.parametrize("field", ["lmtPrice", "totalQuantity", "auxPrice", "cashQty"])
def test_place_order_with_a_number_that_is_none_is_refused(version: int, field: str) -> None:
    """An order at a NaN price never reaches the exchange's side of the codec."""
    nan = Decimal("NaN") if field == "totalQuantity" else float("nan")
    with pytest.raises(RemoteProtocolError, match="malformed"):
        from_ibapi(version, contract(IbapiContract), order(IbapiOrder, **{field: nan}))


def test_place_order_at_an_unknown_security_type_is_refused() -> None:
    """Our own type has a row for each that exists."""
    assert SecType.BAG == "BAG"
    with pytest.raises(RemoteProtocolError, match=r"contract\.sec_type"):
        from_ibapi(200, contract(IbapiContract, secType="STOCK"), order(IbapiOrder))


@pytest.mark.parametrize("keep", [1, 20, 60, 112])
def test_place_order_cut_short_names_what_is_missing(keep: int) -> None:
    """A short message is an error that says where it ended."""
    payload = ibapi_payload(178, lambda client: client.placeOrder(11, plain(), order(IbapiOrder)))
    short = b"\0".join(payload.split(b"\0")[:keep]) + b"\0"
    with pytest.raises(RemoteProtocolError, match="is missing"):
        parse_request(short, 178)


def test_place_order_with_a_field_too_many_is_refused() -> None:
    """A surplus field means that something before it may have been misread."""
    payload = ibapi_payload(178, lambda client: client.placeOrder(11, plain(), order(IbapiOrder)))
    with pytest.raises(RemoteProtocolError, match="too many"):
        parse_request(payload + b"0\0", 178)
