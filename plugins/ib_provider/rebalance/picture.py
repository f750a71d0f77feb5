# SPDX-License-Identifier: Apache-2.0
"""What the pictures share: a frame, a title that can be read aloud, names of a width that fits.

Colours are attributes, so that a picture is one file that needs nothing; every part has a class
too, so that a page's style sheet can give it the colours of a dark screen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape

__all__ = ["PICTURE_WIDTH", "frame", "shortened", "svg_text"]

PICTURE_WIDTH: Final = 760
_XMLNS: Final = ' xmlns="http://www.w3.org/2000/svg"'


def frame(title: str, parts: Iterable[str], *, height: int, inline: bool) -> str:
    """Return an SVG of a title and its parts.

    Args:
        inline: It becomes part of an HTML page, which knows what an SVG is.
    """
    said = svg_text(title)
    lines = [
        (
            f'<svg{"" if inline else _XMLNS} class="picture" '
            f'viewBox="0 0 {PICTURE_WIDTH} {height}" role="img" aria-label="{said}" '
            'font-family="system-ui, sans-serif" font-size="12" fill="#1f2933">'
        ),
        f"<title>{said}</title>",
        f'<rect class="ground" width="{PICTURE_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="22" font-size="14" font-weight="600">{said}</text>',
        *parts,
        "</svg>",
        "",
    ]
    return "\n".join(lines)


def shortened(name: str, *, most: int = 26) -> str:
    """Return a name of at most so many characters; the whole is for a tooltip."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def svg_text(text: str) -> str:
    """Return text that is no markup, in an element or an attribute.

    A control character, which no XML may hold, becomes a space.
    """
    readable = "".join(char if char.isprintable() else " " for char in text)
    return escape(readable, {'"': "&quot;"})
