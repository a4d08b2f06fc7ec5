"""The sample telemetry, and the program that writes it."""
