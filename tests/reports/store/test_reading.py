"""Tests of `peaktrade_ops.reports.store.reading`: a wrong file is unreadable, and never a crash."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from peaktrade_ops.reports.store.reading import (
    MOST_BYTES,
    BlockedError,
    UnreadableError,
    read_bytes,
    read_model,
)
from peaktrade_ops.stage1.models import Summary, to_json
from tests.support.artifacts import DAY, metrics, old_summary, summary
from tests.support.odd_files import ODD_FILES

if TYPE_CHECKING:
    from collections.abc import Callable

JSON = "2025-12-20_summary.json"


def document(**changes: object) -> dict[str, Any]:
    """Return a valid summary as a document, with changes by dotted path (`a__b` is `a.b`)."""
    whole: dict[str, Any] = json.loads(to_json(summary(metrics=metrics(critical_alerts=0))))
    for path, value in changes.items():
        *folders, name = path.split("__")
        place = whole
        for folder in folders:
            place = place[folder]
        place[name] = value
    return whole


# --- bytes ---------------------------------------------------------------------------------------


def test_a_regular_file_is_read(tmp_path: Path) -> None:
    """A regular file is read byte for byte."""
    (tmp_path / "file").write_bytes(b"\x00\xff\r\n")

    assert read_bytes(tmp_path / "file") == b"\x00\xff\r\n"


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    """A missing file raises an error of its own, not that of an unreadable file."""
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "none")


@pytest.mark.parametrize("make", ODD_FILES)
def test_what_is_no_regular_file_is_unreadable(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    """Links are not followed, pipes are not waited for, and no handle is left open."""
    make(tmp_path / "odd")
    handles = len(list(Path("/dev/fd").iterdir()))

    with pytest.raises(BlockedError, match=r"^(not a regular file|too large)$") as caught:
        read_bytes(tmp_path / "odd")

    assert caught.value.remedy.startswith("move it away")
    assert len(list(Path("/dev/fd").iterdir())) == handles


def test_the_largest_file_is_read(tmp_path: Path) -> None:
    """A file of exactly the largest size is read."""
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MOST_BYTES)

    assert len(read_bytes(tmp_path / "large")) == 64 * 2**20


@pytest.mark.usefixtures("unprivileged")
def test_a_file_without_permission_is_unreadable(tmp_path: Path) -> None:
    """The reason is the one of the operating system."""
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(0)

    with pytest.raises(BlockedError, match=r"^Permission denied$") as caught:
        read_bytes(tmp_path / "file")

    assert caught.value.remedy == "make it readable for this user"


def test_a_disk_that_fails_makes_a_file_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error during reading makes the file unreadable."""

    def broken(*_arguments: object, **_named: object) -> object:
        raise OSError(errno.EIO, "Input/output error")

    (tmp_path / "file").write_bytes(b"x")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdopen", broken)
        with pytest.raises(BlockedError, match="Input/output error"):
            read_bytes(tmp_path / "file")


# --- models --------------------------------------------------------------------------------------


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    """A stored model that is read is equal to the original."""
    (tmp_path / JSON).write_bytes(to_json(summary()))

    assert read_model(tmp_path / JSON, Summary) == summary()


