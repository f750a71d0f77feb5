# SPDX-License-Identifier: Apache-2.0
"""Requests about the login and the desktop: branding, families, advisors, window groups, settings.

The simulated login is a plain one: no advisor, no soft dollars, no verified program. Window groups
exist, as at a desktop, and belong to the login: what one client shows, all who listen see.
"""

from __future__ import annotations

from typing import Final
from weakref import WeakKeyDictionary

from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.wire.messages import (
    ConfigResponse,
    DisplayGroupList,
    DisplayGroupUpdated,
    FamilyCode,
    FamilyCodes,
    QueryDisplayGroups,
    ReplaceFa,
    ReqConfig,
    ReqFamilyCodes,
    ReqSoftDollarTiers,
    RequestFa,
    ReqUserInfo,
    SoftDollarTiers,
    SubscribeToGroupEvents,
    UnsubscribeFromGroupEvents,
    UpdateConfig,
    UpdateConfigResponse,
    UpdateDisplayGroup,
    UserInfo,
    VerifyAndAuthCompleted,
    VerifyAndAuthMessage,
    VerifyAndAuthRequest,
    VerifyCompleted,
    VerifyMessage,
    VerifyRequest,
)

__all__ = ["LoginDesk"]

_GROUPS: Final = range(1, 8)
_NOTHING_SHOWN: Final = "none"
_NO_ADVISOR: Final = invalid("FA data operations ignored for non FA customers.")
_NOT_VERIFIED: Final = "API verification is not enabled for this login"


class LoginDesk:
    """Answers what concerns the login as a whole."""

    def __init__(self, brokerage: Brokerage) -> None:
        self._brokerage = brokerage
        self._shown = dict.fromkeys(_GROUPS, _NOTHING_SHOWN)
        self._watched: WeakKeyDictionary[ClientLink, dict[int, int]] = WeakKeyDictionary()
        self.handlers: Handlers = {
            ReqUserInfo: self._user,
            ReqFamilyCodes: self._families,
            ReqSoftDollarTiers: self._tiers,
            RequestFa: self._advisor,
            ReplaceFa: self._advisor,
            QueryDisplayGroups: self._groups,
            SubscribeToGroupEvents: self._watch,
            UpdateDisplayGroup: self._show,
            UnsubscribeFromGroupEvents: self._leave,
            VerifyRequest: self._verify,
            VerifyMessage: self._verify,
            VerifyAndAuthRequest: self._verify_with_key,
            VerifyAndAuthMessage: self._verify_with_key,
            ReqConfig: self._config,
            UpdateConfig: self._change_config,
        }

    def _user(self, client: ClientLink, request: ReqUserInfo) -> None:
        client.send(UserInfo(request_id=request.request_id))

    def _families(self, client: ClientLink, _: ReqFamilyCodes) -> None:
        codes = tuple(FamilyCode(account=name, code="") for name in self._brokerage.accounts)
        client.send(FamilyCodes(codes=codes))

    def _tiers(self, client: ClientLink, request: ReqSoftDollarTiers) -> None:
        client.send(SoftDollarTiers(request_id=request.request_id, tiers=()))

    def _advisor(self, client: ClientLink, request: RequestFa | ReplaceFa) -> None:
        client.fail(getattr(request, "request_id", -1), _NO_ADVISOR)

    def _groups(self, client: ClientLink, request: QueryDisplayGroups) -> None:
        groups = "|".join(map(str, _GROUPS))
        client.send(DisplayGroupList(request_id=request.request_id, groups=groups))

    def _watch(self, client: ClientLink, request: SubscribeToGroupEvents) -> None:
        if request.group_id not in _GROUPS:
            text = f"There is no display group {request.group_id}."
            client.fail(request.request_id, invalid(text))
            return
        self._watched.setdefault(client, {})[request.request_id] = request.group_id
        shown = self._shown[request.group_id]
        client.send(DisplayGroupUpdated(request_id=request.request_id, contract_info=shown))

    def _show(self, client: ClientLink, request: UpdateDisplayGroup) -> None:
        group = self._watched.get(client, {}).get(request.request_id)
        if group is None:
            text = f"Can't find EId with tickerId:{request.request_id}"
            client.fail(request.request_id, Refusal(code=300, message=text))
            return
        self._shown[group] = request.contract_info or _NOTHING_SHOWN
        for watcher, groups in list(self._watched.items()):
            for request_id, watched in groups.items():
                if watched == group:
                    shown = self._shown[group]
                    watcher.send(DisplayGroupUpdated(request_id=request_id, contract_info=shown))

    def _leave(self, client: ClientLink, request: UnsubscribeFromGroupEvents) -> None:
        self._watched.get(client, {}).pop(request.request_id, None)

    def _verify(self, client: ClientLink, _: VerifyRequest | VerifyMessage) -> None:
        client.send(VerifyCompleted(successful=False, error=_NOT_VERIFIED))

    def _verify_with_key(
        self, client: ClientLink, _: VerifyAndAuthRequest | VerifyAndAuthMessage
    ) -> None:
        client.send(VerifyAndAuthCompleted(successful=False, error=_NOT_VERIFIED))

    def _config(self, client: ClientLink, request: ReqConfig) -> None:
        client.send(ConfigResponse(request_id=request.request_id))

    def _change_config(self, client: ClientLink, request: UpdateConfig) -> None:
        text = "The settings of a simulated gateway are given when it starts."
        client.send(
            UpdateConfigResponse(
                request_id=request.request_id, status="ERROR", message=text, errors=(text,)
            )
        )
