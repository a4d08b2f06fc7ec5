"""How reports look and how they are kept: models to text, to bytes, to disk."""
