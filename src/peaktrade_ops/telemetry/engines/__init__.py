"""Scan parts of files, in this process or in several worker processes."""
