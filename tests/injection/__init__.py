"""Tests that nothing from outside can forge or break an output: one file for each kind."""
