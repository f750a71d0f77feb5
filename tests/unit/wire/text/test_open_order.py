# SPDX-License-Identifier: Apache-2.0
"""An order as ibapi sends it comes back from openOrder with every field as it was."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ibapi.contract import ComboLeg, DeltaNeutralContract
from ibapi.contract import Contract as IbapiContract
from ibapi.order import Order as IbapiOrder
from ibapi.order import OrderComboLeg
from ibapi.order_condition import PriceCondition, TimeCondition
from ibapi.softdollartier import SoftDollarTier
from ibapi.tag_value import TagValue

from ib_provider.wire import answers as a
from ib_provider.wire.codec import parse_request, render_answer
from ib_provider.wire.requests import PlaceOrder
from ib_provider.wire.wire_order import WireOrderState
from tests.support.wire_peers import VERSIONS, ibapi_callbacks, ibapi_payload

# Not sent by placeOrder, or not sent back by openOrder as text.
_ONE_WAY = {
    "orderId",
    "clientId",
    "permId",
    "transmit",
    "overridePercentageConstraints",
    "algoId",
    "orderMiscOptions",
    "scaleTable",
    "activeStartTime",
    "activeStopTime",
    "mifid2DecisionMaker",
    "mifid2DecisionAlgo",
    "mifid2ExecutionTrader",
    "mifid2ExecutionAlgo",
    "advancedErrorOverride",
    "manualOrderTime",
    "faProfile",
    "auctionStrategy",
    "conditions",
    "orderComboLegs",
    "softDollarTier",
    "algoParams",
    "smartComboRoutingParams",
    "deltaNeutralShortSale",
}
_SINCE = {
    "customerAccount": 183,
    "professionalCustomer": 184,
    "includeOvernight": 189,
    "extOperator": 193,
    "manualOrderIndicator": 193,
    "imbalanceOnly": 199,
}
_PROTOBUF = {
    "hedgeMaxSize",
    "routeMarketableToBbo",
    "autoCancelDate",
    "refFuturesConId",
    "shareholder",
    "parentPermId",
    "bondAccruedInterest",
    "submitter",
    "deactivate",
    "postOnly",
    "allowPreOpen",
    "ignoreOpenAuction",
    "seekPriceImprovement",
    "whatIfType",
    "filledQuantity",
    "basisPoints",
    "basisPointsType",
    "slOrderId",
    "slOrderType",
    "ptOrderId",
    "ptOrderType",
}


def _filled(version: int) -> IbapiOrder:
    """Return an order with something in each field that the version carries both ways."""
    theirs = IbapiOrder()
    for number, (name, value) in enumerate(sorted(vars(theirs).items()), start=2):
        if name in _ONE_WAY | _PROTOBUF or version < _SINCE.get(name, 0):
            continue
        if isinstance(value, bool) or value is None:
            setattr(theirs, name, True)
        elif isinstance(value, int):
            setattr(theirs, name, number)
        elif isinstance(value, float):
            setattr(theirs, name, number + 0.25)
        elif isinstance(value, Decimal):
            setattr(theirs, name, Decimal(number))
        elif isinstance(value, str):
            setattr(theirs, name, f"{name[:4]}{number}")
    theirs.orderType = "PEG BENCH"
    theirs.minTradeQty = theirs.minCompeteSize = 2**31 - 1
    theirs.competeAgainstBestOffset = 1.7976931348623157e308
    theirs.midOffsetAtWhole = theirs.midOffsetAtHalf = 1.7976931348623157e308
    theirs.conditions = [
        PriceCondition(2, 265598, "SMART", True, 430.0),
        TimeCondition(False, "20130304 10:00:00 US/Eastern"),
    ]
    theirs.algoParams = [TagValue("adaptivePriority", "Normal")]
    theirs.smartComboRoutingParams = [TagValue("NonGuaranteed", "1")]
    theirs.softDollarTier = SoftDollarTier("name", "value", "")
    price = OrderComboLeg()
    price.price = 1.25
    theirs.orderComboLegs = [price]
    return theirs


def _combination() -> IbapiContract:
    theirs, leg = IbapiContract(), ComboLeg()
    theirs.symbol, theirs.secType, theirs.exchange = "AAPL", "BAG", "SMART"
    leg.conId, leg.ratio, leg.action, leg.exchange, leg.openClose = 1, 2, "SELL", "CBOE", 1
    theirs.comboLegs = [leg]
    theirs.deltaNeutralContract = DeltaNeutralContract()
    theirs.deltaNeutralContract.conId = 9
    theirs.deltaNeutralContract.delta, theirs.deltaNeutralContract.price = 0.5, 10.0
    return theirs


@pytest.mark.parametrize("version", VERSIONS)
def test_order_comes_back_from_open_order_as_it_was_sent(version: int) -> None:
    """What a client asked for is what it is shown."""
    sent, contract = _filled(version), _combination()
    payload = ibapi_payload(version, lambda client: client.placeOrder(11, contract, sent))
    request = parse_request(payload, version)
    assert isinstance(request, PlaceOrder)
    answer = a.OpenOrder(
        order_id=11,
        contract=request.contract,
        order=request.order,
        state=WireOrderState(status="Submitted"),
    )
    ((_, (_, got_contract, got, _)),) = ibapi_callbacks(version, render_answer(answer, version))
    compared = set(vars(sent)) - _ONE_WAY - _PROTOBUF
    differing = {
        name: (getattr(sent, name), getattr(got, name))
        for name in compared
        if getattr(sent, name) != getattr(got, name)
    }
    assert differing == {}
    _assert_parts(got, got_contract)


def _assert_parts(order: Any, contract: Any) -> None:
    price, time = order.conditions
    assert (price.price, price.conId, price.exchange, price.triggerMethod) == (
        430.0,
        265598,
        "SMART",
        2,
    )
    assert (time.time, bool(time.isMore)) == ("20130304 10:00:00 US/Eastern", False)
    assert [(pair.tag, pair.value) for pair in order.algoParams] == [("adaptivePriority", "Normal")]
    assert [(pair.tag, pair.value) for pair in order.smartComboRoutingParams] == [
        ("NonGuaranteed", "1")
    ]
    assert (order.softDollarTier.name, order.softDollarTier.val) == ("name", "value")
    assert [leg.price for leg in order.orderComboLegs] == [1.25]
    (leg,) = contract.comboLegs
    assert (leg.conId, leg.ratio, leg.action, leg.exchange, leg.openClose) == (
        1,
        2,
        "SELL",
        "CBOE",
        1,
    )
    assert contract.deltaNeutralContract.conId == 9
