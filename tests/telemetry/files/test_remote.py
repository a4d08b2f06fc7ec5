"""Tests of `peaktrade_ops.telemetry.files.remote`, with a stand-in for fsspec and its drivers."""

from __future__ import annotations

import pickle
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.errors import TelemetryError
from peaktrade_ops.locations import Url
from peaktrade_ops.telemetry.files.reader import ReadProblemError, read_range
from peaktrade_ops.telemetry.files.reasons import CHANGED, NOT_READABLE
from peaktrade_ops.telemetry.files.remote import RemoteFile, RemoteStore
from peaktrade_ops.telemetry.files.store import Identity, Kind
from peaktrade_ops.telemetry.files.walk import discover
from tests.support.drivers import URL, MemoryObject, MemorySystem, install, system_of, without_cache
from tests.support.scanning import search_for

if TYPE_CHECKING:
    from peaktrade_ops.telemetry.files.search import Discovery

ROOT = "bucket/root"
WRITTEN = datetime(2025, 12, 19, 12, 0, 0, 250_000, UTC)
SECOND_NS = int(WRITTEN.timestamp()) * 10**9
FACTS: dict[str, object] = {"ETag": '"abc"', "LastModified": WRITTEN}
LINE = b'{"ts":"2025-12-19T12:00:00Z"}\n'

forgets_drivers = pytest.fixture(autouse=True)(without_cache)


def found_in(store: RemoteStore) -> Discovery:
    """Find the telemetry of a store."""
    return discover(URL, search_for(), max_files=0, store=store)


def test_the_files_below_a_url_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are relative to the URL, and the size and time are those of the objects."""
    system = system_of({"telemetry/a.jsonl": LINE, "obs/b/c.jsonl": LINE * 2}, **FACTS)
    found = found_in(install(monkeypatch, system))

    assert [(each.path, each.size, each.modified_ns) for each in found.sources] == [
        ("obs/b/c.jsonl", 2 * len(LINE), SECOND_NS),
        ("telemetry/a.jsonl", len(LINE), SECOND_NS),
    ]
    assert found.left_out == []


def test_keys_that_no_path_can_name_are_left_out_as_not_readable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The walk ends, no other folder is entered, and each of these keys counts as a candidate."""
    keys = ["..", "../up.jsonl", "./dot.jsonl", "/empty.jsonl", "/", "telemetry//x.jsonl"]
    plain = ["telemetry/a.jsonl", "telemetry/new\nline.jsonl", "telemetry/a.jsonl/b.jsonl"]
    found = found_in(install(monkeypatch, system_of(dict.fromkeys(keys + plain, LINE), **FACTS)))

    assert [each.path for each in found.sources] == sorted(plain)
    assert {(each.path, each.reason) for each in found.left_out} == {
        ("..", NOT_READABLE),
        (".", NOT_READABLE),
        ("(no name)", NOT_READABLE),
        ("telemetry/(no name)", NOT_READABLE),
    }
    assert found.candidates == len(plain) + len(found.left_out)


@given(st.lists(st.text("./\na", min_size=1, max_size=6).map("telemetry/{}.jsonl".format)))
def test_any_keys_are_found_or_left_out(keys: list[str]) -> None:
    """A key is never lost, and none is found twice."""
    with pytest.MonkeyPatch.context() as patch:
        keys = [*keys, "telemetry/plain.jsonl"]
        found = found_in(install(patch, system_of(dict.fromkeys(keys, LINE), **FACTS)))

    paths = [each.path for each in found.sources]
    assert len(paths) == len(set(paths))
    left_out = [each.path.removesuffix("(no name)") for each in found.left_out]
    assert all(key in paths or any(map(key.startswith, left_out)) for key in keys)


def test_an_empty_object_that_marks_a_folder_is_no_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Consoles of object stores write such objects to show an empty folder."""
    store = install(monkeypatch, system_of({"": b"", "telemetry/": b""}, **FACTS))

    assert store.list_folder(ROOT) == [("telemetry", f"{ROOT}/telemetry", Kind.FOLDER, 0)]
    assert store.list_folder(f"{ROOT}/telemetry") == []


def test_a_copy_of_a_store_has_only_its_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store can be sent to another process, which makes its own connections."""
    store = install(monkeypatch, system_of({"a.jsonl": LINE}, **FACTS))
    store.list_folder(ROOT)

    copy: RemoteStore = pickle.loads(pickle.dumps(store))  # noqa: S301 (our own bytes)

    assert vars(copy) == {"_url": URL, "_listed": {}}
    assert copy.open_file(f"{ROOT}/a.jsonl").read_at(0, 99) == LINE


