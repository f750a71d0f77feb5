# SPDX-License-Identifier: Apache-2.0
"""Instrument ids and IB contracts, each from the other."""
