# SPDX-License-Identifier: Apache-2.0
"""Airflow operators: each resolves its parameters, runs one use case, publishes a small report.

DAG files import these every few seconds, so nothing heavy is imported before ``execute``.
"""
