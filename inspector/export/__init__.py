"""A `Checkpoint` in, a new file out: re-map, cast, rename, select, convert. numpy, no Qt."""
