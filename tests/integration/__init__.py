"""Tests of the real image in real containers; they need a container engine."""
