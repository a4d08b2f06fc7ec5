"""Tests of `peaktrade_ops.telemetry`, one file for each of its modules."""
