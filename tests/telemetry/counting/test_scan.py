"""Tests of `peaktrade_ops.telemetry.counting.scan`, most of all against the oracle."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.config import Config, Fields, Format, Limits, SeverityRules, Sources
from peaktrade_ops.errors import TelemetryError, UsageError
from peaktrade_ops.formats import default_reading
from peaktrade_ops.stage1 import kinds
from peaktrade_ops.stage1.names import RULES, SEVERITIES, TYPES
from peaktrade_ops.stage1.nets import Nets
from peaktrade_ops.telemetry.counting import block as block_module
from peaktrade_ops.telemetry.counting import scan
from peaktrade_ops.telemetry.counting.block import Reader
from peaktrade_ops.telemetry.counting.counts import OutgrownError
from peaktrade_ops.telemetry.counting.exhibits import MOST_EXHIBITS
from peaktrade_ops.telemetry.counting.kept import to_bytes
from peaktrade_ops.telemetry.counting.spill import Table
from peaktrade_ops.telemetry.counting.tally import UNTIMED
from peaktrade_ops.telemetry.files import reader
from peaktrade_ops.telemetry.files.walk import discover
from peaktrade_ops.telemetry.records import containers, decode
from peaktrade_ops.telemetry.records import events as events_module
from peaktrade_ops.telemetry.records import times as times_module
from peaktrade_ops.telemetry.records.containers import Containers
from peaktrade_ops.telemetry.records.decode import LineDecoder
from peaktrade_ops.telemetry.records.keywords import LinePattern
from peaktrade_ops.window import epoch_ns, window_until
from tests.support.compressing import gzip_bytes, zstd_bytes
from tests.support.examples import examples
from tests.support.oracle import Expected, Rules, expect
from tests.support.scanning import (
    BEFORE,
    END,
    HOSTILE_FILES,
    INSIDE,
    PATH,
    WINDOW,
    Counted,
    as_expected,
    content_of,
    counted,
    new_scanner,
    scan_content,
    scan_events,
    scan_files,
    search_for,
    source_of,
    whole,
    write_files,
    written_source,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from peaktrade_ops.telemetry.counting.block import Classified
    from peaktrade_ops.telemetry.counting.exhibits import Exhibit
    from peaktrade_ops.telemetry.files.source import Source

SCANNER = new_scanner()
CELLS = SCANNER.setup.cells
TICK = timedelta(microseconds=1)
ALERT_LOG = "logs/alerts.jsonl"

OTHER_FIELDS = Fields(
    time=("when.at", "at"),
    severity=("labels.rule_id",),
    type=("name", "labels", "title"),
    rule=("a.b", "severity", "type", "labels.rule_id"),
)
OTHER_CONFIGS = (
    Config(fields=OTHER_FIELDS),
    Config(fields=Fields(time=("@timestamp",), severity=("sev",), type=("kind",), rule=("rule",))),
    Config(fields=Fields(time=("ts",) * 2, type=("severity", "level"), rule=("ts", "source"))),
    Config(sources=Sources(legacy=("telemetry/*", "**/c.jsonl"))),
    Config(sources=Sources(legacy=())),
)


def expected_of(
    files: Mapping[str, bytes], config: Config | None = None, modified: datetime | None = None
) -> Expected:
    """Return the result of the oracle for files."""
    config = config or Config()
    rules = Rules(
        default_reading(config),
        legacy_sources=config.sources.legacy,
        record_bytes=config.limits.record_bytes,
    )
    return expect(files, end=END, rules=rules, modified=modified)


def assert_as_expected(tally: Counted, expected: Expected) -> None:
    """Compare field by field, so that a failure is easy to read."""
    found = as_expected(tally)
    for field in fields_of(Expected):
        assert (field.name, getattr(found, field.name)) == (
            field.name,
            getattr(expected, field.name),
        )


def scan_source(source: Source) -> Counted:
    """Scan a file as one part."""
    return counted([SCANNER.scan(whole(source))], SCANNER)


@settings(max_examples=examples(100), deadline=None)
@given(HOSTILE_FILES)
def test_hostile_files_are_counted_as_the_contract_says(files: dict[str, bytes]) -> None:
    """Hostile files below a root have the counts of the oracle."""
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder), files)
        found = discover(Path(folder), search_for(), max_files=0)
        tally = counted((SCANNER.scan(whole(source)) for source in found.sources), SCANNER)

    assert found.candidates == len(files)
    assert_as_expected(tally, expected_of(files))


@settings(max_examples=examples(100), deadline=None)
@given(
    HOSTILE_FILES,
    st.sampled_from((WINDOW.start, WINDOW.end)),
    st.timedeltas(-timedelta(days=3), timedelta(days=3)) | st.sampled_from((-TICK, 0 * TICK, TICK)),
)
def test_the_last_write_decides_where_records_without_a_time_stand(
    files: dict[str, bytes], border: datetime, shift: timedelta
) -> None:
    """The last write decides the place of records without a time at the end of a file."""
    modified = border + shift
    found = replace(scan_files(files), modified_ns=epoch_ns(modified))

    assert_as_expected(found, expected_of(files, modified=modified))


@settings(max_examples=examples(50), deadline=None)
@given(HOSTILE_FILES, st.sampled_from((1024, 2000, 3500)), st.sampled_from((16, 1000, 2**19)))
def test_small_limits_and_blocks_are_counted_as_the_contract_says(
    files: dict[str, bytes], record_bytes: int, chunk: int
) -> None:
    """Lines over the limit, and lines over the borders of blocks, give what the oracle expects."""
    config = Config(limits=Limits(record_bytes=record_bytes))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_CHUNK_BYTES", chunk)
        tally = scan_files(files, new_scanner(config))

    assert_as_expected(tally, expected_of(files, config))


@settings(max_examples=examples(30), deadline=None)
@given(HOSTILE_FILES, st.sampled_from((gzip_bytes, zstd_bytes)))
def test_compressed_files_are_counted_as_the_contract_says(
    files: dict[str, bytes], compress: Callable[[bytes], bytes]
) -> None:
    """Compressed files have the same counts, whatever their names."""
    tally = scan_files({path: compress(content) for path, content in files.items()})

    assert_as_expected(tally, expected_of(files))


@settings(max_examples=examples(60), deadline=None)
@given(HOSTILE_FILES, st.sampled_from(OTHER_CONFIGS))
def test_other_settings_are_counted_as_the_contract_says(
    files: dict[str, bytes], config: Config
) -> None:
    """Other key lists, single and dotted keys and other legacy sources follow the same rules."""
    tally = scan_files(files, new_scanner(config))

    assert_as_expected(tally, expected_of(files, config))


@settings(max_examples=examples(50), deadline=None)
@given(HOSTILE_FILES, st.sampled_from((Config(), *OTHER_CONFIGS)), st.sampled_from((0, 60, 150)))
def test_lines_that_are_decoded_sparsely_are_counted_as_the_contract_says(
    files: dict[str, bytes], config: Config, big: int
) -> None:
    """Big lines that are decoded in part give the counts of the contract."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decode, "_BIG_BYTES", big)
        tally = scan_files(files, new_scanner(config))

    assert_as_expected(tally, expected_of(files, config))


