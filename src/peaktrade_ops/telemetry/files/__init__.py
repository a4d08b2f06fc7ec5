"""Find the files to scan, and read them as blocks of whole lines."""
