"""Read blocks of lines as events: outcomes of lines, values of keys, times."""
