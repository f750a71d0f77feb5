# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from ib_provider.quality.series_text import read_series_text, series_text


def test_series_with_the_same_text_share_it() -> None:
    """What many series of one exchange say is written once."""
    text = series_text({0: "2013-02-28", 1: "2013-02-28 2013-03-01", 3: "2013-02-28"})
    assert text == "0,3:2013-02-28;1:2013-02-28 2013-03-01"


def test_texts_are_read_as_they_were_written() -> None:
    """An empty text is one too."""
    texts = {0: "a=1 b=2", 1: "", 2: "a=1 b=2", 11: "c=3"}
    read = {n: text for numbers, text in read_series_text(series_text(texts)) for n in numbers}
    assert read == texts


def test_no_series_has_no_text() -> None:
    assert list(read_series_text(series_text({}))) == []
