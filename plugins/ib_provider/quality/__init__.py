# SPDX-License-Identifier: Apache-2.0
"""Bars judged against expectations; never repaired."""

from __future__ import annotations

from ib_provider.quality.bar_suite import judge, judge_all, judge_each

__all__ = ["judge", "judge_all", "judge_each"]
