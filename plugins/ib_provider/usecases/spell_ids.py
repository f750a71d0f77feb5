# SPDX-License-Identifier: Apache-2.0
"""Show stored ids in another spelling. What is stored is never changed by it."""

from __future__ import annotations

from collections.abc import Iterable

from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.symbology.id_spelling import IdSpelling

__all__ = ["spell_ids"]


def spell_ids(store: InstrumentStore, ids: Iterable[str], spelling: IdSpelling) -> dict[str, str]:
    """Return how each of these ids is shown; one that is not in the store is shown as it is."""
    wanted = tuple(dict.fromkeys(ids))
    known = store.get(wanted)
    return {name: spelling.show(known[name]) if name in known else name for name in wanted}
