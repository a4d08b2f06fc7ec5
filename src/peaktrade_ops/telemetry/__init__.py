"""Turn telemetry files into a tally of counts; this package does not depend on reports."""
