"""Reading a reports folder back: what cannot be trusted is unreadable, and never a crash."""

from __future__ import annotations

import errno
import json
import os
import socket
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peaktrade_ops.config import Policy
from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store import archive
from peaktrade_ops.reports.store.archive import (
    Archive,
    UnreadableError,
    has_report,
    read_bytes,
    read_day,
    read_model,
    stored_trend_end,
)
from peaktrade_ops.reports.store.changes import Stale
from peaktrade_ops.reports.store.index import build_index
from peaktrade_ops.stage1.day import day_of_summary, missing_day
from peaktrade_ops.stage1.models import Summary, to_json
from peaktrade_ops.stage1.old_markdown import day_of_old_markdown
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.window import window_until
from tests.support.artifacts import (
    DAY,
    END,
    coverage,
    metrics,
    old_markdown,
    old_summary,
    quiet_days,
    summary,
)
from tests.support.examples import examples

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

JSON = "2025-12-20_summary.json"
MARKDOWN = "2025-12-20_snapshot.md"


def document(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
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
    """All bytes come back as they are."""
    (tmp_path / "file").write_bytes(b"\x00\xff\r\n")

    assert read_bytes(tmp_path / "file") == b"\x00\xff\r\n"


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    """Nothing is something else than something unreadable."""
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "none")


def make_link(path: Path) -> None:
    """Make a link to a file that could be read."""
    target = path.with_name("target")
    target.write_bytes(to_json(summary()))
    path.symlink_to(target)


def make_broken_link(path: Path) -> None:
    """Make a link to nothing."""
    path.symlink_to("nothing")


def make_circle(path: Path) -> None:
    """Make a link to itself."""
    path.symlink_to(path.name)


def make_socket(path: Path) -> None:
    """Make a socket that nobody listens on."""
    with socket.socket(socket.AF_UNIX) as made, pytest.MonkeyPatch.context() as patch:
        # The path of a socket must be short.
        patch.chdir(path.parent)
        made.bind(path.name)


def make_large(path: Path) -> None:
    """Make a file that is a byte too large; it takes no room on the disk."""
    with path.open("wb") as file:
        file.truncate(archive.MOST_BYTES + 1)


ODD_FILES = [
    pytest.param(os.mkfifo, id="pipe"),
    pytest.param(make_link, id="link"),
    pytest.param(make_broken_link, id="broken link"),
    pytest.param(make_circle, id="circle"),
    pytest.param(make_socket, id="socket"),
    pytest.param(make_large, id="too large"),
    pytest.param(os.mkdir, id="folder"),
]


