# SPDX-License-Identifier: Apache-2.0
"""What Airflow's provider manager is told about this distribution."""

from __future__ import annotations

from typing import Any

from ib_provider import __version__

__all__ = ["get_provider_info"]


def get_provider_info() -> dict[str, Any]:
    """Return the provider's registration: names, connection types, versions."""
    return {
        "package-name": "airflow-provider-interactive-brokers",
        "name": "Interactive Brokers",
        "description": "Trade and collect market data through Interactive Brokers.",
        "versions": [__version__],
    }
