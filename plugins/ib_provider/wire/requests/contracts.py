# SPDX-License-Identifier: Apache-2.0
"""What a client may ask about contracts and exchanges."""

from __future__ import annotations

from dataclasses import dataclass

from ib_provider.domain.contract import Contract

__all__ = [
    "CancelContractData",
    "ReqContractDetails",
    "ReqMarketRule",
    "ReqMatchingSymbols",
    "ReqMktDepthExchanges",
    "ReqSecDefOptParams",
    "ReqSmartComponents",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqContractDetails:
    """Ask which contracts fit a description, or one security id (``ISIN`` and the like)."""

    request_id: int
    contract: Contract
    include_expired: bool = False
    sec_id_type: str = ""
    sec_id: str = ""
    issuer_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelContractData:
    """Withdraw a question about contracts (from version 215)."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqMatchingSymbols:
    """Ask which symbols or names begin so."""

    request_id: int
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqSecDefOptParams:
    """Ask which option chains an underlying has.

    Attributes:
        fut_fop_exchange: Where the underlying trades if it is a future; empty for the rest.
    """

    request_id: int
    underlying_symbol: str
    fut_fop_exchange: str
    underlying_sec_type: str
    underlying_con_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqMarketRule:
    """Ask for the ladder of price steps that a rule id stands for."""

    market_rule_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqSmartComponents:
    """Ask which exchanges the letters of a quote stand for."""

    request_id: int
    bbo_exchange: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqMktDepthExchanges:
    """Ask which exchanges show their book."""
