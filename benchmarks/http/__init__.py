"""Benches over HTTP: whole stacks under load, side by side."""
