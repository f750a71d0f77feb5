# SPDX-License-Identifier: Apache-2.0
"""What a gateway refuses or slows down: rates, pacing, caps, read-only mode.

Nothing here reads a clock: time is a parameter.
"""

from __future__ import annotations
