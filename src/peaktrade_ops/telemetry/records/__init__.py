"""From blocks of lines to events: outcomes of lines, values of keys, times."""
