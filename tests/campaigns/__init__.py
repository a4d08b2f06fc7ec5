"""Tests of the campaigns: a short one of each, and what they are made of."""
