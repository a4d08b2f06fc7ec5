"""Tests of `peaktrade_ops.telemetry.counting`."""
