"""Tests of `peaktrade_ops.locations`."""

from __future__ import annotations

from pathlib import Path

import pytest

from peaktrade_ops.locations import Url, location_of


@pytest.mark.parametrize("text", ["s3://bucket", "S3://bucket/a b/../c", "git+ssh://host/x"])
def test_a_text_that_begins_like_a_url_is_one(text: str) -> None:
    """The protocol does not depend on case, and the rest is kept as it is."""
    assert location_of(text) == Url(text.partition(":")[0].lower(), text)


@pytest.mark.parametrize(
    "text", [".", "/srv/telemetry", "s3:/bucket", "s3://", "a/s3://bucket", "://x", "2x://y", ""]
)
def test_any_other_text_is_a_path(text: str) -> None:
    """A path of this machine may contain a colon."""
    assert location_of(text) == Path(text)


@pytest.mark.parametrize("text", ["file:///srv", "FILE://srv", "local://srv"])
def test_a_url_of_this_machine_is_refused(text: str) -> None:
    """Links, devices and inodes are known only for paths."""
    with pytest.raises(ValueError, match="by its path"):
        location_of(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("s3://bucket/a@b", "s3://bucket/a@b"),
        ("ftp://user:secret@host/a", "ftp://host/a"),
        ("ftp://user:sec@ret@host", "ftp://host"),
        ("https://host/a?token=secret#x", "https://host/a"),
    ],
)
def test_messages_show_a_url_without_secrets(text: str, shown: str) -> None:
    """A user, a password and a query are left out."""
    assert str(location_of(text)) == shown
