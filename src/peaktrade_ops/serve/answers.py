"""Answers of the server: their bytes, and the headers that every one of them has."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from werkzeug.wrappers import Request

HTML: Final = "text/html; charset=utf-8"
JSON: Final = "application/json"
TEXT: Final = "text/plain; charset=utf-8"

HEADERS: Final = {
    "Cache-Control": "no-cache",
    # The pages set most of these headers themselves; a foreign file in the folder does not.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""The headers of every answer, also of an error."""

_LEAST_TO_PACK: Final = 1024
_PACKING: Final = 6


@dataclass(frozen=True)
class Answer:
    """What is answered, before it is known in which form the client takes it.

    There is no Last-Modified: a restored backup is newer than its files say, and a client that
    asked by time would keep the verdict of before.

    Attributes:
        data: The content.
        content_type: Its type.
        status: The status.
        is_tagged: Whether a client may keep it, and ask whether it is still so.
        refresh: The seconds after which a browser loads it again; 0 for never.
        varies: The headers of a request that it depends on.
        allow: The methods that are allowed instead of the one that was used.
        retry_after: The seconds after which it is worth to ask again; 0 if not known.
    """

    data: bytes
    content_type: str
    status: int = HTTPStatus.OK
    is_tagged: bool = False
    refresh: int = 0
    varies: tuple[str, ...] = ("Accept-Encoding",)
    allow: tuple[str, ...] = ()
    retry_after: int = 0

    @cached_property
    def tag(self) -> str:
        """The mark by which a client asks whether it is still so."""
        return hashlib.sha256(self.data).hexdigest()[:32]

    @cached_property
    def packed(self) -> bytes:
        """The content as gzip: the same bytes each time, without a time and a name."""
        return gzip.compress(self.data, _PACKING, mtime=0)

    def respond(self, request: Request) -> Response:
        """Return the response to a request: packed, whole or not at all, as its headers ask."""
        is_packed = len(self.data) >= _LEAST_TO_PACK and takes_gzip(request)
        data = self.packed if is_packed else self.data
        response = Response(data, self.status, content_type=self.content_type)
        if is_packed:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = ", ".join(self.varies)
        if self.refresh:
            # A header, so that the page has the same bytes as the file.
            response.headers["Refresh"] = str(self.refresh)
        if self.allow:
            response.headers["Allow"] = ", ".join(self.allow)
        if self.retry_after:
            response.headers["Retry-After"] = str(self.retry_after)
        if self.is_tagged:
            # Weak, because it is the same for the packed content.
            response.set_etag(self.tag, weak=True)
            # Without ranges: only the tag of a request counts.
            response.make_conditional(_conditions_of(request), accept_ranges=False)
            if response.status_code == HTTPStatus.PRECONDITION_FAILED:
                return line(HTTPStatus.PRECONDITION_FAILED).respond(request)
        response.headers.extend(HEADERS)
        return response


def takes_gzip(request: Request) -> bool:
    """Return whether a client says that it takes gzip, and not that it takes it not."""
    qualities = {name.lower(): quality for name, quality in request.accept_encodings}
    return qualities.get("gzip", qualities.get("*", 0)) > 0


def _conditions_of(request: Request) -> WSGIEnvironment:
    """Return the variables of a request without a condition that any content meets."""
    conditions = {**request.environ}
    if conditions.get("HTTP_IF_MATCH", "").strip() == "*":
        del conditions["HTTP_IF_MATCH"]
    return conditions


def document(content: object, status: int = HTTPStatus.OK) -> Answer:
    """Return JSON as an answer."""
    text = json.dumps(content, ensure_ascii=True, indent=2) + "\n"
    return Answer(text.encode(), JSON, status)


def problem(what: str, status: int = HTTPStatus.SERVICE_UNAVAILABLE) -> Answer:
    """Return the answer that something cannot be shown."""
    return document({"error": what}, status)


def line(status: HTTPStatus, more: str = "", *, allow: tuple[str, ...] = ()) -> Answer:
    """Return a line of text with a status as an answer."""
    text = f"{status.value} {more or status.phrase}\n"
    return Answer(text.encode(), TEXT, status, allow=allow)
