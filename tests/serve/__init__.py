"""Tests of the view over HTTP."""
