# SPDX-License-Identifier: Apache-2.0
"""Reaching the IB Gateway, and knowing its state."""
