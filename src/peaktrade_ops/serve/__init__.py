"""The state of a reports folder for other programs: metrics, and a read-only view over HTTP.

Only the view, `app` and `server`, needs the extra ``serve``.
"""
