# SPDX-License-Identifier: Apache-2.0
"""The messages as text: fields that end in a NUL, as versions 176 to 200 speak."""
