"""What the counts mean: models, days, policy, trend."""
