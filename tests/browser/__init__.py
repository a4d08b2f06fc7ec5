"""Tests of the pages in a real browser; they have their own session and dependencies."""
