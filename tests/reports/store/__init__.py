"""Tests of `peaktrade_ops.reports.store`."""
