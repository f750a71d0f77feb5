# SPDX-License-Identifier: Apache-2.0
"""The TWS byte protocol as a server speaks it: frames, text fields, protobuf. No socket."""
