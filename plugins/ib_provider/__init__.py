# SPDX-License-Identifier: Apache-2.0
"""An Apache Airflow provider for Interactive Brokers."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
