# SPDX-License-Identifier: Apache-2.0
"""Limits as people write them: ``include/limits/*.yaml``. Every one must be written down."""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from ib_provider.domain.portfolio import Limits
from ib_provider.rebalance.document_reader import DocumentReader
from ib_provider.rebalance.portfolio_document import NAME_PATTERN

__all__ = ["parse_limits"]

_KEYS: Final = tuple(field.name for field in fields(Limits))


def parse_limits(source: str, document: object) -> Limits:
    """Return the limits of a document that was loaded from YAML.

    Args:
        source: The file, for messages.
        document: A mapping of plain values.

    Raises:
        ConfigError: With every problem at once, each beginning with its key.
    """
    reader = DocumentReader(document, at="", problems=[])
    reader.only(_KEYS)
    limits = Limits(
        name=reader.text("name", pattern=NAME_PATTERN),
        max_order_value=reader.number("max_order_value", low="0", above=True),
        max_order_quantity=reader.number("max_order_quantity", low="0", above=True),
        max_orders=reader.count("max_orders", low=1),
        max_turnover=reader.number("max_turnover", low="0", above=True),
        max_weight=reader.number("max_weight", low="0", high="1", above=True),
        max_price_age_s=float(reader.number("max_price_age_s", low="0", above=True)),
        max_price_move=reader.number("max_price_move", low="0", high="1", above=True),
        max_collar_bp=reader.number("max_collar_bp", low="0", high="1000"),
        allow_short=reader.flag("allow_short"),
        accounts=_accounts(reader),
    )
    reader.finish(source)
    return limits


def _accounts(reader: DocumentReader) -> tuple[str, ...]:
    accounts: list[str] = []
    for number, account in enumerate(reader.entries("accounts")):
        key = f"accounts[{number}]"
        if not isinstance(account, str) or not account.strip() or account != account.strip():
            reader.complain(key, f"{account!r} is no account id")
        elif account in accounts:
            reader.complain(key, f"{account!r} is listed twice")
        else:
            accounts.append(account)
    return tuple(accounts)
