# SPDX-License-Identifier: Apache-2.0
"""Frozen values that every layer speaks. No I/O, no broker spelling, no sentinel."""
