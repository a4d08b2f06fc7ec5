"""Print the first notice that somebody posts within a minute: ``receive.py PORT``."""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Receiver(BaseHTTPRequestHandler):
    """Print the JSON of a notice and accept it."""

    def do_POST(self) -> None:
        """Answer a notice."""
        notice = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()
        sys.stdout.write(json.dumps(notice, indent=2) + "\n")

    def log_message(self, *_: object) -> None:
        """Print nothing else."""


if __name__ == "__main__":
    with HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver) as server:
        server.timeout = 60
        server.handle_request()
