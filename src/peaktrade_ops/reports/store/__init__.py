"""The reports folder on disk: names, reading, index, check, publishing."""
