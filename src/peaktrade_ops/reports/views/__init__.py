"""The JSON as people read it: Markdown and pages. No view reads another."""
