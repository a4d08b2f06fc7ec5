"""Sample telemetry, and the program that makes it."""
