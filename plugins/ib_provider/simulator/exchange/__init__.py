# SPDX-License-Identifier: Apache-2.0
"""The simulated exchange: orders, their book, their rules, their fills."""
