"""Python imports this at its start: its folder stands in front of PYTHONPATH. Without CHAOS_PLAN it does nothing."""

import os
import traceback

if os.environ.get("CHAOS_PLAN"):
    from tests.chaos.injected.aboard import board

    try:
        board()
    except BaseException:  # noqa: BLE001  a SystemExit too
        # Python would go on, and what was to be spoiled would run unspoiled.
        traceback.print_exc()
        os._exit(1)
