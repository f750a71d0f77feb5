# SPDX-License-Identifier: Apache-2.0
"""Targets to plan to limits: pure decisions."""
