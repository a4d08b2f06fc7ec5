"""Daily snapshots and a verdict from the telemetry of a Stage 1 dry run."""

# Also in `pyproject.toml`: to look it up in the installed package takes longer than the whole help.
__version__ = "0.1.0"
