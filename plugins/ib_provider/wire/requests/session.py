# SPDX-License-Identifier: Apache-2.0
"""What a client may ask about the session, the login and the desktop."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "QueryDisplayGroups",
    "ReqConfig",
    "ReqCurrentTime",
    "ReqCurrentTimeMillis",
    "ReqFamilyCodes",
    "ReqIds",
    "ReqManagedAccounts",
    "ReqSoftDollarTiers",
    "ReqUserInfo",
    "SetServerLogLevel",
    "StartApi",
    "SubscribeToGroupEvents",
    "UnknownRequest",
    "UnsubscribeFromGroupEvents",
    "UpdateConfig",
    "UpdateDisplayGroup",
    "VerifyAndAuthMessage",
    "VerifyAndAuthRequest",
    "VerifyMessage",
    "VerifyRequest",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartApi:
    """The client names itself; the gateway's pushes begin after this."""

    client_id: int
    capabilities: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqIds:
    """Ask for the next valid order id. ``count`` is ignored by every gateway."""

    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqManagedAccounts:
    """Ask which accounts the login holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqCurrentTime:
    """Ask for the gateway's time in whole seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqCurrentTimeMillis:
    """Ask for the gateway's time in milliseconds (from version 197)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetServerLogLevel:
    """Set the gateway's log level, 1 (system) to 5 (detail). Never answered."""

    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownRequest:
    """A well-framed message whose id this codec does not know."""

    msg_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqUserInfo:
    """Ask for the branding of the login."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqFamilyCodes:
    """Ask which accounts belong to one family."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqSoftDollarTiers:
    """Ask which soft-dollar tiers the login may name in orders."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyRequest:
    """Begin the verification of a named program."""

    api_name: str
    api_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyMessage:
    """Answer the gateway's challenge."""

    api_data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyAndAuthRequest:
    """The same with a key; only at versions that speak text."""

    api_name: str
    api_version: str
    opaque_isv_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyAndAuthMessage:
    """Answer that challenge; only at versions that speak text."""

    api_data: str
    xyz_response: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryDisplayGroups:
    """Ask which window groups the desktop shows."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribeToGroupEvents:
    """Begin to hear of one window group."""

    request_id: int
    group_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateDisplayGroup:
    """Show another contract in the group; ``none`` or ``conId@exchange``."""

    request_id: int
    contract_info: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribeFromGroupEvents:
    """End that."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqConfig:
    """Ask for the gateway's settings (from version 219)."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateConfig:
    """Change the gateway's settings (from version 221). Which, is not carried."""

    request_id: int
