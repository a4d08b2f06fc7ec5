"""The views and the storage of reports: from models to text, to bytes, to disk."""
