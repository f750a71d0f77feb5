# SPDX-License-Identifier: Apache-2.0
"""A simulated IB Gateway on a real socket."""
