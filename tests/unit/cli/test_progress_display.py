# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import io

import pytest
from rich.console import Console

from ib_provider.cli.progress_display import showing_progress


def test_lines_are_printed_plainly_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A log holds every line, and no control character."""
    with showing_progress("bars", Console(file=io.StringIO())) as tell:
        tell("1/2 AAPL.NASDAQ: 20 bars")
        tell("batch 1/1: [done]")
    assert capsys.readouterr().out == "▸ 1/2 AAPL.NASDAQ: 20 bars\n▸ batch 1/1: [done]\n"


def test_terminal_shows_a_bar_with_the_item_beside_it() -> None:
    """Positions move the bar; other lines stay above it, brackets and all."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120)
    with showing_progress("bars", console) as tell:
        tell("1/4 AAPL.NASDAQ: 20 bars")
        tell("3/4 IBM.NYSE: 20 bars")
        tell("batch 1/1: [done]")
    text = screen.getvalue()
    assert "3/4" in text
    assert "IBM.NYSE: 20 bars" in text
    assert "batch 1/1: [done]" in text
