"""A read-only view of a reports folder over HTTP: an extra of its own, not needed for reports."""
