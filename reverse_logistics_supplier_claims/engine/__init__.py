"""Decisions about claims in plain Python: models gather facts, call these and write."""
