"""Test reports folders over many days: the verdict of each run after changes to the files."""
