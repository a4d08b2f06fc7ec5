"""What the counts mean: from a tally to a summary, a trend and a verdict."""
