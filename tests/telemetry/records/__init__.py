"""Tests of `peaktrade_ops.telemetry.records`."""
