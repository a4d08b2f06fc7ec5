"""Tests of `peaktrade_ops.diagnosis`, one file a module."""
