"""How reports look and how they are kept."""
