"""From events to tallies, which merge."""
