# SPDX-License-Identifier: Apache-2.0
"""Column types that lose nothing, on SQLite and Postgres alike.

SQLite keeps numbers as floats and times without a zone. A decimal is therefore text, and a time is
UTC going in and made aware again coming out; one without a zone never gets in.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator

from ib_provider.domain.value_document import decimal_text
from ib_provider.errors import LedgerError

__all__ = ["DecimalText", "UtcDateTime"]


class DecimalText(TypeDecorator[Decimal]):
    """An exact, finite decimal, kept as plain text."""

    impl = String(130)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return the text that is stored."""
        return None if value is None else decimal_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """Return the number that was stored."""
        return None if value is None else Decimal(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, aware and in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the instant in UTC.

        Raises:
            LedgerError: It has no time zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise LedgerError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the instant that was stored; SQLite gives it back without its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
