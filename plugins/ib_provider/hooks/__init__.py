# SPDX-License-Identifier: Apache-2.0
"""Airflow hooks: connections become gateways, errors become outcomes of a task."""
