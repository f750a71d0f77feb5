# SPDX-License-Identifier: Apache-2.0
"""ibapi behind typed, awaitable requests."""
