# SPDX-License-Identifier: Apache-2.0
"""Airflow sensors: they wait for what the broker does."""
