# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.errors import ConfigError


def test_endpoint_several_bad_fields_are_reported_together() -> None:
    """Every unusable field is named in one error."""
    with pytest.raises(ConfigError) as caught:
        Endpoint(host="", port=70_000, client_id=-1, request_timeout_s=0)
    assert len(caught.value.problems) == 4


def test_endpoint_nan_timeout_is_refused() -> None:
    """NaN is above nothing, so it bounds nothing."""
    with pytest.raises(ConfigError, match="connect_timeout_s"):
        Endpoint(connect_timeout_s=float("nan"))


def test_endpoint_text_is_host_and_port() -> None:
    """A message can name the endpoint."""
    assert str(Endpoint(port=4001)) == "127.0.0.1:4001"
