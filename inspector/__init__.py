"""Checkpoint Inspector: see, measure, compare and re-map PyTorch checkpoints without running them.

    from inspector import open_checkpoint, summarize, compare, export_checkpoint, CheckpointError

Importing this package imports neither Qt, numpy nor torch; numpy comes with the first number.
"""
