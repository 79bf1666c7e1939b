"""Bytes in, a `Checkpoint` out: one module per container, the pickle machine beneath them.

Imports `inspector.checkpoint` and the standard library alone. Nothing a file names is ever
imported or called here.
"""
