"""Lives of reports folders: what runs say day after day, whatever happens to the files."""
