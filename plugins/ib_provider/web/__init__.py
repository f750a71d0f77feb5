# SPDX-License-Identifier: Apache-2.0
"""Pages in the Airflow UI."""
