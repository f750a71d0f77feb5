# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.domain.contract import Contract, NumberedContract, SecType
from ib_provider.errors import ConfigError
from ib_provider.symbology.id_spelling import IdMethod, IdSpelling
from ib_provider.usecases.read_universe import read_universe


def written(root: Path, text: str) -> Path:
    """Return an include folder whose universe ``u`` is this text."""
    (root / "universes").mkdir()
    (root / "universes" / "u.yaml").write_text(text, encoding="utf-8")
    return root


def test_read_universe_takes_ids_descriptions_and_types(tmp_path: Path) -> None:
    """Numbers of YAML are texts of a contract; a month keeps its zeros."""
    include = written(
        tmp_path,
        "sec_types: [STK, OPT]\n"
        "instruments:\n"
        "  - AAPL.NASDAQ\n"
        "  - {symbol: AAPL, sec_type: OPT, exchange: SMART, last_trade_date: 2013-03-15,\n"
        "     strike: 432.5, right: call, multiplier: 100}\n"
        "  - {con_id: 265598}\n"
        "  - {sec_id_type: ISIN, sec_id: US0378331005, sec_type: STK}\n",
    )
    found = read_universe(include, "u")
    assert found.ids == ("AAPL.NASDAQ",)
    assert found.contracts == (
        Contract(
            symbol="AAPL",
            sec_type=SecType.OPT,
            exchange="SMART",
            last_trade_date="20130315",
            strike=Decimal("432.5"),
            right="C",
            multiplier="100",
        ),
        Contract(con_id=265598, sec_type=SecType.UNSAID),
        NumberedContract(sec_type=SecType.STK, sec_id_type="ISIN", sec_id="US0378331005"),
    )
    assert found.sec_types == {SecType.STK, SecType.OPT}


def test_read_universe_names_every_problem_at_once(tmp_path: Path) -> None:
    """A person corrects the file once, not once a line."""
    include = written(
        tmp_path,
        "sec_type: [STK]\n"
        "sec_types: [NOPE]\n"
        "instruments:\n"
        "  - aapl\n"
        "  - AAPL.NASDAQ\n"
        "  - AAPL.NASDAQ\n"
        "  - 7\n"
        "  - {symbl: AAPL, sec_type: STK}\n"
        "  - {symbol: AAPL}\n"
        "  - {symbol: AAPL, sec_type: OPT, strike: -1, right: X, last_trade_date: soon}\n"
        "  - {sec_id: US0378331005, sec_type: STK}\n",
    )
    with pytest.raises(ConfigError) as caught:
        read_universe(include, "u")
    text = str(caught.value)
    for part in (
        "sec_type: unknown key",
        "NOPE: unknown; known are STK",
        "instruments[0]: 'aapl' is not an instrument id",
        "'AAPL.NASDAQ' is listed twice",
        "instruments[3]: 7 is neither",
        "symbl: unknown, did you mean 'symbol'",
        "instruments[5]: sec_type: missing",
        "'-1' is no strike",
        "'X' is neither C nor P",
        "'soon' is no day",
        "sec_id and sec_id_type go together",
    ):
        assert part in text


def test_read_universe_says_how_its_ids_are_shown(tmp_path: Path) -> None:
    """The key ``ids`` is the spelling; every mistake in it stands beside the others."""
    listed = "instruments: [AAPL.NASDAQ]\n"
    include = written(tmp_path, f"ids: {{method: raw, mics: true}}\n{listed}")
    assert read_universe(include, "u").spelling == IdSpelling(method=IdMethod.RAW, mics=True)
    (include / "universes" / "u.yaml").write_text(
        f"ids: {{method: loud, overrides: {{ES: MARS}}}}\nx: 1\n{listed}", encoding="utf-8"
    )
    with pytest.raises(ConfigError) as caught:
        read_universe(include, "u")
    assert len(caught.value.problems) == 3
    assert "ids.method: 'loud'" in str(caught.value)
    (include / "universes" / "u.yaml").write_text(f"ids: raw\n{listed}", encoding="utf-8")
    with pytest.raises(ConfigError, match="ids: a mapping"):
        read_universe(include, "u")


@pytest.mark.parametrize("text", ["[]", "instruments: []", "instruments: AAPL.NASDAQ", "x: 1"])
def test_read_universe_of_nothing_is_an_error(tmp_path: Path, text: str) -> None:
    """An empty universe would load nothing and call it success."""
    with pytest.raises(ConfigError, match="instruments"):
        read_universe(written(tmp_path, text), "u")
