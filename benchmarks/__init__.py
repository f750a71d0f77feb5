# SPDX-License-Identifier: Apache-2.0
"""What is measured, and against whom. ``make bench`` runs it all, ``ONLY=<name>`` one row."""
