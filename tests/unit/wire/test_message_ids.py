# SPDX-License-Identifier: Apache-2.0
"""Every message there is: it has a number, and what was rendered is read back."""

from __future__ import annotations

import typing
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ibapi.common import PROTOBUF_MSG_IDS
from ibapi.message import IN, OUT

from ib_provider.wire import answers as a
from ib_provider.wire import requests as r
from ib_provider.wire.codec import parse_request, render_answer
from ib_provider.wire.message_ids import ANSWERS, REQUESTS_SINCE
from ib_provider.wire.text.bars import END_MESSAGE_SINCE
from tests.support.wire_mirror import answer_of, request_payload
from tests.support.wire_values import message

REQUESTS = [cls for cls in typing.get_args(r.Request) if cls is not r.UnknownRequest]
EVERY_ANSWER = list(typing.get_args(a.Answer))
VERSIONS = st.sampled_from(range(176, 227))
FEW = settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # to shrink an order takes minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
_DROPPED_BY_IB = {"TICK_EFP"}
"""Exchange for physical: no gateway of these versions sends it."""


def _name(cls: type) -> str:
    return cls.__name__


def test_every_number_of_ibapi_is_known_here() -> None:
    """Neither a request nor an answer of the newest installed client is missing."""
    theirs = {
        number for name, number in vars(IN).items() if name.isupper() and name not in _DROPPED_BY_IB
    }
    assert theirs == {number for number, _ in ANSWERS.values()}
    sent = {number for name, number in vars(OUT).items() if name.isupper()}
    ours = {number for number in range(1, 200) if _is_known(number)}
    assert sent == ours


def _is_known(number: int) -> bool:
    try:
        found = [parse_request(f"{number}\0".encode(), 200)]
        found.append(parse_request((number + 200).to_bytes(4, "big"), 226))
    except Exception:  # noqa: BLE001  # a known message without its fields is malformed
        return True
    return not all(isinstance(request, r.UnknownRequest) for request in found)


def test_every_request_changes_over_to_protobuf_where_ibapi_does() -> None:
    """The cut-overs are the client's, which sends them."""
    assert {number: REQUESTS_SINCE[number] for number in PROTOBUF_MSG_IDS} == PROTOBUF_MSG_IDS


def test_every_answer_has_a_number() -> None:
    """A type without one could not be sent."""
    assert set(ANSWERS) == set(EVERY_ANSWER)


@pytest.mark.parametrize("cls", REQUESTS, ids=_name)
@FEW
@given(data=st.data())
def test_request_survives_the_wire(cls: type[Any], data: st.DataObject) -> None:
    """What a version carries is read as it was written; the rest is at its default."""
    version = data.draw(VERSIONS)
    payload = request_payload(data.draw(message(cls)), version)
    if payload is None:
        return
    request = parse_request(payload, version)
    assert type(request) is cls
    again = request_payload(request, version)
    assert again is not None
    assert parse_request(again, version) == request
    if version < 201:
        assert again == payload


@pytest.mark.parametrize("cls", EVERY_ANSWER, ids=_name)
@FEW
@given(data=st.data())
def test_answer_survives_the_wire(cls: type[Any], data: st.DataObject) -> None:
    """The same in the other direction."""
    version = data.draw(VERSIONS)
    if not _is_sent(cls, version):
        return
    payload = render_answer(data.draw(message(cls)), version)
    answer = answer_of(cls, payload, version)
    again = render_answer(answer, version)
    assert answer_of(cls, again, version) == answer
    if version < 201:
        assert again == payload


def _is_sent(cls: type[Any], version: int) -> bool:
    if cls is a.HistoricalDataEnd:
        return version >= END_MESSAGE_SINCE
    return version >= 221 or cls not in (a.ConfigResponse, a.UpdateConfigResponse)