INNER = st.sampled_from(
    (
        {},
        {"ts": INSIDE},
        {"ts": INSIDE, "level": "fatal", "msg": "a"},
        {"ts": "2025-12-10T00:00:00Z", "state": "fatal"},
        {"state": "fatal", "msg": "b, ]}"},
        {"ts": INSIDE, "type": "alert", "rule": "x, [{", "msg": "c"},
        {"levelno": 50, "msg": 'd"'},
        {"msg": "previous"},
        3,
        [{}, []],
        "},{",
    )
)
OUTER = st.one_of(
    st.lists(INNER, max_size=7).map(lambda inner: json.dumps({"ts": INSIDE, "r": inner})),
    st.lists(INNER, max_size=7).map(lambda inner: json.dumps({"q": {"r": inner}})),
    st.lists(INNER, max_size=3).map(lambda inner: json.dumps({"log": json.dumps({"r": inner})})),
    st.sampled_from(("", "broken", "[]", '{"r":[{"ts":', '{"level":"fatal"}')),
)


@settings(max_examples=examples(150), deadline=None)
@given(
    st.lists(OUTER, min_size=1, max_size=5),
    st.sampled_from((10, 60)),
    st.sampled_from((1, 3)),
    st.sampled_from(("a.jsonl", "legacy/a.jsonl")),
    st.sampled_from(("", "\n")),
)
def test_long_lines_are_counted_in_slices_as_short_ones(
    lines: list[str], long: int, events: int, path: str, end: str
) -> None:
    """A line of any number of events takes bounded memory, and counts as it would at once."""
    config = Config(
        formats=(Format(files=("*.jsonl",), unpack=("r", "q.r"), embedded=("log",)),),
        sources=Sources(legacy=("legacy/*",)),
    )
    files = {path: ("\n".join(lines) + end).encode()}
    at_once = scan_files(files, new_scanner(config)).tally
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "_LONG_BYTES", long)
        patch.setattr(events_module, "SLICE_EVENTS", events)
        patch.setattr(block_module, "SLICE_EVENTS", events)
        patch.setattr(containers, "_SLICE_BYTES", long)
        sliced = scan_files(files, new_scanner(config)).tally

    assert sliced == at_once


