# SPDX-License-Identifier: Apache-2.0
"""Base-128 numbers, the lengths and tags of the protobuf format."""

from __future__ import annotations

__all__ = ["varint"]

_SIGN = 2**64


def varint(number: int) -> bytes:
    """Return the number in groups of seven bits, lowest first; a negative one in ten bytes."""
    number = number + _SIGN if number < 0 else number
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)
