"""Benchmarks: ratios against a plain loop, measured in one run."""
