# SPDX-License-Identifier: Apache-2.0
"""A text for each of many series in one string; series with the same text share it.

``0,1,3:2013-02-28 2013-03-01;2:2013-02-28``: what Great Expectations carries to a metric must be
small and a plain value, and the series of one exchange have the same sessions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

__all__ = ["read_series_text", "series_text"]


def series_text(texts: Mapping[int, str]) -> str:
    """Return the texts of numbered series as one; a text has neither ``;`` nor ``:``."""
    sharing: dict[str, list[int]] = {}
    for number, text in texts.items():
        sharing.setdefault(text, []).append(number)
    return ";".join(f"{','.join(map(str, numbers))}:{text}" for text, numbers in sharing.items())


def read_series_text(text: str) -> Iterator[tuple[list[int], str]]:
    """Yield the numbers of the series that share a text, and the text."""
    for group in filter(None, text.split(";")):
        numbers, _, shared = group.partition(":")
        yield [int(number) for number in numbers.split(",")], shared
