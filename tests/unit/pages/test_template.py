# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re

import pytest
from jinja2 import UndefinedError

from ib_provider.pages.template import STYLE, render


def test_render_escapes_values() -> None:
    """Without being asked to."""
    assert "&lt;x&gt;" in render("problem.html", title="no", text="<x>")


def test_render_refuses_a_value_that_nobody_gave() -> None:
    """A page with a hole in it is not made."""
    with pytest.raises(UndefinedError):
        render("problem.html", title="no")


def test_style_has_a_dark_side_and_nothing_from_elsewhere() -> None:
    """Every colour of the light side has one of the dark."""
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)")[:2]
    names = re.findall(r"^\s+(--[\w-]+):", light, flags=re.MULTILINE)
    assert set(re.findall(r"^\s+(--[\w-]+):", dark, flags=re.MULTILINE)) == set(names)
    assert "url(" not in STYLE
    assert "@import" not in STYLE
