# SPDX-License-Identifier: Apache-2.0
"""The messages as protobuf, to which versions 201 to 213 changed over group by group."""
