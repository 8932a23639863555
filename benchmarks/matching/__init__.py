"""How fast published keys are matched with what a phone heard; `python -m benchmarks.matching`."""
