# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ib_provider.simulator.faults.languages import LANGUAGES, translated
from ib_provider.wire.messages import ErrorMessage

_NOTHING = ErrorMessage(
    request_id=3,
    code=162,
    message="Historical Market Data Service error message:"
    "HMDS query returned no data: EUR.USD@IDEALPRO Ask",
)


@pytest.mark.parametrize("language", ["es", "de"])
def test_no_data_loses_its_english_words_and_keeps_the_rest(language: str) -> None:
    """Code, id and contract are the same."""
    told = translated(_NOTHING, language)
    assert (told.request_id, told.code) == (3, 162)
    assert told.message.endswith(": EUR.USD@IDEALPRO Ask")
    assert "no data" not in told.message
    assert "error message" not in told.message


def test_english_and_other_errors_stay() -> None:
    """A pacing violation is not about missing data."""
    assert translated(_NOTHING, "en") == _NOTHING
    other = ErrorMessage(request_id=3, code=162, message="Historical data request pacing violation")
    assert all(translated(other, language) == other for language in LANGUAGES)
