# SPDX-License-Identifier: Apache-2.0
"""Airflow triggers: they wait in the triggerer, on its one event loop, and never block it."""
