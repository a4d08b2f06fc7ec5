"""From folders to blocks of whole lines: which files are scanned, and how they are read."""
