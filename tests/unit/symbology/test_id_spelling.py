# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ib_provider.domain.contract import Contract, SecType
from ib_provider.errors import ConfigError
from ib_provider.symbology.id_spelling import IdMethod, IdSpelling
from ib_provider.symbology.instrument_id import canonical_id, instrument_id

AAPL = Contract(symbol="AAPL", local_symbol="AAPL", primary_exchange="NASDAQ", currency="USD")
ES = Contract(
    symbol="ES", local_symbol="ESZ7", sec_type=SecType.FUT, last_trade_date="20271217",
    exchange="CME", currency="USD",
)  # fmt: skip
ESTX50 = Contract(
    symbol="ESTX50", local_symbol="FESX 20240315 M", sec_type=SecType.FUT, trading_class="FESX",
    last_trade_date="20240315", exchange="EUREX", currency="EUR",
)  # fmt: skip
OPTION = Contract(
    symbol="AAPL", local_symbol="AAPL  270115C00400000", sec_type=SecType.OPT, exchange="CBOE",
    currency="USD",
)  # fmt: skip


@pytest.mark.parametrize(
    ("spelling", "contract", "text"),
    [
        (IdSpelling(), AAPL, "AAPL.NASDAQ"),
        (IdSpelling(mics=True), AAPL, "AAPL.XNAS"),
        (IdSpelling(mics=True), ES, "ESZ27.XCME"),
        (IdSpelling(mics=True), ESTX50, "FESXH24.XEUR"),
        (IdSpelling(mics=True), OPTION, "AAPL270115C00400000.OPRA"),
        (IdSpelling(method=IdMethod.RAW), AAPL, "AAPL=STK.NASDAQ"),
        (IdSpelling(method=IdMethod.RAW), ES, "ESZ7=FUT:202712.CME"),
        (IdSpelling(method=IdMethod.RAW, mics=True), ES, "ESZ7=FUT:202712.XCME"),
        (IdSpelling(overrides={"ES": "GLBX"}), ES, "ESZ27.GLBX"),
        (IdSpelling(overrides={"ES": "GLBX"}), ESTX50, "FESXH24.EUREX"),
        (IdSpelling(overrides={"ES*": "GLBX", "ESTX*": "XEUR"}), ESTX50, "FESXH24.XEUR"),
        (IdSpelling(overrides={"AAPL": "XNAS"}), OPTION, "AAPL270115C00400000.SMART"),
        (IdSpelling(overrides={"ES": "XNAS"}), ES, "ESZ27.CME"),
        (IdSpelling(overrides={"FUT:AAPL": "XNAS"}), AAPL, "AAPL.NASDAQ"),
    ],
)
def test_spelling_is_shown_and_read_back(
    spelling: IdSpelling, contract: Contract, text: str
) -> None:
    """Every spelling leads back to the stored id, and ES is not the beginning of ESTX50."""
    assert spelling.write(contract) == text
    assert canonical_id(text) == instrument_id(contract)


def test_spelling_of_settings_names_every_problem_at_once() -> None:
    """A person corrects a file once."""
    with pytest.raises(ConfigError) as caught:
        IdSpelling.of(
            "include/ids.yaml",
            {"method": "loud", "mics": "yes", "overrides": {"": "XNAS", "ES": "MARS"}, "x": 1},
        )
    assert len(caught.value.problems) == 5


def test_spelling_of_settings_is_what_they_say() -> None:
    """Each key is optional."""
    assert IdSpelling.of("here", {}) == IdSpelling()
    assert IdSpelling.of("here", {"method": "raw", "mics": True, "overrides": {"ES": "GLBX"}}) == (
        IdSpelling(method=IdMethod.RAW, mics=True, overrides={"ES": "GLBX"})
    )
