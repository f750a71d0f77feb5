# SPDX-License-Identifier: Apache-2.0
"""Bars that are sent again and again: encoded once in each format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import overload

from ib_provider.wire.answers import BarRow

__all__ = ["KeptRows", "encoded_rows"]


class KeptRows(Sequence[BarRow]):
    """Rows that remember their bytes: those of the message but for what names the request."""

    __slots__ = ("_encoded", "_rows")

    def __init__(self, rows: Iterable[BarRow]) -> None:
        self._rows = tuple(rows)
        self._encoded: dict[object, bytes] = {}

    @overload
    def __getitem__(self, place: int) -> BarRow: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[BarRow]: ...
    def __getitem__(self, place: int | slice) -> BarRow | Sequence[BarRow]:
        return self._rows[place]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[BarRow]:
        return iter(self._rows)

    def encoded(self, encode: Callable[[Sequence[BarRow]], bytes]) -> bytes:
        """Return what ``encode`` makes of the rows, made once for each such function."""
        known = self._encoded.get(encode)
        if known is None:
            known = self._encoded[encode] = encode(self._rows)
        return known


def encoded_rows(rows: Sequence[BarRow], encode: Callable[[Sequence[BarRow]], bytes]) -> bytes:
    """Return the bytes of rows, from memory where they are kept."""
    return rows.encoded(encode) if isinstance(rows, KeptRows) else encode(rows)
