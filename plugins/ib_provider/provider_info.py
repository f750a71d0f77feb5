# SPDX-License-Identifier: Apache-2.0
"""What Airflow's provider manager is told about this distribution.

The connection form is declared here, not on the hook: the methods for that are deprecated and need
packages a plain Airflow lacks. Secrets belong in the connection's password, which Airflow masks, or
in ``vnc_password`` of the container, which it masks for its name.
"""

from __future__ import annotations

from typing import Any

from ib_provider import __version__

__all__ = ["get_provider_info"]

_INTEGRATION = "Interactive Brokers"
_CONTAINER_FIELD = {
    "label": "Container",
    "description": "A JSON object of settings for a gateway that is started here, such "
    'as {"auto_restart_time": "23:59", "java_heap_mb": 1024}. Empty: a gateway or TWS '
    "that runs by itself.",
    "schema": {"type": ["string", "null"]},
}
_OPERATORS = (
    "ib_provider.operators.account",
    "ib_provider.operators.bar_checks",
    "ib_provider.operators.bars",
    "ib_provider.operators.capture",
    "ib_provider.operators.chains",
    "ib_provider.operators.expiring",
    "ib_provider.operators.fills",
    "ib_provider.operators.futures",
    "ib_provider.operators.gateway",
    "ib_provider.operators.instruments",
    "ib_provider.operators.lake_care",
    "ib_provider.operators.orders_watch",
    "ib_provider.operators.rebalance_approve",
    "ib_provider.operators.rebalance_plan",
    "ib_provider.operators.rebalance_report",
    "ib_provider.operators.rebalance_submit",
    "ib_provider.operators.reconcile",
    "ib_provider.operators.sessions",
    "ib_provider.operators.snapshot",
    "ib_provider.operators.ticks",
    "ib_provider.operators.trading_gate",
)


def get_provider_info() -> dict[str, Any]:
    """Return the provider's registration: names, connection types, versions."""
    return {
        "package-name": "airflow-provider-interactive-brokers",
        "name": _INTEGRATION,
        "description": "Trade and collect market data through Interactive Brokers.",
        "versions": [__version__],
        "integrations": [
            {
                "integration-name": _INTEGRATION,
                "external-doc-url": "https://www.interactivebrokers.com/campus/ibkr-api-page/",
                "tags": ["service"],
            }
        ],
        "hooks": [
            {"integration-name": _INTEGRATION, "python-modules": ["ib_provider.hooks.ib"]},
        ],
        "operators": [
            {
                "integration-name": _INTEGRATION,
                "python-modules": list(_OPERATORS),
            }
        ],
        "sensors": [
            {"integration-name": _INTEGRATION, "python-modules": ["ib_provider.sensors.fills"]},
        ],
        "triggers": [
            {"integration-name": _INTEGRATION, "python-modules": ["ib_provider.triggers.fills"]},
        ],
        "connection-types": [_gateway_connection_type()],
    }


def _gateway_connection_type() -> dict[str, Any]:
    return {
        "connection-type": "ib_gateway",
        "hook-class-name": "ib_provider.hooks.ib.IbHook",
        "hook-name": "Interactive Brokers Gateway",
        "ui-field-behaviour": {
            "hidden-fields": ["schema"],
            "relabeling": {"login": "IB user name", "password": "IB password"},
            "placeholders": {
                "host": "127.0.0.1",
                "port": "4002 (paper) or 4001 (live)",
                "login": "only to start a gateway in a container",
            },
        },
        "conn-fields": {
            "account": {
                "label": "Account",
                "description": "Such as DU1234567. Empty: the only account of the login.",
                "schema": {"type": ["string", "null"]},
            },
            "client_id": {
                "label": "First client id",
                "description": "Tasks use the 20 ids from here on.",
                "schema": {"type": ["integer", "null"], "minimum": 0, "default": 1},
            },
            "trading_mode": {
                "label": "Trading mode",
                "description": "A paper connection refuses a live account, and the reverse.",
                "schema": {"type": "string", "enum": ["paper", "live"], "default": "paper"},
            },
            "read_only": {
                "label": "Read only",
                "description": "No order is sent through this connection.",
                "schema": {"type": "boolean", "default": True},
            },
            "container": _CONTAINER_FIELD,
            "connect_timeout_s": {
                "label": "Connect timeout (s)",
                "schema": {"type": ["number", "null"], "minimum": 0.1, "default": 10},
            },
            "request_timeout_s": {
                "label": "Request timeout (s)",
                "schema": {"type": ["number", "null"], "minimum": 0.1, "default": 60},
            },
            **_link_fields(),
        },
    }


def _link_fields() -> dict[str, Any]:
    """Return the fields of how a link is paced and watched."""
    return {
        "messages_per_s": {
            "label": "Messages a second",
            "description": "Of the whole login. IB allows half of its market-data lines.",
            "schema": {"type": ["number", "null"], "minimum": 1, "default": 45},
        },
        "heartbeat_s": {
            "label": "Heartbeat (s)",
            "description": "A gateway quiet for so long is asked for the time. 0: never.",
            "schema": {"type": ["number", "null"], "minimum": 0, "default": 20},
        },
        "silence_s": {
            "label": "Silence (s)",
            "description": "A gateway silent for so long after a heartbeat is gone.",
            "schema": {"type": ["number", "null"], "minimum": 0.1, "default": 10},
        },
        "reset_windows": {
            "label": "Reset windows",
            "description": "When it is expected to go away, such as 23:45-00:45 "
            "America/New_York; Sun 01:00-03:00 America/New_York. never: it is not.",
            "schema": {"type": ["string", "null"]},
        },
    }
