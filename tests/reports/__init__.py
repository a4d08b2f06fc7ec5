"""Test how reports are rendered and stored."""
