# SPDX-License-Identifier: Apache-2.0
"""The list, led through by whichever ibapi this interpreter has. One JSON line a step.

``python -m tests.support.client_list_process PORT CLIENT_ID``
"""

from __future__ import annotations

import json
import sys
import traceback

from tests.support.client_list import STEPS
from tests.support.ibapi_desk import IbapiDesk


def main() -> None:
    """Run every step, and say how each ended."""
    import ibapi

    port, client_id = sys.argv[1:]
    desk = IbapiDesk(int(port), int(client_id))
    desk.connect()
    _say(ibapi=ibapi.__file__, version=desk.version())
    for step in STEPS:
        error = ""
        try:
            step.do(desk)
        except Exception:  # noqa: BLE001  # told, whatever it is
            error = traceback.format_exc()
        _say(step=step.name, error=error)
    desk.disconnect()


def _say(**row: object) -> None:
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
