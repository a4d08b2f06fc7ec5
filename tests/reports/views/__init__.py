"""Tests of `peaktrade_ops.reports.views.render`."""
