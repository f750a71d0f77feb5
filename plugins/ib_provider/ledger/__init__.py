# SPDX-License-Identifier: Apache-2.0
"""Durable operational state: order intents, fills, plans, coverage."""

from __future__ import annotations

from ib_provider.ledger.intent import Intent, IntentState, OrderEvent
from ib_provider.ledger.ledger import Ledger

__all__ = ["Intent", "IntentState", "Ledger", "OrderEvent"]