WRONG_DOCUMENTS = {
    "empty": b"",
    "blank": b"\n",
    "cut short": to_json(summary())[:-30],
    "not UTF-8": to_json(summary()).replace(b"info", b"\xff\xfe"),
    "not JSON": b"{'schema_version': 1}",
    "an array": b"[]",
    "null": b"null",
    "NaN": to_json(summary()).replace(b'"new_alerts": 0', b'"new_alerts": NaN'),
    "infinity": to_json(summary()).replace(b'"new_alerts": 0', b'"new_alerts": Infinity'),
    "deep": b'{"notes": ' + b"[" * 100_000,
    "more behind": to_json(summary()) + b"{}",
    "byte order mark": b"\xef\xbb\xbf" + to_json(summary()),
    **{
        name: json.dumps(document(**{path: value})).encode()
        for name, (path, value) in {
            "another schema": ("schema_version", 2),
            "schema as text": ("schema_version", "1"),
            "schema as truth": ("schema_version", True),
            "no date": ("date", None),
            "date as number": ("date", 20251220),
            "date that is none": ("date", "2025-12-32"),
            "time without offset": ("created_at_utc", "2025-12-20T08:00:00"),
            "time that is none": ("created_at_utc", "now"),
            "time of another day": ("created_at_utc", "2025-12-21T08:00:00Z"),
            "time before all years": ("created_at_utc", "0001-01-01T00:00:00Z"),
            "time before all times": ("created_at_utc", "0001-01-01T00:00:00+05:00"),
            "time after all times": ("created_at_utc", "9999-12-31T23:59:59-05:00"),
            "negative count": ("metrics__new_alerts", -1),
            "count as fraction": ("metrics__critical_alerts", 0.5),
            "count as float": ("metrics__critical_alerts", 0.0),
            "count as text": ("metrics__parse_errors", "0"),
            "count as truth": ("metrics__parse_errors", False),
            "count that is null": ("metrics__critical_alerts", None),
            "count that cannot be": ("metrics__new_alerts", 2**63),
            "count of many digits": ("metrics__new_alerts", 10**400),
            "metrics that are none": ("metrics", []),
            "metrics that lack one": ("metrics", {"new_alerts": 0}),
            "longer window": ("window__start", "2025-12-19T07:59:59Z"),
            "shorter window": ("window__start", "2025-12-19T08:00:00.000001Z"),
            "another window": (
                "window",
                {"start": "2025-12-18T08:00:00Z", "end": "2025-12-19T08:00:00Z"},
            ),
            "window without end": ("window", {"start": "2025-12-19T08:00:00Z"}),
            "books that do not balance": ("coverage__lines", 2),
            "books that balance by debt": ("coverage__blank", -1),
            "more in the window than there is": ("coverage__in_window", 2),
            "completeness as text": ("coverage__complete", "true"),
            "23 hours": ("hourly", document()["hourly"][:23]),
            "25 hours": ("hourly", document()["hourly"] * 2),
            "line 0": ("rejected", [{"path": "a", "line": 0, "reason": "not JSON"}]),
            "notes as text": ("notes", "a note"),
        }.items()
    },
}


@pytest.mark.parametrize("data", WRONG_DOCUMENTS.values(), ids=WRONG_DOCUMENTS.keys())
def test_a_summary_that_is_wrong_inside_is_unreadable(tmp_path: Path, data: bytes) -> None:
    """A summary with wrong types, impossible numbers or inconsistent counts is unreadable."""
    (tmp_path / JSON).write_bytes(data)

    with pytest.raises(UnreadableError, match=r"^not a valid Summary: "):
        read_model(tmp_path / JSON, Summary)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(to_json(summary()), id="as written"),
        pytest.param(json.dumps(document()).encode(), id="on one line"),
        pytest.param(json.dumps(document(unknown={"a": [1]})).encode(), id="a new field"),
        pytest.param(json.dumps(document(metrics__new=1)).encode(), id="a new metric"),
        pytest.param(json.dumps(old_summary()).encode(), id="earlier scripts"),
        pytest.param(
            json.dumps(document(window=None, coverage=None)).encode(), id="null for absent"
        ),
        pytest.param(
            json.dumps(document(created_at_utc="2025-12-20T09:00:00+01:00")).encode(),
            id="another offset",
        ),
        pytest.param(json.dumps(document(metrics__new_alerts=2**63 - 1)).encode(), id="largest"),
    ],
)
def test_a_summary_that_is_right_is_read(tmp_path: Path, data: bytes) -> None:
    """A valid summary is read in any layout and with unknown fields."""
    (tmp_path / JSON).write_bytes(data)

    assert read_model(tmp_path / JSON, Summary).date == DAY
