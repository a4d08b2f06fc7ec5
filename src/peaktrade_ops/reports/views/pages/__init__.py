"""Models as pages: pure functions from a model to one self-contained HTML file."""
