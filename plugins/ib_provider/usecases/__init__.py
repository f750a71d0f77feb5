# SPDX-License-Identifier: Apache-2.0
"""What the project does, one function a file, without Airflow."""
