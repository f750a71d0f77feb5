# SPDX-License-Identifier: Apache-2.0
"""Random numbers that are a function of a name and a place, on every machine and in any order.

No generator with a state: a number can be had without those before it, which is what lets a minute
be made without its day, and a day without its year. The mixing is SplitMix64 (Steele, Lea, Flood
2014; public domain), evaluated for whole arrays.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["Floats", "Ints", "normals", "seed_of", "uniform", "uniforms", "uniforms_at"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_GOLDEN: Final = 0x9E3779B97F4A7C15
_UNIT: Final = 2.0**-53


def seed_of(name: str) -> int:
    """Return 64 bits that stand for a name."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")


def uniforms(name: str, count: int) -> Floats:
    """Return so many numbers from 0 up to 1, exclusive."""
    numbers: Floats = uniforms_at(np.array([seed_of(name)], dtype=np.uint64), count)[0]
    return numbers


def uniforms_at(seeds: npt.NDArray[np.uint64], count: int) -> Floats:
    """Return one row of uniform numbers for each seed. Shape: (seeds, count)."""
    steps = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GOLDEN)
    mixed = seeds[:, None] + steps[None, :]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    numbers: Floats = (mixed >> np.uint64(11)).astype(np.float64) * _UNIT
    return numbers


def uniform(name: str) -> float:
    """Return one number from 0 up to 1, exclusive."""
    return float(uniforms(name, 1)[0])


def normals(drawn: Floats) -> Floats:
    """Return about normal numbers, one for every four uniform ones of the last axis.

    The sum of four uniforms: no logarithm whose last bit differs between machines, and no tail
    beyond 3.5 deviations.
    """
    shape = (*drawn.shape[:-1], drawn.shape[-1] // 4, 4)
    summed: Floats = drawn[..., : shape[-2] * 4].reshape(shape).sum(axis=-1)
    scaled: Floats = (summed - 2.0) * 3.0**0.5
    return scaled
