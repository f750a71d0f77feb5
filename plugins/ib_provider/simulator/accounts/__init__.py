# SPDX-License-Identifier: Apache-2.0
"""The simulated accounts: cash, holdings, margin, values."""
