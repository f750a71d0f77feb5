# SPDX-License-Identifier: Apache-2.0
"""The only file of this folder that Airflow's plugin scan loads (see ``.airflowignore``)."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

__all__ = ["InteractiveBrokersPlugin"]


class InteractiveBrokersPlugin(AirflowPlugin):
    """Name the provider's part in Airflow's processes."""

    name = "interactive_brokers"
