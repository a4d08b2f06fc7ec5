"""The pages in a real browser. They have a session and libraries of their own."""
