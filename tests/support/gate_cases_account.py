# SPDX-License-Identifier: Apache-2.0
"""What a plan may do to the whole account, to its limit and beyond."""

from __future__ import annotations

from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.domain.order import Side
from tests.support.gate_situations import (
    BUY,
    NAN,
    SELL,
    SHORT_IBM,
    VERY_SHORT,
    VOLUMES,
    Case,
    D,
    all_of,
    book_changed,
    exchanging,
    instrument_changed,
    leg_changed,
    limits_changed,
    nothing,
    only,
    plan_changed,
    without_instrument,
    without_quote,
)

__all__ = ["ACCOUNT"]

ACCOUNT: Final[list[Case]] = [
    # The whole account.
    Case("gross", limits_changed(max_gross=D("0.39219848")), "gross_within", "39.22%"),
    Case("gross at the limit", limits_changed(max_gross=D("0.39219849")), "gross_within", ""),
    Case(
        "gross of a short",
        all_of(SHORT_IBM, limits_changed(max_gross=D("0.59"))),
        "gross_within",
        "59.51%",
    ),
    Case(
        "gross of a short at the limit",
        all_of(SHORT_IBM, limits_changed(max_gross=D("0.59510849"))),
        "gross_within",
        "",
    ),
    Case(
        "gross that shrinks",
        all_of(only(SELL), limits_changed(max_gross=D("0.1"))),
        "gross_within",
        "",
    ),
    Case(
        "gross of no plan",
        all_of(plan_changed(legs=()), limits_changed(max_gross=D("0.1")), without_quote),
        "gross_within",
        "",
    ),
    Case("gross unpriced", without_quote, "gross_within", "no price of what is held"),
    Case("gross unknown", without_instrument, "gross_within", "no price of what is held"),
    Case("gross NaN", leg_changed(BUY, quantity=D("Inf")), "gross_within", ""),
    Case(
        "gross NaN held",
        book_changed(positions={"AAPL.NASDAQ": NAN}),
        "gross_within",
        "no price of what is held",
    ),
    Case("net", all_of(SHORT_IBM, limits_changed(max_net=D("0.18"))), "net_within", "18.93%"),
    Case(
        "net at the limit",
        all_of(SHORT_IBM, limits_changed(max_net=D("0.18928849"))),
        "net_within",
        "",
    ),
    Case(
        "net short that shrinks",
        all_of(VERY_SHORT, limits_changed(max_net=D("0.1"))),
        "net_within",
        "",
    ),
    Case(
        "net short that grows",
        all_of(VERY_SHORT, only(SELL), limits_changed(max_net=D("0.8"))),
        "net_within",
        "81.83%",
    ),
    Case(
        "net in pounds",
        all_of(
            instrument_changed("GOOG.NASDAQ", currency="GBP"),
            book_changed(rates={"GBP": D("1.5")}),
            limits_changed(max_net=D("0.49")),
        ),
        "net_within",
        "49.02%",
    ),
    Case(
        "volume",
        all_of(VOLUMES, limits_changed(max_adv=D("0.049"))),
        "adv_within",
        "5.00%, allowed 4.90%",
        2,
    ),
    Case(
        "volume at the limit", all_of(VOLUMES, limits_changed(max_adv=D("0.05"))), "adv_within", ""
    ),
    Case("volume of any size", nothing, "adv_within", ""),
    Case("no volume", limits_changed(max_adv=D("0.05")), "adv_within", "average volume 0", 2),
    Case(
        "NaN volume",
        all_of(
            VOLUMES,
            only(SELL),
            book_changed(volumes={"AAPL.NASDAQ": NAN}),
            limits_changed(max_adv=D("0.5")),
        ),
        "adv_within",
        "average volume NaN",
    ),
    Case(
        "NaN units: volume",
        all_of(VOLUMES, leg_changed(BUY, quantity=NAN), limits_changed(max_adv=D("0.05"))),
        "adv_within",
        "",
    ),
    Case("debit", book_changed(cash=D(100000)), "debit_within", "-34700.48"),
    Case(
        "debit at the limit",
        all_of(book_changed(cash=D(100000)), limits_changed(max_debit=D("34700.48"))),
        "debit_within",
        "",
    ),
    Case(
        "debit that shrinks", all_of(only(SELL), book_changed(cash=D(-100000))), "debit_within", ""
    ),
    Case(
        "debit that stays",
        book_changed(balances={"USD": D(741718), "EUR": D(-500)}, rates={"EUR": D("1.3")}),
        "debit_within",
        "",
    ),
    Case(
        "debit at no rate",
        book_changed(balances={"USD": D(741718), "EUR": D(5)}),
        "debit_within",
        "EUR: 5 at no rate",
    ),
    Case("debit of NaN", leg_changed(BUY, limit_price=NAN), "debit_within", "NaN at no rate"),
    Case(
        "debit of the unknown",
        all_of(
            without_instrument,
            only(SELL),
            leg_changed(SELL, side=Side.BUY),
            book_changed(cash=D(0)),
        ),
        "debit_within",
        "",
    ),
    Case(
        "debit in pence",
        all_of(
            instrument_changed("GOOG.NASDAQ", price_magnifier=100),
            only(BUY),
            book_changed(cash=D(1000)),
        ),
        "debit_within",
        "-965.00",
    ),
    Case(
        "debit of a future",
        all_of(
            instrument_changed("GOOG.NASDAQ", sec_type=SecType.FUT, multiplier="50"),
            only(BUY),
            book_changed(cash=D(0)),
        ),
        "debit_within",
        "",
    ),
    Case(
        "debit of dollars for euros",
        all_of(exchanging(Side.BUY), book_changed(cash=D(20000))),
        "debit_within",
        "USD: -6082.00",
    ),
    Case(
        "euros for dollars",
        all_of(exchanging(Side.SELL), book_changed(balances={"USD": D(-20000), "EUR": D(20000)})),
        "debit_within",
        "",
    ),
    Case(
        "debit of euros",
        all_of(exchanging(Side.SELL), limits_changed(max_debit=D(21000))),
        "debit_within",
        "EUR: -20000.00",
    ),
    Case(
        "debit of euros at the limit",
        all_of(exchanging(Side.SELL), limits_changed(max_debit=D(26002))),
        "debit_within",
        "",
    ),
    Case("debit of NaN units", leg_changed(BUY, quantity=NAN), "debit_within", "NaN at no rate"),
    Case(
        "debit of nothing at no price",
        leg_changed(BUY, quantity=D(0), limit_price=D("Inf")),
        "debit_within",
        "NaN at no rate",
    ),
]
