# SPDX-License-Identifier: Apache-2.0
"""Market data as Parquet files, read through DuckDB views."""
