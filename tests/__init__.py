"""Tests of the telemetry reports."""
