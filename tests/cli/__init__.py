"""The command line, as a user, a script or another program meets it."""
