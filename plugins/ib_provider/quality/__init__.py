# SPDX-License-Identifier: Apache-2.0
"""Bars judged against expectations; never repaired."""
