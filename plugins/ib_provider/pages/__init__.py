# SPDX-License-Identifier: Apache-2.0
"""Values as HTML: the pages of the desk, and the same as files that need nothing else."""