@pytest.mark.parametrize("make", ODD_FILES)
def test_what_is_no_regular_file_is_unreadable(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    """Links are not followed, pipes are not waited for, and no handle is left open."""
    make(tmp_path / "odd")
    handles = len(os.listdir("/dev/fd"))  # noqa: PTH208 (counted, not used)

    with pytest.raises(UnreadableError):
        read_bytes(tmp_path / "odd")

    assert len(os.listdir("/dev/fd")) == handles  # noqa: PTH208


def test_the_largest_file_is_read(tmp_path: Path) -> None:
    """The limit itself is allowed."""
    with (tmp_path / "large").open("wb") as file:
        file.truncate(archive.MOST_BYTES)

    assert len(read_bytes(tmp_path / "large")) == 64 * 2**20


@pytest.mark.usefixtures("unprivileged")
def test_a_file_without_permission_is_unreadable(tmp_path: Path) -> None:
    """The reason is the one of the operating system."""
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(0)

    with pytest.raises(UnreadableError, match=r"^Permission denied$"):
        read_bytes(tmp_path / "file")


def test_a_disk_that_fails_makes_a_file_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error in the middle of reading is one of the file, not of the program."""

    def broken(*_arguments: object, **_named: object) -> object:
        raise OSError(errno.EIO, "Input/output error")

    (tmp_path / "file").write_bytes(b"x")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdopen", broken)
        with pytest.raises(UnreadableError, match="Input/output error"):
            read_bytes(tmp_path / "file")


# --- models --------------------------------------------------------------------------------------


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    """A model that is written and read is the same model."""
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
    """Wrong types, impossible numbers and books that do not balance: none is guessed at."""
    (tmp_path / JSON).write_bytes(data)

    with pytest.raises(UnreadableError, match=r"^not a valid Summary: "):
        read_model(tmp_path / JSON, Summary)
    assert read_day(tmp_path, DAY).state == "unreadable"


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
    """How it is laid out, and what a later version adds, makes no difference."""
    (tmp_path / JSON).write_bytes(data)

    assert read_day(tmp_path, DAY).state == "ok"


# --- days ----------------------------------------------------------------------------------------


def test_a_day_without_a_file_is_missing(tmp_path: Path) -> None:
    """Neither file: the day is missing; so it is in a folder that is not there."""
    assert read_day(tmp_path, DAY) == missing_day(DAY)
    assert read_day(tmp_path / "none", DAY) == missing_day(DAY)


def test_a_day_is_read_from_its_summary(tmp_path: Path) -> None:
    """The JSON is the truth: the Markdown beside it is not looked at."""
    (tmp_path / JSON).write_bytes(to_json(summary(metrics=metrics(new_alerts=4))))
    (tmp_path / MARKDOWN).write_text(old_markdown(new_alerts="**99**"))

    assert read_day(tmp_path, DAY) == day_of_summary(summary(metrics=metrics(new_alerts=4)))


def test_a_day_is_read_from_old_markdown_where_there_is_no_summary(tmp_path: Path) -> None:
    """The earlier scripts wrote no JSON at first."""
    (tmp_path / MARKDOWN).write_text(old_markdown())

    day = read_day(tmp_path, DAY)

    assert day == day_of_old_markdown(DAY, old_markdown())
    assert (day.new_alerts, day.critical_alerts, day.state) == (2, 1, "ok")


@pytest.mark.parametrize("make", ODD_FILES)
@pytest.mark.parametrize("name", [JSON, MARKDOWN])
def test_a_report_that_is_no_regular_file_makes_the_day_unreadable(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    """A pipe, a folder, a link or a huge file in the place of a report is never quiet."""
    make(tmp_path / name)

    assert read_day(tmp_path, DAY).state == "unreadable"


@pytest.mark.parametrize("make", ODD_FILES)
def test_an_unreadable_summary_is_not_made_good_by_markdown(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    """Two reports of which one is broken do not say what happened."""
    make(tmp_path / JSON)
    (tmp_path / MARKDOWN).write_text(old_markdown(severities="[('info', 7)]"))

    assert read_day(tmp_path, DAY).state == "unreadable"


def test_the_summary_of_another_day_is_unreadable(tmp_path: Path) -> None:
    """A quiet day that was copied over another one does not speak for it."""
    (tmp_path / JSON).write_bytes(to_json(summary(END - timedelta(days=1))))

    assert read_day(tmp_path, DAY).state == "unreadable"


@pytest.mark.parametrize(
    "data", [b"", b"# report\n", b"\xff\xfe", old_markdown().encode("utf-16"), b"\x00" * 1000]
)
def test_markdown_that_says_nothing_is_unreadable(tmp_path: Path, data: bytes) -> None:
    """A report that does not say how many critical alerts there were is no quiet day."""
    (tmp_path / MARKDOWN).write_bytes(data)

    assert read_day(tmp_path, DAY).state == "unreadable"


@pytest.mark.usefixtures("unprivileged")
@pytest.mark.parametrize("name", [JSON, MARKDOWN])
def test_a_report_without_permission_makes_the_day_unreadable(tmp_path: Path, name: str) -> None:
    """What may not be read is not missing."""
    (tmp_path / name).touch()
    (tmp_path / name).chmod(0)

    assert read_day(tmp_path, DAY).state == "unreadable"


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_without_permission_makes_every_day_unreadable(tmp_path: Path) -> None:
    """A folder that may not be looked into is not an empty one."""
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0)

    state = read_day(folder, DAY).state
    folder.chmod(0o700)

    assert state == "unreadable"


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda at, damage: to_json(summary())[:at] + damage + to_json(summary())[at + 1 :],
            st.integers(0, len(to_json(summary()))),
            st.binary(max_size=3),
        ),
    )
)
def test_reading_a_day_never_fails(tmp_path: Path, data: bytes) -> None:
    """Whatever bytes stand in a report, the day has a state."""
    for name in (JSON, MARKDOWN):
        (tmp_path / name).unlink(missing_ok=True)
        (tmp_path / name).write_bytes(data)
        assert read_day(tmp_path, DAY).state in {"ok", "empty", "incomplete", "unreadable"}


def test_coverage_decides_about_empty_and_incomplete_days(tmp_path: Path) -> None:
    """The states of a day come from its coverage."""
    nothing = coverage(in_window=0)
    (tmp_path / JSON).write_bytes(to_json(summary(coverage=nothing)))
    assert read_day(tmp_path, DAY).state == "empty"

    (tmp_path / JSON).write_bytes(to_json(summary(coverage=coverage(complete=False))))
    assert read_day(tmp_path, DAY).state == "incomplete"


@pytest.mark.parametrize("name", [JSON, MARKDOWN])
def test_a_report_of_either_kind_is_a_report(tmp_path: Path, name: str) -> None:
    """A day that has a report is not made again, whoever wrote it and whatever is in it."""
    assert not has_report(tmp_path, DAY)

    (tmp_path / name).symlink_to("nothing")

    assert has_report(tmp_path, DAY)
    assert not has_report(tmp_path, DAY - timedelta(days=1))


# --- the stored trend ----------------------------------------------------------------------------


def test_the_stored_trend_says_its_last_day(tmp_path: Path) -> None:
    """The end of the stored range is what a new trend is compared with."""
    made = build_trend(quiet_days(), window=window_until(END), config=Config())
    (tmp_path / "stage1_trend.json").write_bytes(to_json(made))

    assert stored_trend_end(tmp_path) == DAY


@pytest.mark.parametrize("data", [None, b"", b"{}", b'{"schema_version": 1}', b"\xff"])
def test_a_trend_that_cannot_be_read_is_none(tmp_path: Path, data: bytes | None) -> None:
    """A broken trend is replaced, not kept for ever."""
    if data is not None:
        (tmp_path / "stage1_trend.json").write_bytes(data)

    assert stored_trend_end(tmp_path) is None


def test_a_folder_in_the_place_of_the_trend_is_none(tmp_path: Path) -> None:
    """Whatever stands there, asking does not fail."""
    (tmp_path / "stage1_trend.json").mkdir()

    assert stored_trend_end(tmp_path) is None


def test_an_old_day_has_the_window_before_it_was_made(tmp_path: Path) -> None:
    """Files of the earlier scripts have no window: it is the 24 hours before their time."""
    (tmp_path / JSON).write_text(json.dumps(old_summary()))

    day = read_day(tmp_path, DAY)

    assert day.end == datetime(2025, 12, 20, 8, 0, 0, 123456, tzinfo=UTC)
    assert day.start == datetime(2025, 12, 19, 8, 0, 0, 123456, tzinfo=UTC)
    assert day.date == date(2025, 12, 20)


# --- the folder as a whole -----------------------------------------------------------------------

YESTERDAY = DAY - timedelta(days=1)
OTHER = "2025-12-19_summary.json"
OLD = "2025-12-18_snapshot.md"
TREND = "stage1_trend.json"


def listed(folder: Path) -> None:
    """Write the index of a folder as it is."""
    (folder / "index.json").write_bytes(to_json(build_index(folder, {})))


def test_dates_are_those_of_artifacts_in_order(tmp_path: Path) -> None:
    """Of whatever kind, and whatever is in it: a page alone must say that it has lost its files."""
    for name in (
        "2025-12-20_summary.json",
        "2025-12-20_snapshot.html",
        "2025-12-18_snapshot.md",
        "2025-12-17_snapshot.html",
        "2025-13-01_summary.json",
        "index.html",
        "notes.txt",
    ):
        (tmp_path / name).touch()
    (tmp_path / OTHER).mkdir()
    made = Archive(tmp_path)
    made.overlay({"2025-12-21_summary.json": to_json(summary(END + timedelta(days=1)))})

    assert made.dates == [date(2025, 12, day) for day in (17, 18, 19, 20, 21)]
    assert {"2025-12-21_summary.json", "notes.txt"} <= made.names


def test_what_is_about_to_be_written_counts_before_it_is(tmp_path: Path) -> None:
    """A fresh artifact stands in for the stored one, which is not looked at any more."""
    (tmp_path / JSON).write_bytes(to_json(summary()))
    made = Archive(tmp_path)
    assert made.summary(DAY) == summary()
    assert made.day(DAY).new_alerts == 0
    assert made.trend() is None
    trend = build_trend(quiet_days(), window=window_until(END), config=Config())

    made.overlay({JSON: to_json(summary(metrics=metrics(new_alerts=4))), TREND: to_json(trend)})

    assert made.day(DAY).new_alerts == 4
    assert made.summary(DAY) == summary(metrics=metrics(new_alerts=4))
    assert made.trend() == trend
    assert made.day(YESTERDAY) == missing_day(YESTERDAY)


def test_what_has_been_read_is_kept(tmp_path: Path) -> None:
    """One step sees one state of a day, however often it asks."""
    (tmp_path / JSON).write_bytes(to_json(summary()))
    (tmp_path / OTHER).write_bytes(b"{")
    made = Archive(tmp_path)
    first = (made.day(DAY), made.day(YESTERDAY), made.dates)
    assert made.readable_summary(YESTERDAY) is None
    for name in (JSON, OTHER):
        (tmp_path / name).unlink()

    assert (made.day(DAY), made.day(YESTERDAY), made.dates) == first
    assert made.summary(DAY) == summary()
    with pytest.raises(UnreadableError, match="not a valid Summary"):
        made.summary(YESTERDAY)


def test_a_summary_of_another_day_is_none_of_this(tmp_path: Path) -> None:
    """A copy under another name has no page of its own."""
    (tmp_path / OTHER).write_bytes(to_json(summary()))
    made = Archive(tmp_path)

    with pytest.raises(UnreadableError, match="is the summary of another day"):
        made.summary(YESTERDAY)
    assert made.readable_summary(YESTERDAY) is None
    assert made.day(YESTERDAY).state == "unreadable"
    assert made.readable_summary(DAY) is None
    assert made.summary(DAY) is None


def test_a_trend_that_cannot_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    """It is not the same as none."""
    (tmp_path / TREND).write_bytes(b"{}")

    with pytest.raises(UnreadableError, match="not a valid Trend"):
        Archive(tmp_path).trend()


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """The message says which, and what to check."""
    with pytest.raises(ReportsError, match=r"none cannot be read: No such file.*--reports-root"):
        _ = Archive(tmp_path / "none").dates


def test_what_the_index_lists_is_not_stale(tmp_path: Path) -> None:
    """The index is written after the views, so that what it lists has the right ones."""
    for name in (JSON, "2025-12-20_snapshot.html", "2025-12-20_snapshot.md", OLD):
        (tmp_path / name).write_bytes(to_json(summary()))
    (tmp_path / OLD.replace(".md", ".html")).touch()
    listed(tmp_path)
    made = Archive(tmp_path)

    assert made.stale() == Stale(texts=[], pages=[], trend_text=True)


@pytest.mark.parametrize("index", [None, b"", b"{}"])
def test_without_an_index_everything_is_stale(tmp_path: Path, index: bytes | None) -> None:
    """A folder that nothing is known of is made from the ground up."""
    for name in (JSON, "2025-12-20_snapshot.html", "2025-12-20_snapshot.md"):
        (tmp_path / name).write_bytes(to_json(summary()))
    if index is not None:
        (tmp_path / "index.json").write_bytes(index)

    assert Archive(tmp_path).stale() == Stale(texts=[DAY], pages=[DAY], trend_text=True)


def test_a_day_that_cannot_be_read_any_more_is_stale(tmp_path: Path) -> None:
    """A pipe in the place of a report that the index lists is another one."""
    for name in (JSON, "2025-12-20_snapshot.html", "2025-12-20_snapshot.md"):
        (tmp_path / name).write_bytes(to_json(summary()))
    listed(tmp_path)
    (tmp_path / JSON).unlink()
    os.mkfifo(tmp_path / JSON)

    assert Archive(tmp_path).stale().pages == [DAY]


def test_only_markdown_without_json_is_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages and the Markdown beside a summary are views, which are never read."""
    for name in (JSON, "2025-12-20_snapshot.html", "2025-12-20_snapshot.md", OLD):
        (tmp_path / name).write_bytes(b"{}")
    read: list[str] = []

    def watched(path: Path) -> bytes:
        read.append(path.name)
        return b"{}"

    monkeypatch.setattr(archive, "read_bytes", watched)
    Archive(tmp_path).stale()

    assert sorted(read) == ["2025-12-18_snapshot.md", JSON, "index.json"]
