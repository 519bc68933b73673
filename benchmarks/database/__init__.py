"""Benches of many rows: what a backlog, an inbox, a feed or a following costs when it is large."""
