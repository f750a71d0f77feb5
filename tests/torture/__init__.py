# SPDX-License-Identifier: Apache-2.0
"""Rebalances whose processes and links are killed at random, and what must be true after them."""
