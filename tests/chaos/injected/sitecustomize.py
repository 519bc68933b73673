"""Python imports this at its start: its folder stands in front of PYTHONPATH. Without CHAOS_PLAN it does nothing."""

import os

if os.environ.get("CHAOS_PLAN"):
    from tests.chaos.injected.aboard import board

    board()
