# SPDX-License-Identifier: Apache-2.0
"""How the outgoing stream is cut. Clients must not care, and some do.

Stock ibapi reads up to 4096 bytes at a time and takes exactly 4096 for "more to come": what has
arrived by then is lost if nothing follows within a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Chunking"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunking:
    """A way to cut.

    Attributes:
        size: Bytes of a piece; the cuts are counted from the first byte of the connection.
        pause_s: Real seconds between two pieces.
    """

    size: int
    pause_s: float = 0.0

    def pieces(self, data: bytes, position: int) -> Iterator[bytes]:
        """Yield the bytes cut at every multiple of ``size``.

        Args:
            position: How many bytes the connection has carried before these.
        """
        begin = 0
        while begin < len(data):
            end = begin + self.size - (position + begin) % self.size
            yield data[begin:end]
            begin = end
