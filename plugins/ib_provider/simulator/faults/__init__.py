# SPDX-License-Identifier: Apache-2.0
"""What goes wrong, on purpose: scripted in a scenario or said live to the control port."""

from __future__ import annotations
