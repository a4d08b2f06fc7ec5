"""What the program costs, as ratios to other programs that were measured in the same run.

`python -m benchmarks` runs them; docs/performance.md describes them.
"""
