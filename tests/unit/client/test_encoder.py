# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import struct
from decimal import Decimal

import pytest

from ib_provider.client.decode_contract import encode_contract
from ib_provider.client.encoder import RequestEncoder
from ib_provider.domain.contract import Contract, SecType
from ib_provider.errors import LocalProtocolError

AAPL = Contract(con_id=265598, symbol="AAPL", exchange="SMART", currency="USD")


def test_encode_text_message_is_framed_fields() -> None:
    """Up to version 200 a message is NUL-terminated text behind its length."""
    encoder = RequestEncoder(server_version=200, client_id=5)
    message = encoder.encode(lambda ib: ib.startApi())
    (length,) = struct.unpack("!I", message[:4])
    assert length == len(message) - 4
    assert message[4:] == b"71\0" + b"2\0" + b"5\0\0"


def test_encode_protobuf_message_has_its_raw_id() -> None:
    """From 201 the id is four raw bytes; above 200 the body is protobuf."""
    encoder = RequestEncoder(server_version=225, client_id=5)
    message = encoder.encode(lambda ib: ib.startApi())
    assert struct.unpack("!I", message[4:8]) == (271,)


def test_encode_contract_without_a_strike_sends_none() -> None:
    """A strike of zero would be a strike, and a gateway then ignores the next request."""
    encoder = RequestEncoder(server_version=200, client_id=0)
    wanted = encode_contract(AAPL)
    message = encoder.encode(lambda ib: ib.reqContractDetails(2**30, wanted))
    fields = message[4:].decode().split("\0")
    assert fields[:8] == ["9", "8", "1073741824", "265598", "AAPL", "STK", "", ""]


def test_encode_contract_with_a_strike_sends_it() -> None:
    """An option's strike is sent as a number."""
    option = Contract(symbol="AAPL", sec_type=SecType.OPT, strike=Decimal("432.5"), right="C")
    assert encode_contract(option).strike == 432.5


def test_encode_text_that_is_not_ascii_is_refused() -> None:
    """What ibapi reports to a callback and forgets is raised here."""
    encoder = RequestEncoder(server_version=200, client_id=0)
    wanted = encode_contract(Contract(symbol="MÜV2"))
    with pytest.raises(LocalProtocolError, match="579"):
        encoder.encode(lambda ib: ib.reqContractDetails(2**30, wanted))


def test_encode_multiplier_that_is_no_number_is_refused() -> None:
    """Protobuf carries a multiplier as a number; text that is none cannot be sent."""
    encoder = RequestEncoder(server_version=225, client_id=0)
    wanted = encode_contract(Contract(symbol="ES", sec_type=SecType.FUT, multiplier="fifty"))
    with pytest.raises(LocalProtocolError, match="cannot encode"):
        encoder.encode(lambda ib: ib.reqContractDetails(2**30, wanted))


def test_encode_a_failed_call_leaves_nothing_for_the_next() -> None:
    """Half a message of a failed call never leads the next one."""
    encoder = RequestEncoder(server_version=200, client_id=0)
    with pytest.raises(LocalProtocolError):
        encoder.encode(lambda ib: (ib.reqCurrentTime(), int("x")))  # type: ignore[arg-type]
    assert encoder.encode(lambda ib: ib.reqCurrentTime())[4:] == b"49\0" + b"1\0"


def test_encode_a_contract_of_another_type_is_refused() -> None:
    """A type that we do not know cannot be asked for."""
    with pytest.raises(LocalProtocolError):
        encode_contract(Contract(symbol="X", sec_type=SecType.OTHER))
