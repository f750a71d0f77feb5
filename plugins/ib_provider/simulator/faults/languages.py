# SPDX-License-Identifier: Apache-2.0
"""What the data service says when it has nothing, in the languages a gateway can be installed in.

Clients that look for English words in error 162 take the others for a failure. The English text
is from captures, the others are guesses at the wording.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ib_provider.wire.messages import ErrorMessage

__all__ = ["LANGUAGES", "translated"]

_ENGLISH: Final = (
    "Historical Market Data Service error message:",
    "HMDS query returned no data:",
)
LANGUAGES: Final[Mapping[str, tuple[str, str]]] = {
    "en": _ENGLISH,
    "es": (
        "Mensaje de error del servicio de datos de mercado históricos:",
        "La consulta HMDS no ha devuelto datos:",
    ),
    "de": (
        "Fehlermeldung des Dienstes für historische Marktdaten:",
        "HMDS-Abfrage ergab keine Daten:",
    ),
}
"""Language → what stands for the two English parts."""


def translated(error: ErrorMessage, language: str) -> ErrorMessage:
    """Return an error 162 about missing data in a language; any other as it is."""
    if error.code != 162 or _ENGLISH[1] not in error.message:
        return error
    text = error.message
    for english, foreign in zip(_ENGLISH, LANGUAGES[language], strict=True):
        text = text.replace(english, foreign)
    return replace(error, message=text)