def identity(monkeypatch: pytest.MonkeyPatch, **facts: object) -> Identity:
    """Return the identity of an object about which a driver tells these facts."""
    return install(monkeypatch, system_of({"a": LINE}, **facts)).identity(f"{ROOT}/a")


@pytest.mark.parametrize("key", ["ETag", "etag", "generation", "VersionId"])
def test_a_tag_or_version_is_part_of_the_identity(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """An object that was written again is another file, and an unchanged one can be known."""
    one, same, other = (identity(monkeypatch, **{key: tag}) for tag in ('"1"', "1", "2"))

    assert one == same
    assert one.file != other.file
    assert one.changed_ns == 1


@pytest.mark.parametrize("facts", [{}, {"ETag": 'W/"1"'}, {"ETag": ""}], ids=str)
def test_without_a_tag_no_object_is_known_to_be_unchanged(
    monkeypatch: pytest.MonkeyPatch, facts: dict[str, object]
) -> None:
    """A weak tag says nothing about bytes."""
    found = identity(monkeypatch, mtime=1_000, **facts)

    assert (found.changed_ns, found.modified_ns) == (0, 1_000 * 10**9)
    assert found.file == identity(monkeypatch, **facts).file


def test_the_identity_is_never_one_of_the_local_file_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A local folder of reports cannot be taken for a folder of a store."""
    assert identity(monkeypatch, **FACTS).device < 0


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (WRITTEN, SECOND_NS // 10**9),
        (WRITTEN.replace(tzinfo=None), SECOND_NS // 10**9),
        (WRITTEN.isoformat(), SECOND_NS // 10**9),
        (17.9, 17),
        ("yesterday", 0),
        ((1, 2), 0),
        (float("inf"), 0),
    ],
    ids=str,
)
def test_times_are_whole_seconds_and_unknown_ones_are_none(
    monkeypatch: pytest.MonkeyPatch, told: object, seconds: int
) -> None:
    """A listing may tell more digits than a question about one object."""
    assert identity(monkeypatch, last_modified=told).modified_ns == seconds * 10**9


def test_a_listing_saves_one_question_for_each_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it tells is used once; later questions are asked again."""
    system = system_of({"a": LINE}, **FACTS)
    store = install(monkeypatch, system)
    store.list_folder(ROOT)
    system.objects.clear()

    assert store.identity(f"{ROOT}/a").size == len(LINE)
    with pytest.raises(FileNotFoundError):
        store.identity(f"{ROOT}/a")


def test_a_driver_that_reads_a_name_in_its_own_way_cannot_read_that_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It would read another object."""
    system = system_of({"telemetry/a.jsonl": LINE}, **FACTS)
    monkeypatch.setattr(
        system, "info", lambda _self, _location: {"name": f"{ROOT}/b", "type": "file", "size": 1}
    )
    found = found_in(install(monkeypatch, system))

    assert [(each.path, each.reason) for each in found.left_out] == [
        ("telemetry/a.jsonl", NOT_READABLE)
    ]


@pytest.mark.parametrize("change", ["written again", "removed"])
def test_an_object_that_changes_during_the_scan_is_noticed(
    monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """Its bytes are never mixed with those of its successor."""
    system = system_of({"telemetry/a.jsonl": LINE * 10_000}, **FACTS)
    store = install(monkeypatch, system)
    [source] = found_in(store).sources
    pieces = read_range(source, 0, source.size, 10**6, store)
    system.objects.clear()
    if change == "written again":
        system.objects[source.location] = LINE.upper() * 10_000
        system.facts = FACTS | {"ETag": "2"}

    with pytest.raises(ReadProblemError) as caught:
        list(pieces)
    assert caught.value.reason == CHANGED


def test_errors_of_a_driver_are_errors_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drivers raise errors of their own types."""
    system = system_of({"telemetry/a.jsonl": LINE}, **FACTS)
    store = install(monkeypatch, system)
    [source] = found_in(store).sources
    file = store.open_file(source.location)
    system.failure = RuntimeError("the cable was cut")

    for access in (
        lambda: file.read_at(0, 1),
        lambda: store.identity(source.location),
        lambda: store.list_folder(ROOT),
        lambda: store.open_file(source.location),
    ):
        with pytest.raises(OSError, match="the cable was cut"):
            access()


def problem(store: RemoteStore) -> str:
    """Return the error of a root that cannot be used."""
    with pytest.raises(TelemetryError) as caught:
        found_in(store)
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (PermissionError("x"), "permission denied"),
        (FileNotFoundError("x"), "no such bucket or folder"),
        (RuntimeError("no credentials\nhere"), "no credentials"),
        (RuntimeError(), "RuntimeError"),
    ],
    ids=repr,
)
def test_a_root_that_cannot_be_listed_is_an_error(
    monkeypatch: pytest.MonkeyPatch, failure: Exception, reason: str
) -> None:
    """It is one line with the URL, the reason and what to check."""
    system = system_of({})
    system.failure = failure
    text = problem(install(monkeypatch, system))

    assert text.startswith(f"telemetry at mem://bucket/root cannot be read: {reason}; check ")
    assert "PEAK_TELEMETRY_DIR" in text


