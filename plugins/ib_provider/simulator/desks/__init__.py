# SPDX-License-Identifier: Apache-2.0
"""What answers which request: one desk a subject."""
