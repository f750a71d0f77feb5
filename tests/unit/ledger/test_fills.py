# SPDX-License-Identifier: Apache-2.0
"""Execution ids: the family of a correction, and its revision."""

from __future__ import annotations

import pytest

from ib_provider.ledger.fills import execution_family


@pytest.mark.parametrize(
    ("exec_id", "family", "revision"),
    [
        ("0000e0d5.69dd7411.01.01", "0000e0d5.69dd7411.01", 1),
        ("0000e0d5.69dd7411.01.02", "0000e0d5.69dd7411.01", 2),
        ("0000e0d5.69dd7411.02.01", "0000e0d5.69dd7411.02", 1),
        ("plain", "plain", 0),
        ("ends.in.text", "ends.in.text", 0),
        (".01", ".01", 0),
        ("a.", "a.", 0),
        ("a.٣", "a.٣", 0),
        ("", "", 0),
    ],
)
def test_execution_family_is_all_but_the_last_group(
    exec_id: str, family: str, revision: int
) -> None:
    """Only a last group of digits is a revision; any other id stands alone."""
    assert execution_family(exec_id) == (family, revision)
