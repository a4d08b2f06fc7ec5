"""Tests of `peaktrade_ops.serve.answers`: the forms in which a client takes an answer."""

from __future__ import annotations

import gzip
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request

from peaktrade_ops.serve.answers import HEADERS, HTML, TEXT, Answer, line, problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from werkzeug.test import TestResponse

LONG = Answer(b"a page " * 1000, HTML, is_tagged=True)


def respond(answer: Answer = LONG, **headers: str) -> TestResponse:
    """Return the response to a request with these headers."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return answer.respond(Request(environ))(environ, start_response)

    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client(application).get("/", headers=named)


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip", True),
        ("GZip;q=0.1", True),
        ("deflate, gzip, br", True),
        ("*", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("br, deflate", False),
        ("gzippy", False),
        (",;=q\x00", False),
    ],
)
def test_only_who_takes_gzip_gets_it(accepted: str, *, is_packed: bool) -> None:
    """The content is the same, and the header says in which form it is."""
    response = respond(Accept_Encoding=accepted)

    assert (response.headers.get("Content-Encoding") == "gzip") is is_packed
    data = gzip.decompress(response.data) if is_packed else response.data
    assert data == LONG.data
    assert response.headers["Content-Length"] == str(len(response.data))
    assert response.headers["Vary"] == "Accept-Encoding"


def test_a_short_answer_is_not_packed() -> None:
    """Packing a line makes it longer."""
    response = respond(line(HTTPStatus.NOT_FOUND), Accept_Encoding="gzip")

    assert (response.data, "Content-Encoding" in response.headers) == (b"404 Not Found\n", False)


@pytest.mark.parametrize("accepted", ["", "gzip"])
def test_a_tag_is_of_the_content_and_not_of_its_form(accepted: str) -> None:
    """A client that has the content in any form need not take it again."""
    tag = respond().headers["ETag"]
    again = respond(If_None_Match=f'"other", {tag}', Accept_Encoding=accepted)

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert again.headers["Vary"] == "Accept-Encoding"
    assert {"Content-Length", "Content-Encoding"}.isdisjoint(again.headers.keys())
    assert respond(If_None_Match='W/"other"').status_code == 200
    assert respond(Answer(LONG.data + b" ", HTML, is_tagged=True), If_None_Match=tag).data


def test_no_time_and_no_range_counts() -> None:
    """A restored backup is newer than its files say: only the content tells what is unchanged."""
    response = respond(
        If_Modified_Since="Fri, 31 Dec 9999 23:59:59 GMT", Range="bytes=0-1", If_Range='"x"'
    )

    assert (response.status_code, response.data) == (200, LONG.data)
    assert "Last-Modified" not in response.headers


def test_a_condition_that_is_not_met_gets_a_line_and_not_the_page() -> None:
    """A weak tag never matches for certain; any content is what `*` asks for."""
    tag = respond().headers["ETag"]
    failed = respond(If_Match=tag)

    assert (failed.status_code, failed.data) == (412, b"412 Precondition Failed\n")
    assert HEADERS.items() <= dict(failed.headers).items()
    assert "ETag" not in failed.headers
    assert respond(If_Match="*").data == LONG.data
    assert respond(If_Match="*", If_None_Match=tag).status_code == 304


def test_what_is_not_tagged_is_always_sent() -> None:
    """An error is no content that a client keeps."""
    response = respond(problem("no"), If_None_Match="*")

    assert (response.status_code, "ETag" in response.headers) == (503, False)


def test_every_answer_has_the_same_headers() -> None:
    """They forbid scripts, frames, guessing of types, and use by other pages."""
    for response in (respond(), respond(If_None_Match="*"), respond(line(HTTPStatus.NOT_FOUND))):
        assert HEADERS.items() <= dict(response.headers).items()
    assert "script-src" not in HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in HEADERS["Content-Security-Policy"]


def test_an_answer_can_say_when_to_ask_again_and_how() -> None:
    """Headers of an answer are of it alone."""
    response = respond(Answer(b"x", TEXT, 503, refresh=7, retry_after=3, allow=("GET", "HEAD")))

    assert response.headers["Retry-After"] == "3"
    assert response.headers["Refresh"] == "7"
    assert response.headers["Allow"] == "GET, HEAD"
    assert {"Retry-After", "Refresh", "Allow"}.isdisjoint(respond().headers.keys())
