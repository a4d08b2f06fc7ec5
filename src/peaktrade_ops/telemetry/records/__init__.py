"""Blocks of lines become events: outcomes of lines, values of keys, times."""
