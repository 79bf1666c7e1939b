"""What things are: tensors, storages, errors, limits, byte sources, cancelling.

This room imports the standard library alone. Every other room stands on it.
"""
