"""Tests of `peaktrade_ops.telemetry.files`."""