def test_a_url_of_an_object_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A root is a folder."""
    system = system_of({})
    system.objects[ROOT] = LINE

    assert "is a single file; give the folder" in problem(install(monkeypatch, system))


def test_a_driver_that_is_not_installed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the command that installs the drivers."""
    install(monkeypatch, system_of({}))

    text = problem(RemoteStore(Url("gs", "gs://user:secret@bucket")))

    assert text.startswith("telemetry at gs://bucket cannot be read: the driver of gs:// is not")
    assert "pip install 'peaktrade-ops[cluster]'" in text


def test_without_the_extra_a_url_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the command that installs it."""
    monkeypatch.setitem(sys.modules, "fsspec", None)

    text = problem(RemoteStore(URL))

    assert "the driver for URLs is not installed; pip install 'peaktrade-ops[cluster]'" in text


def test_an_object_is_read_in_few_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A beginning takes a small request, a whole object few large ones, and no byte comes twice."""
    size = 9 * 2**20
    system = system_of({"a": bytes(size)}, **FACTS)
    file = install(monkeypatch, system).open_file(f"{ROOT}/a")
    assert file.read_at(0, 6) == bytes(6)
    assert system.requests == [(0, 2**16)]

    position = 0
    while data := file.read_at(position, 2**19):
        position += len(data)

    assert position == size
    assert len(system.requests) <= 10
    assert sum(end - start for start, end in system.requests) == size


@given(
    data=st.binary(max_size=300),
    reads=st.lists(st.tuples(st.integers(0, 310), st.integers(1, 320)), max_size=8),
    first=st.integers(1, 64),
)
def test_reads_at_any_position_give_the_bytes_there(
    data: bytes, reads: list[tuple[int, int]], first: int
) -> None:
    """A read gives at least one byte before the end, and only bytes of its range."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("peaktrade_ops.telemetry.files.remote._FIRST_BYTES", first)
        patch.setattr("peaktrade_ops.telemetry.files.remote._MOST_BYTES", 4 * first)
        system: Any = system_of({"a": data})(use_listings_cache=False, skip_instance_cache=True)
        file = RemoteFile(Identity(0, 0, len(data), 0), MemoryObject(system, f"{ROOT}/a"))
        for position, size in reads:
            found = file.read_at(position, size)
            assert data[position : position + size].startswith(found)
            assert bool(found) == (position < len(data))
        file.close()


def test_only_files_can_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver may open a folder, and tell that it is one."""
    system = system_of({"a": LINE}, type="other")

    with pytest.raises(FileNotFoundError):
        install(monkeypatch, system).open_file(f"{ROOT}/a")


def test_a_driver_takes_the_options_of_the_store() -> None:
    """The stand-in refuses others, as the tests of real drivers cannot."""
    with pytest.raises(AssertionError):
        MemorySystem(anything=1)
