# SPDX-License-Identifier: Apache-2.0
"""The use cases from a terminal."""
