# SPDX-License-Identifier: Apache-2.0
"""What a gateway says of itself: accounts, ids, time, errors."""

from __future__ import annotations

from dataclasses import dataclass

from ib_provider.wire.order_parts import SoftDollarTier

__all__ = [
    "ConfigResponse",
    "CurrentTime",
    "CurrentTimeMillis",
    "DisplayGroupList",
    "DisplayGroupUpdated",
    "ErrorMessage",
    "FamilyCode",
    "FamilyCodes",
    "ManagedAccounts",
    "NextValidId",
    "SoftDollarTiers",
    "UpdateConfigResponse",
    "UserInfo",
    "VerifyAndAuthCompleted",
    "VerifyAndAuthMessageApi",
    "VerifyCompleted",
    "VerifyMessageApi",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedAccounts:
    """The accounts of the login."""

    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextValidId:
    """The next order id this client may use; also the sign that the gateway is ready."""

    order_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorMessage:
    """An error, warning or notice.

    Attributes:
        request_id: The request or order it concerns; -1 for the session.
        time_ms: Epoch milliseconds; carried from version 194.
        advanced_reject: IB's JSON about a rejected order; empty for the rest.
    """

    request_id: int
    code: int
    message: str
    time_ms: int = 0
    advanced_reject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentTime:
    """The gateway's time, epoch seconds."""

    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentTimeMillis:
    """The gateway's time, epoch milliseconds."""

    milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfo:
    """The branding of the login; empty for most."""

    request_id: int
    white_branding_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyCode:
    """One account and its family."""

    account: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyCodes:
    """Every account and its family."""

    codes: tuple[FamilyCode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftDollarTiers:
    """Which tiers the login may name."""

    request_id: int
    tiers: tuple[SoftDollarTier, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyMessageApi:
    """The gateway's challenge."""

    api_data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyCompleted:
    """Whether the program is verified."""

    successful: bool
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyAndAuthMessageApi:
    """The challenge with a key; always text."""

    api_data: str
    xyz_challenge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyAndAuthCompleted:
    """Whether that worked; always text."""

    successful: bool
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayGroupList:
    """Window groups, by use: ``3|1|2``."""

    request_id: int
    groups: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayGroupUpdated:
    """The contract a window group shows now."""

    request_id: int
    contract_info: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigResponse:
    """The gateway's settings (from version 219). Which, is not carried."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateConfigResponse:
    """What came of a change of settings (from version 221)."""

    request_id: int
    status: str
    message: str = ""
    changed_fields: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
