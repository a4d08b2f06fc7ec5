"""Tests of `peaktrade_ops.serve.access`: the line of each request."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.serve.access import Handled, access_line

NOW = datetime(2025, 12, 21, 6, 0, 1, 999_999, tzinfo=UTC)


def line_of(method: str = "GET", target: str = "/") -> str:
    """Return the line of a request."""
    return access_line(Handled("127.0.0.1", method, target, 200, 1234, 0.0149), NOW)


def test_a_line_says_who_asked_for_what_and_what_it_got() -> None:
    """The line has the time, the client, the request, the status, the bytes and the time taken."""
    assert line_of(target="/latest") == (
        '2025-12-21T06:00:01Z 127.0.0.1 "GET /latest" 200 1234 15 ms'
    )


def test_a_request_that_cannot_be_understood_has_a_line_too() -> None:
    """What is not known is a dash."""
    assert '"- -"' in line_of("", "")


@given(st.text(st.characters(codec="latin-1")), st.text(st.characters(codec="latin-1")))
def test_no_request_can_forge_a_line(method: str, target: str) -> None:
    """The line has always the same fields, in visible ASCII, and a bounded length."""
    line = line_of(method, target)

    assert re.fullmatch(r'\S{20} \S+ "[!#-~]+ [!#-~]+" 200 1234 15 ms', line, re.ASCII)
    assert len(line) < 2000


def test_a_long_target_is_cut() -> None:
    """A target of many kilobytes does not fill the log."""
    assert line_of(target="/" + "a" * 9999).endswith('aaa..." 200 1234 15 ms')
    assert len(line_of(target="/" + "\xff" * 9999)) < 1000
