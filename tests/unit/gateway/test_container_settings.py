# SPDX-License-Identifier: Apache-2.0
"""Settings of a container: what the image is told, and what is refused."""

from __future__ import annotations

from datetime import time

import pytest

from ib_provider.domain.account import TradingMode
from ib_provider.errors import ConfigError
from ib_provider.gateway.container_settings import ContainerSettings, parse_container_settings

DIGEST = "sha256:" + "ab" * 32


def test_settings_by_default_are_paper_and_read_only() -> None:
    """Nothing said means nothing dangerous: no order, no window, restarted every night."""
    settings = ContainerSettings()
    environment = settings.environment()
    assert (settings.host_port, settings.image_port) == (4002, 4004)
    assert settings.container_name == "ib-gateway-paper"
    assert settings.image_reference == "ghcr.io/gnzsnz/ib-gateway:stable"
    assert environment["READ_ONLY_API"] == "yes"
    assert environment["TRADING_MODE"] == "paper"
    assert environment["AUTO_RESTART_TIME"] == "11:59 PM"
    assert not any("VNC" in name or "PASSWORD" in name for name in environment)


def test_settings_for_live_have_the_live_ports() -> None:
    """4003 inside the image leads to 4001, as its README says."""
    settings = ContainerSettings(trading_mode=TradingMode.LIVE)
    assert (settings.host_port, settings.image_port) == (4001, 4003)
    assert settings.container_name == "ib-gateway-live"


@pytest.mark.parametrize(
    ("image", "reference"),
    [
        ("ghcr.io/gnzsnz/ib-gateway:stable", f"ghcr.io/gnzsnz/ib-gateway@{DIGEST}"),
        ("localhost:5000/ib-gateway", f"localhost:5000/ib-gateway@{DIGEST}"),
        ("localhost:5000/ib-gateway:10.37", f"localhost:5000/ib-gateway@{DIGEST}"),
    ],
)
def test_digest_replaces_the_tag_and_no_port(image: str, reference: str) -> None:
    """A registry's port is no tag."""
    assert ContainerSettings(image=image, digest=DIGEST).image_reference == reference


def test_settings_parse_from_texts_as_a_form_or_a_terminal_gives_them() -> None:
    """Texts become what they mean; what is empty stays as it was."""
    said = {
        "auto_restart_time": "00:30",
        "read_only_api": "no",
        "memory_mb": "4096",
        "java_heap_mb": 2048,
        "cpus": "0.5",
        "vnc_port": "",
        "time_zone": None,
    }
    settings = parse_container_settings(said, source="here")
    assert settings.auto_restart_time == time(0, 30)
    assert settings.environment()["AUTO_RESTART_TIME"] == "12:30 AM"
    assert settings.environment()["READ_ONLY_API"] == "no"
    assert (settings.memory_mb, settings.java_heap_mb, settings.cpus) == (4096, 2048, 0.5)
    assert settings.time_zone == "America/New_York"
    never = parse_container_settings({"auto_restart_time": "never"}, source="here")
    assert "AUTO_RESTART_TIME" not in never.environment()


def test_settings_that_cannot_be_used_are_all_named() -> None:
    """One failure, all there is to mend."""
    with pytest.raises(ConfigError) as parsing:
        parse_container_settings(
            {
                "read_only": True,
                "java_heap_mb": "much",
                "cpus": "two",
                "auto_restart_time": "25:00",
            },
            source="here",
        )
    assert [problem.split(":")[0] for problem in parsing.value.problems] == [
        "auto_restart_time", "cpus", "java_heap_mb", "read_only",
    ]  # fmt: skip
    with pytest.raises(ConfigError) as making:
        ContainerSettings(
            image="x@sha256:1",
            digest="latest",
            name="not a name",
            port=0,
            time_zone="New York",
            twofa_timeout_action="hope",
            existing_session_action="fight",
            restart_policy="sometimes",
            memory_mb=1024,
            cpus=0,
        )
    named = {problem.split(":")[0] for problem in making.value.problems}
    assert named == {
        "image", "digest", "name", "port", "time_zone", "twofa_timeout_action",
        "existing_session_action", "restart_policy", "memory_mb", "cpus",
    }  # fmt: skip


def test_settings_as_text_tell_two_apart() -> None:
    """The label of a running container is compared with what is asked."""
    one, other = ContainerSettings(), ContainerSettings(java_heap_mb=1100)
    differing = {name for name, value in one.as_text().items() if other.as_text()[name] != value}
    assert differing == {"java_heap_mb"}
