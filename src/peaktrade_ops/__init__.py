"""Daily snapshots and a verdict from the telemetry of a Stage 1 dry run."""
