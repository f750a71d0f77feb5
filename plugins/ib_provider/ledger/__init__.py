# SPDX-License-Identifier: Apache-2.0
"""Durable operational state: order intents, fills, plans, coverage."""