@pytest.mark.parametrize(
    "event", ['{"ts":"","state":"fatal"}', '{"levelno":5}', '{"level":"fatal"}', "{}"]
)
@pytest.mark.parametrize("shared", ['"ts":"2025-12-19T12:00:00Z"', '"level":"info"', '"x":1'])
def test_the_work_on_a_line_does_not_grow_with_the_square_of_its_events(
    event: str, shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice the events make twice the decoded and searched bytes, however many slices they are."""
    work: list[int] = []
    _count_bytes(monkeypatch, LineDecoder, "_event", work)
    _count_bytes(monkeypatch, Nets, "words_in", work)
    _count_bytes(monkeypatch, Nets, "key_in", work)
    _count_bytes(monkeypatch, Containers, "_record", work)
    positions = LinePattern.positions

    def searching(self: LinePattern, lines: Sequence[bytes]) -> list[int]:
        work.append(sum(map(len, lines)))
        return positions(self, lines)

    monkeypatch.setattr(LinePattern, "positions", searching)
    monkeypatch.setattr(scan, "_LONG_BYTES", 10)
    monkeypatch.setattr(events_module, "SLICE_EVENTS", 8)
    monkeypatch.setattr(block_module, "SLICE_EVENTS", 8)
    config = Config(formats=(Format(files=("*",), unpack=("r",)),))

    def work_on(events: int) -> int:
        work.clear()
        line = f'{{{shared},"r":[{",".join([event] * events)}]}}\n'
        scan_files({"a.jsonl": line.encode()}, new_scanner(config))
        return sum(work)

    assert work_on(2000) < 2.5 * work_on(1000)


def _count_bytes(patch: pytest.MonkeyPatch, owner: type, name: str, work: list[int]) -> None:
    """Record the length of the bytes that each call of a method gets."""
    method = getattr(owner, name)

    def counting(self: object, data: bytes) -> object:
        work.append(len(data))
        return method(self, data)

    patch.setattr(owner, name, counting)


@pytest.mark.parametrize("key", ["ts", "level", "type", "rule", "state"])
@pytest.mark.parametrize("value", ['"' + "kill 1" * 400 + '"', "1" * 3000, "1." + "0" * 3000])
def test_a_long_value_that_many_events_share_is_read_once(
    key: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No text of the length of the value is joined, split or read for each event."""
    read: list[int] = []
    for module, name in (
        (kinds, "is_action_type"),
        (kinds, "dangers_in"),
        (times_module, "_read_texts"),
    ):
        function = getattr(module, name)

        def counting(text: Any, *others: Any, function: Any = function) -> object:  # noqa: ANN401 (any function)
            read.append(sum(map(len, text)))
            return function(text, *others)

        monkeypatch.setattr(module, name, counting)
    line = f'{{"{key}":{value},"r":[{",".join(["{}"] * 500)}]}}\n'.encode()
    config = Config(formats=(Format(files=("*",), unpack=("r",)),))

    tally = scan_files({"a.jsonl": line}, new_scanner(config)).tally

    assert tally.files["a.jsonl"].unpacked == 500
    assert sum(read) < 10 * len(value)


@settings(max_examples=examples(25), deadline=None)
@given(HOSTILE_FILES)
def test_counts_that_move_to_a_file_are_the_same(files: dict[str, bytes]) -> None:
    """Counts that move to a file give the same lists, and no temporary file is left."""
    config = Config(limits=Limits(memory_bytes=900))
    with tempfile.TemporaryDirectory() as scratch:
        tally = scan_files(files, new_scanner(config, new_table=partial(Table, scratch)))

        assert_as_expected(tally, expected_of(files))
        for counts in tally.tally.names.values():
            counts.discard()
        assert list(Path(scratch).iterdir()) == []


@settings(max_examples=examples(60), deadline=None)
@given(HOSTILE_FILES, st.lists(st.integers(-60 * 24 * 3, 60), min_size=1, max_size=4))
def test_one_scan_of_many_windows_gives_what_a_scan_of_each_gives(
    files: dict[str, bytes], minutes: list[int]
) -> None:
    """Windows may touch, overlap, repeat and end between full hours: each is a sum of cells."""
    windows = [window_until(END + timedelta(minutes=each)) for each in minutes]
    together = scan_files(files, new_scanner(windows=windows))

    for window in windows:
        alone = scan_files(files, new_scanner(windows=[window]))
        assert as_expected(replace(together, window=window)) == as_expected(
            replace(alone, window=window)
        )


@settings(max_examples=examples(25), deadline=None)
@given(HOSTILE_FILES)
def test_no_line_is_dropped(files: dict[str, bytes]) -> None:
    """The lines of a file are the sum of its blank, event, rejected and partial lines."""
    for path, file in scan_files(files).files.items():
        content = files[path].removeprefix(b"\xef\xbb\xbf")

        assert file.lines == file.blank + file.events + file.rejected + file.partial
        assert file.lines == content.count(b"\n") + (content[-1:] not in {b"", b"\n"})


def test_lines_are_told_apart() -> None:
    """A file with every kind of line has each in its place."""
    file = scan_content(
        content_of({"ts": INSIDE}, b"", b" \t\r", b"\xff", b"{", b"5", b"[" * 600 + b"]" * 600)
        + b'{"ts":'
    ).file

    assert (file.lines, file.blank, file.events, file.rejected, file.partial) == (8, 2, 1, 4, 1)
    assert file.rejects == [
        (4, "not UTF-8"),
        (5, "not JSON"),
        (6, "not an object"),
        (7, "too deep"),
    ]


@pytest.mark.parametrize(
    "bad", [b"\xff", b"\xc3", b"{", b"", b"5", b"null", b"[]", b"[" * 600 + b"]" * 600, b"x" * 5000]
)
def test_one_bad_line_does_not_lose_its_neighbours(bad: bytes) -> None:
    """Events before and after a bad line are counted."""
    event = {"ts": INSIDE, "type": "alert"}
    tally = scan_events(event, bad, event, bad, bad, event, scanner=new_scanner(record_bytes=2000))

    assert tally.file.events == 3
    assert tally.alerts == 3


@pytest.mark.parametrize("line", [b"5", b"-0.0", b"null", b"true", b"[]", b"[{}]", b'"x"'])
def test_json_that_is_no_object_does_not_end_reading(line: bytes) -> None:
    """Numbers, null and lists are rejected records, and what follows is read."""
    tally = scan_events(line, {"ts": INSIDE})

    assert tally.file.rejects == [(1, "not an object")]
    assert tally.in_window == 1


@pytest.mark.parametrize(
    "unusable", [None, "", "n/a", "2025-12-20", True, [], {"$date": INSIDE}, -1, 10**30, 0.5e300]
)
@pytest.mark.parametrize("column", [False, True])
def test_an_unusable_time_does_not_hide_a_good_one(unusable: object, *, column: bool) -> None:
    """The first key whose value can be read is the time, alone and among others."""
    events = [{"ts": unusable, "timestamp": INSIDE}] * (5 if column else 1)
    tally = scan_events(*events, *([{"ts": INSIDE}] if not column else []))

    assert tally.in_window == len(events) + (not column)
    assert tally.file.untimed == 0


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize("extra", [{}, {"note": "another form", "ts": 0}])
def test_naive_times_are_utc_whatever_the_time_zone_is(
    monkeypatch: pytest.MonkeyPatch, zone: str, extra: dict[str, object]
) -> None:
    """Times without an offset are counted as naive and never moved by the machine's zone."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        tally = scan_events({"ts": "2025-12-19T08:00:00"}, {"ts": "2025-12-20 07:59:59.9"}, extra)
    time.tzset()
    file = tally.file

    assert file.naive == 2
    assert tally.in_window == 2
    assert file.last == datetime(2025, 12, 20, 7, 59, 59, 900_000, tzinfo=UTC)
    assert (tally.hourly_events[0], tally.hourly_events[23]) == (1, 1)


def test_acknowledgements_are_actions_and_not_alerts() -> None:
    """`alertAcknowledged` is an operator action, in an alert log too, and no critical alert."""
    event = {"ts": INSIDE, "event_type": "alertAcknowledged", "severity": "critical"}
    tally = scan_events(event, path=ALERT_LOG)

    assert (tally.actions, tally.alerts, tally.critical) == (1, 0, 0)
    assert tally.top(SEVERITIES, 1) == [("critical", 1)]


def test_words_inside_of_other_words_are_no_actions() -> None:
    """A critical event of type `backtest` counts, because `ack` inside it is not a word."""
    tally = scan_events({"ts": INSIDE, "type": "backtest", "severity": "critical"})

    assert (tally.actions, tally.critical) == (0, 1)


def test_typeless_alerts_are_alerts() -> None:
    """An event without a type is an alert if it has a severity and a title or a dedupe key."""
    tally = scan_events(
        {"ts": INSIDE, "severity": "warn", "title": "Margin"},
        {"ts": INSIDE, "severity": "info", "dedupe_key": "k"},
        {"ts": INSIDE, "severity": "warn"},
        {"ts": INSIDE, "title": "Margin"},
        {"ts": INSIDE, "severity": "warn", "title": "Margin", "kind": "tick"},
    )

    assert tally.alerts == 2


def test_info_lines_of_an_alert_log_are_no_alerts_but_lines_without_severity_are() -> None:
    """Events of an alert log are alerts unless their severity is a quiet one."""
    tally = scan_events(
        {"ts": INSIDE, "type": "tick", "severity": "INFO"},
        {"ts": INSIDE, "type": "tick", "level": "debug"},
        {"ts": INSIDE, "type": "tick"},
        {"ts": INSIDE, "type": "tick", "severity": "error"},
        path=ALERT_LOG,
    )

    assert tally.alerts == 2
    assert scan_events({"ts": INSIDE, "type": "tick"}).alerts == 0


def test_events_of_2099_are_future_and_not_in_the_window() -> None:
    """Events at or after the end of the window are counted as future only."""
    end = END.isoformat()
    tally = scan_events(
        {"ts": "2099-01-01T00:00:00Z", "type": "alert"}, {"ts": end}, {"ts": INSIDE}
    )

    assert tally.sums.future == 2
    assert (tally.in_window, tally.alerts) == (1, 0)
    assert tally.file.last == datetime(2099, 1, 1, tzinfo=UTC)


def test_events_are_counted_by_the_hour_they_lie_in() -> None:
    """Hours begin with the window, and each has its start and not its end."""
    moments = [WINDOW.start + timedelta(hours=h) + d for h in range(25) for d in (-TICK, 0 * TICK)]
    tally = scan_events(*({"ts": m.isoformat(), "type": "alert"} for m in moments))

    assert tally.hourly_events == tally.hourly_alerts == [2] * 24
    assert tally.in_window == 48
    assert tally.file.events == 50


TICK = timedelta(microseconds=1)


def test_records_of_a_file_without_times_stand_in_the_window() -> None:
    """Without any timed event in the file, what is rejected or critical counts."""
    tally = scan_events(b"broken", {"severity": "fatal"}, {"severity": "fatal", "type": "ack"})

    assert (tally.parse_errors, tally.untimed_critical) == (1, 1)
    assert tally.file.untimed == 2
    assert tally.critical == 0


@pytest.mark.parametrize("blank_lines", [0, 20_000])
def test_neighbours_are_found_over_the_borders_of_blocks(
    monkeypatch: pytest.MonkeyPatch, blank_lines: int
) -> None:
    """Bad lines take their place from the nearest timed events at any distance."""
    monkeypatch.setattr(reader, "_CHUNK_BYTES", 1000)
    gap = [b""] * blank_lines
    tally = scan_events(
        b"bad", *gap, {"ts": BEFORE}, *gap, b"bad", *gap, {"ts": INSIDE}, *gap, b"bad"
    )

    assert tally.parse_errors == 2
    assert [line for line, _ in tally.file.rejects] == [
        1,
        3 + 2 * blank_lines,
        5 + 4 * blank_lines,
    ]


def test_legacy_sources_count_in_no_metric_but_one() -> None:
    """Events of a legacy source count as legacy alerts only, once for each line."""
    tally = scan_events(
        {"ts": INSIDE, "type": "alert", "severity": "critical", "note": "legacy"},
        {"ts": BEFORE, "type": "ack"},
        {"severity": "critical"},
        b"broken, previous",
        b"broken",
        b"",
        path="live_runs/alerts/2024/a.jsonl",
    )
    file = tally.file

    assert file.hits == 4
    assert (tally.in_window, tally.alerts, tally.critical, tally.actions) == (0, 0, 0, 0)
    assert tally.untimed_critical == 0
    assert (tally.parse_errors, file.events, file.untimed) == (2, 3, 1)
    assert (tally.sums.legacy_events, tally.sums.standing.get(UNTIMED, 0)) == (1, 0)
    assert tally.top(SEVERITIES, 1) == []


def test_keywords_are_found_in_raw_lines_of_any_age_and_outcome() -> None:
    """Events in and outside of the window, rejected and partial lines count, each once."""
    content = content_of({"ts": BEFORE, "note": "LEGACY v1"}, {"ts": INSIDE}, b"\xff previous")

    assert scan_content(content + b'{"old-alert": ').file.hits == 3


def test_the_keyword_search_looks_at_a_record_as_far_as_it_may_be_long() -> None:
    """The keyword search covers a record up to the limit of its length."""
    for padding in (0, 2**19):
        content = content_of(b" " * padding, b"x" * 1500 + b"legacy", b"legacy" + b"x" * 1500)
        file = scan_content(content, new_scanner(record_bytes=1500)).file

        assert file.rejects == [(2, "too long"), (3, "too long")]
        assert file.hits == 1


@pytest.mark.parametrize(
    "last",
    [b"{", b'{"a":', b'{"a":"\xc3', b'{"ts":"2025-12-19T12:00:00Z"', b' {"a":-'],
)
@pytest.mark.parametrize("compress", [bytes, gzip_bytes])
def test_the_last_line_may_be_in_the_making(
    last: bytes, compress: Callable[[bytes], bytes]
) -> None:
    """A last line that more bytes can complete is partial and not an error."""
    tally = scan_content(compress(content_of({"ts": INSIDE}) + last))

    assert tally.file.partial == 1
    assert tally.file.rejected == 0
    assert tally.parse_errors == 0


@pytest.mark.parametrize(
    "path",
    [
        "telemetry/a.jsonl.1",
        "telemetry/a.jsonl-20251219",
        "telemetry/a.jsonl.2025-12-19_12",
        "telemetry/a.jsonl.gz",
        "telemetry/a.jsonl.1.zst",
        "telemetry/a.log.3",
    ],
)
def test_the_last_line_of_a_finished_file_is_rejected(path: str) -> None:
    """An incomplete last line of a rotated or compressed file is rejected."""
    content = content_of({"ts": INSIDE}) + b'{"ts":'
    compress = gzip_bytes if ".gz" in path else zstd_bytes if ".zst" in path else bytes
    tally = scan_content(compress(content), path=path)

    assert tally.file.rejects == [(2, "not JSON")]
    assert tally.parse_errors == 1


@pytest.mark.parametrize(
    "last",
    [
        b'{"a":"\xff',
        b"5",
        b"[]",
        b'{"a":"\xff"}\xc3',
        b"\xed\xa0",
        b"nul",
        b"\xf0\x9f",
        b"[1",
        b"[C,",
        b"\0\0\0",
        b'{"a":NaN',
        b'{"a":1}{"a":1}',
        b'2025-12-19 {"a":',
        b'{"ts":"2025-12-19T12:00:00Z"}\r{"ts":"2025-12-19T12:00:00Z"}\r',
        b'{"a":1}'.decode().encode("utf-16-le"),
    ],
)
def test_a_last_line_that_no_writer_can_complete_is_rejected(last: bytes) -> None:
    """An invalid last line is rejected with or without a line end."""
    file = scan_content(content_of({"ts": INSIDE}) + last).file

    assert (file.partial, file.rejected) == (0, 1)


def test_a_whole_last_line_needs_no_line_end() -> None:
    """A complete last line without a line end is an event."""
    tally = scan_content(b'{"ts":"2025-12-19T12:00:00Z"}')

    assert (tally.file.events, tally.file.partial, tally.in_window) == (1, 0, 1)


LONG = {
    b"x" * 3000: (1, 0, 0),
    b" " * 3000: (0, 0, 1),
    b"x" * 3000 + b"\xc3": (1, 0, 0),
    b"\xff" + b"x" * 3000 + b"\xc3": (1, 0, 0),
    b'{"a":"' + b"x" * 3000: (1, 0, 0),
    b" " * 3000 + b"\xe2\x82": (1, 0, 0),
}


@pytest.mark.parametrize("chunk", [100, 2**19])
@pytest.mark.parametrize(("line", "expected"), LONG.items(), ids=map(str, range(len(LONG))))
def test_a_last_line_over_the_limit_is_told_apart_too(
    monkeypatch: pytest.MonkeyPatch, line: bytes, expected: tuple[int, int, int], chunk: int
) -> None:
    """A last line over the limit is rejected as too long, or counted as blank."""
    monkeypatch.setattr(reader, "_CHUNK_BYTES", chunk)
    file = scan_content(content_of({"ts": INSIDE}) + line, new_scanner(record_bytes=1024)).file

    assert (file.rejected, file.partial, file.blank) == expected
    assert file.events == 1


@pytest.mark.parametrize("chunk", [100, 2**19])
@pytest.mark.parametrize("length", [1023, 1024, 1025, 5000])
def test_records_over_the_limit_are_too_long(
    monkeypatch: pytest.MonkeyPatch, length: int, chunk: int
) -> None:
    """A record over the limit is rejected as too long, and its neighbours are read."""
    monkeypatch.setattr(reader, "_CHUNK_BYTES", chunk)
    event = {"ts": INSIDE}
    tally = scan_events(
        event,
        b'{"ts":"2025-12-19T12:00:00Z"}'.ljust(length),
        b" " * length,
        b"\xff" * length,
        event,
        scanner=new_scanner(record_bytes=1024),
    )
    file = tally.file

    assert file.blank == 1
    assert file.rejects == [
        *([(2, "too long")] if length > 1024 else []),
        (4, "not UTF-8"),
    ]
    assert tally.in_window == (2 if length > 1024 else 3)


@pytest.mark.parametrize("padding", [0, 2**17, 2**20])
def test_big_events_are_read_like_small_ones(padding: int) -> None:
    """Lines bigger than a block are read like small ones, wherever their properties are."""
    event = {
        "severity": "Fatal",
        "payload": ["x" * 1000] * (padding // 1000),
        "labels": {"other": [{}], "rule_id": "R", "more": {"rule_id": "no"}},
        "type": {"no": "value"},
        "kind": 5,
        "ts": 1_766_145_600.5,
    }
    tally = scan_events({"ts": BEFORE}, event, event, b"[" + b" " * padding + b"]", b"{")

    assert tally.file.rejects == [(4, "not an object"), (5, "not JSON")]
    assert (tally.in_window, tally.critical) == (2, 2)
    assert tally.top(TYPES, 2) == [("5", 2)]
    assert tally.top(RULES, 2) == [("R", 2)]


def test_a_byte_order_mark_and_carriage_returns_are_accepted() -> None:
    """A byte order mark and carriage returns are accepted."""
    tally = scan_content(b'\xef\xbb\xbf{"ts":"2025-12-19T12:00:00Z"}\r\n\r\n{"ts":0}\r\n')
    file = tally.file

    assert (file.lines, file.blank, file.events) == (3, 1, 2)
    assert tally.in_window == 1


def test_true_and_one_are_told_apart_in_the_lists() -> None:
    """Values that are equal in Python but not in JSON have lines of their own."""
    values = [True, 1, False, 0, "1", "true", 1.5, -0.0, None, "", [1], {"a": 1}]
    tally = scan_events(*({"ts": INSIDE, "type": v, "severity": v, "rule": v} for v in values))
    expected = [
        ("(none)", 4),
        ("1", 2),
        ("true", 2),
        ("-0.0", 1),
        ("0", 1),
        ("1.5", 1),
        ("false", 1),
    ]

    assert tally.top(TYPES, 20) == expected
    assert tally.top(SEVERITIES, 20) == sorted(
        [("(none)", 2), ("(array)", 1), ("(object)", 1), *expected[1:]],
        key=lambda item: (-item[1], item[0]),
    )
    assert tally.top(RULES, 20) == expected


@pytest.mark.parametrize("value", [[1], {"a": 1}])
def test_values_that_are_no_names_fall_through_beside_others(value: object) -> None:
    """Arrays and objects among the values of a block change nothing for its other events."""
    tally = scan_events(
        {"ts": INSIDE, "type": value, "kind": "tick", "rule": "R"},
        {"ts": INSIDE, "type": "tick", "rule": value, "source": "R"},
    )

    assert tally.top(TYPES, 2) == [("tick", 2)]
    assert tally.top(RULES, 2) == [("R", 2)]


def test_names_are_united_by_their_first_200_characters() -> None:
    """Values that differ only behind the cut are one name."""
    tally = scan_events(*({"ts": INSIDE, "rule": "x" * 200 + end} for end in ("", "a", "b")))

    assert tally.top(RULES, 2) == [("x" * 200, 3)]


@pytest.mark.parametrize(
    "records",
    [
        [{"ts": INSIDE}, {"timestamp": 1_766_145_600}],
        [{"at": "1766145600.25"}, {"at": 1_766_145_600.25}],
        [{"time": "2025-12-19T13:00:00+01:00"}, {"time": "2025-12-19T12:00:00"}],
        [{"@timestamp": 1_766_145_600_000_000}, {"wall_ts": 1_766_145_600_000_000_000}],
        [{"event_ts_unix": 1.766_145_6e9}, {"captured_at": 1_766_145_600_000}, {"x": 1}],
    ],
)
def test_files_may_mix_forms_and_keys_of_times(records: list[dict[str, object]]) -> None:
    """Events of one file may have different forms and keys of times."""
    tally = scan_events(*records)
    first, last = tally.file.first, tally.file.last

    assert tally.in_window == 2
    assert first is not None
    assert first.replace(microsecond=0) == datetime(2025, 12, 19, 12, tzinfo=UTC)
    assert last == first


def test_a_file_that_vanished_is_a_problem_of_the_tally(tmp_path: Path) -> None:
    """A file that disappeared has no lines and a problem."""
    source = written_source(tmp_path, b"{}\n")
    Path(source.location).unlink()
    tally = scan_source(source)

    assert tally.file.problem == "changed while it was read"
    assert tally.file.lines == 0


@pytest.mark.usefixtures("unprivileged")
def test_a_file_that_may_not_be_read_is_a_problem_of_the_tally(tmp_path: Path) -> None:
    """A file without permission has no lines and a reason."""
    source = written_source(tmp_path, b"{}\n")
    Path(source.location).chmod(0)

    assert scan_source(source).file.problem == "not readable"


@pytest.mark.parametrize(("compress", "critical"), [(gzip_bytes, 10), (zstd_bytes, 5)])
def test_what_could_be_decoded_of_a_broken_archive_is_counted(
    tmp_path: Path, compress: Callable[[bytes], bytes], critical: int
) -> None:
    """The critical events of a truncated archive count, and the problem is kept."""
    content = content_of(*[{"ts": INSIDE, "severity": "fatal"}] * 5)
    archive = compress(content) + compress(content)[:-6]
    tally = scan_source(written_source(tmp_path, archive))

    assert tally.file.problem == "broken compression"
    assert tally.critical == critical


@pytest.mark.parametrize("content", [b"\x1f\x8b\n{}\n", b"\x28\xb5\x2f\xfd{}\n"])
def test_a_file_that_only_begins_like_an_archive_is_a_problem_of_the_tally(content: bytes) -> None:
    """A file that only begins like an archive has broken compression and no lines."""
    file = scan_content(content).file

    assert (file.problem, file.lines) == ("broken compression", 0)


def test_a_file_that_grows_is_read_as_it_was_found(tmp_path: Path) -> None:
    """Bytes that came after the search are not part of this report."""
    source = written_source(tmp_path, content_of({"ts": INSIDE}))
    with Path(source.location).open("ab") as file:
        file.write(content_of({"ts": INSIDE}))

    assert scan_source(source).in_window == 1


def test_a_regular_expression_that_is_refused_is_wrong_usage() -> None:
    """A scanner cannot be made with a keyword search that RE2 does not take."""
    with pytest.raises(UsageError):
        new_scanner(legacy_regex="(?=x)")


def test_counts_without_room_are_an_error(tmp_path: Path) -> None:
    """Counts without room are an error, and there is no tally."""
    config = Config(limits=Limits(memory_bytes=0))
    scanner = new_scanner(config, new_table=partial(Table, str(tmp_path / "missing")))

    with pytest.raises(TelemetryError, match="temporary file"):
        scan_events({"ts": INSIDE}, scanner=scanner)


def test_names_that_outgrow_their_memory_without_a_table_are_no_tally() -> None:
    """Names that exceed their memory without a table raise an error."""
    config = Config(limits=Limits(memory_bytes=0))

    with pytest.raises(OutgrownError):
        scan_events({"ts": INSIDE}, scanner=new_scanner(config))


def test_only_the_evidence_that_can_be_shown_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Serious events without a time, each between other timed events, take bounded work."""
    shown: list[int] = []
    exhibit = Reader.exhibit

    def counting(self: Reader, some: Classified, place: int, moment: datetime | None) -> Exhibit:
        shown.append(place)
        return exhibit(self, some, place, moment)

    monkeypatch.setattr(Reader, "exhibit", counting)
    days = [{"ts": INSIDE}, {"level": "odd"}, {"ts": BEFORE}, {"level": "odd"}]
    tally = scan_events(*days * 100, {"ts": INSIDE})
    found = tally.tally.exhibits_of("not_understood", CELLS.spans_of(WINDOW), {PATH: 0})

    assert [each.line for _, each in found] == list(range(2, 2 + 2 * MOST_EXHIBITS, 2))
    assert len(shown) == MOST_EXHIBITS
    assert tally.sums.standing["serious"] == 200


def many_events() -> Iterator[dict[str, object]]:
    """Make more names than the lists hold."""
    for i in range(40):
        for _ in range(i // 2 + 1):
            yield {"ts": INSIDE, "severity": f"s{i:02}", "type": f"t{i:02}", "rule": f"r{i:02}"}


def test_lists_are_ordered_by_count_and_name_whatever_the_order_of_reading() -> None:
    """Equal counts are ordered by name, so the order of files and lines does not show."""
    events = list(many_events())
    files = {"obs/a.jsonl": events[:100], "obs/b.jsonl": events[100:]}
    forward = scan_files({path: content_of(*part) for path, part in files.items()})
    backward = scan_files({path: content_of(*part[::-1]) for path, part in reversed(files.items())})

    assert as_expected(forward) == as_expected(backward)
    assert forward.top(TYPES, 3) == [("t38", 20), ("t39", 20), ("t36", 19)]


def test_a_source_keeps_its_name_in_the_tally(tmp_path: Path) -> None:
    """A file is counted under its displayed path."""
    (tmp_path / "x").write_bytes(b"{}\n")
    tally = scan_source(source_of(tmp_path / "x", "shown/as.jsonl"))

    assert list(tally.files) == ["shown/as.jsonl"]


@pytest.mark.parametrize(
    "path",
    [
        "telemetry/a.jsonl.1",
        "telemetry/a.jsonl.gz",
        "telemetry/pino.jsonl",
        "live_runs/a.jsonl",
    ],
)
def test_a_number_behind_a_path_does_not_change_how_a_file_is_read(
    tmp_path: Path, path: str
) -> None:
    """Formats, legacy sources and endings are those of the path without it."""
    pino = Format(files=("**/pino.jsonl",), severity=SeverityRules(scale="pino"))
    legacy = Sources(legacy=("live_runs/*.jsonl",))
    scanner = new_scanner(Config(formats=(pino,), sources=legacy))
    plain = written_source(tmp_path, content_of({"ts": INSIDE, "level": 60}, b"x") + b'{"a":')
    numbered = {"path": f"{path} (2)", "unnumbered": path}
    expected, found, other = (
        scanner.scan(whole(msgspec.structs.replace(plain, **changes)))
        for changes in ({"path": path}, numbered, {"path": f"{path} (2)"})
    )

    assert list(found.files) == [f"{path} (2)"]
    assert to_bytes(found, CELLS) == to_bytes(expected, CELLS)
    assert to_bytes(other, CELLS) != to_bytes(expected, CELLS)


ALIKE = (
    *(b"{}", b"x", b"", b"\xff", b"[]", b'{"level":"crit"}', b'{"a":"level=fatal"}', b'{"v1":1}'),
    *(b'{"ts":1766145600}', b'{"ts":"2025-12-19 12:00","type":"ack"}', b'{"ts":1766045600.5}'),
    *(b'{"ts":"2025-12-19T12:00Z","sev":60}', b'{"Records":[{},{"level":"panic"}]}'),
)


@pytest.mark.parametrize("kinds", [ALIKE, ALIKE[:1], ALIKE[1:5], ALIKE[8:10], ALIKE[5:7]])
@pytest.mark.parametrize("unpack", [(), ("Records",)])
def test_short_lines_that_are_equal_count_like_others(
    kinds: Sequence[bytes], unpack: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are decoded once, and counted as often as they are there, each in its place."""
    config = Config(formats=(Format(files=("telemetry/**",), unpack=unpack),))
    content = b"".join(kinds[(k * k + k // 7) % len(kinds)] + b"\n" for k in range(1000))
    read: list[int] = []
    read_block = LineDecoder.read_block

    def counted_block(self: LineDecoder, data: bytes, lines: Sequence[bytes]) -> object:
        read.append(len(lines))
        return read_block(self, data, lines)

    monkeypatch.setattr(LineDecoder, "read_block", counted_block)
    together = scan_content(content, new_scanner(config))
    assert sum(read) <= len(kinds)
    monkeypatch.setattr(scan, "_FEW_LINES", 10**9)
    alone = scan_content(content, new_scanner(config))
    assert sum(read) >= 1000
    assert as_expected(together) == as_expected(alone)
    assert together.file == alone.file
    assert together.tally.names == alone.tally.names
    assert together.tally.marks == alone.tally.marks
