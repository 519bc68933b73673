"""Pages: to report, to read what was decided, and those of moderators."""
