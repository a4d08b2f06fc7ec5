"""Test the meaning of the counts: models, days, policy, trend."""
