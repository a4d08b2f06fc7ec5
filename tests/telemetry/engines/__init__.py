"""Tests of `peaktrade_ops.telemetry.engines`."""
