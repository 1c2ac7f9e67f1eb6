"""Measurements: `python -m bench [--quick] [section …]` prints one table. Nothing here is a test: a slow machine fails nobody."""
