"""Numbers about tensors: elements, statistics, histograms, comparison. numpy, no Qt, no torch."""
