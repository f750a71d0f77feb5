# SPDX-License-Identifier: Apache-2.0
"""Order references: the name under which the broker is asked for an order after a crash.

Derived from what the rebalance is for and never from a run, a try, a time or a size: a plan that
had to be made again gives the same instrument the same reference, and finds its order.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Final

__all__ = ["ORDER_REF_PREFIX", "order_ref"]

#: What every order of ours begins with, and no other's should.
ORDER_REF_PREFIX: Final = "ibp-"

#: 65 bits: among a million orders the chance of any two alike is below one in ten million.
_DIGEST_LENGTH: Final = 13


def order_ref(account: str, strategy: str, key: str, leg: str, *, attempt: int = 1) -> str:
    """Return the reference of one order of a leg, such as ``ibp-demo-AAPL-k3v7q2mzx4tba``.

    Args:
        account: The account that is traded.
        strategy: The portfolio's name.
        key: What the rebalance is for.
        leg: The instrument id: one leg for an instrument in a rebalance.
        attempt: From 1: which order of the leg, one after the other.

    Returns:
        At most 32 characters of ``A-Z a-z 0-9 -``; equal for equal arguments, else distinct.
    """
    # The text of a JSON list, as ``json.dumps`` writes it.
    parts = [*map(encode_basestring, (account, strategy, key, leg))]
    if attempt > 1:
        parts.append(str(attempt))
    identity = f"[{', '.join(parts)}]"
    # Base 32 of the first ten bytes are 16 of its characters, of which 13 are taken.
    digest = base64.b32encode(hashlib.sha256(identity.encode()).digest()[:10]).decode().lower()
    symbol = leg.partition(".")[0]
    return f"{ORDER_REF_PREFIX}{_readable(strategy)}-{_readable(symbol)}-{digest[:_DIGEST_LENGTH]}"


@lru_cache(maxsize=1024)
def _readable(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", text)[:6] or "x"
