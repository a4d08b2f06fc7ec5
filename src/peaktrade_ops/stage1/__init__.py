"""Turn a tally into a summary, a trend and a verdict."""
