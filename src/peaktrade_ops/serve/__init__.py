"""A read-only view of a reports folder over HTTP, installed by the extra ``serve``."""
