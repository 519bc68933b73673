"""The verbs of moderation: report, decide, act, undo, appeal."""
