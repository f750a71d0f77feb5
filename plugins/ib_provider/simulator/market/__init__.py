# SPDX-License-Identifier: Apache-2.0
"""Prices of every instrument at any instant: replayed where real data is at hand."""
