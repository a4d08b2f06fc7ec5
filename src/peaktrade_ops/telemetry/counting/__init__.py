"""Count events in tallies, which can be merged."""
