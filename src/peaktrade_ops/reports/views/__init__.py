"""The views of the JSON for people: Markdown and pages. No view reads another."""
