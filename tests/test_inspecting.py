"""Tests of `peaktrade_ops.inspecting`: files as they are, and again with what is proposed."""

from __future__ import annotations

import gzip
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.config import Config, Format, Limits, SeverityRules
from peaktrade_ops.config_file import load_config
from peaktrade_ops.errors import TelemetryError
from peaktrade_ops.formats import default_reading
from peaktrade_ops.inspecting import Inspected, inspect_files, proposal_for
from peaktrade_ops.stage1.proposal import patterns_of
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.text import toml_array
from tests.support.checkout import REPO
from tests.support.examples import examples
from tests.support.formats import DEFAULTS, PRESETS, FormatExample
from tests.support.scanning import HOSTILE_FILES

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "telemetry/a.jsonl"
NOON = "2025-12-20T12:00:00Z"
CHANGED = 1_766_235_600
"""An hour after noon, in epoch seconds: when the files were changed."""

NOW = default_reading(Config()).time
"""The keys of the time that are tried without a configuration."""


def at(seconds: int) -> str:
    """Return a time some seconds after noon."""
    return f"2025-12-20T12:{seconds // 60:02}:{seconds % 60:02}Z"


def time_line(*keys: str) -> str:
    """Return the line that names further keys of the time."""
    return f"fields.more.time = {toml_array(keys)}"


def put(root: Path, path: str, content: bytes) -> Path:
    """Write a file below a root."""
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    os.utime(place, (CHANGED, CHANGED))
    return place


def written(*records: Mapping[str, object] | str) -> bytes:
    """Write records as lines."""
    lines = (each if isinstance(each, str) else json.dumps(each) for each in records)
    return "".join(f"{line}\n" for line in lines).encode()


def inspect(root: Path, path: str, content: bytes, toml: str = "") -> Inspected:
    """Inspect one file below a root, with a configuration."""
    config = Config()
    if toml:
        place = put(root, "stage1.toml", toml.encode())
        config = load_config(place)
    [found] = inspect_files([str(put(root, path, content))], root, config)
    return found


def pasted(found: Inspected) -> str:
    """Return what an operator pastes."""
    return "\n".join(found.proposal.lines)


@pytest.mark.parametrize("example", PRESETS, ids=lambda example: str(example.preset))
def test_what_is_proposed_for_a_preset_makes_the_file_understood(
    tmp_path: Path, example: FormatExample
) -> None:
    """The lines that are proposed for a well-known format are enough."""
    content = written(*example.lines)
    before = inspect(tmp_path, example.file, content)
    assert before.proposal.preset is not None
    assert before.proposal.is_complete

    after = inspect(tmp_path, example.file, content, pasted(before))

    assert after.inspection.not_understood == 0
    assert after.inspection.criticals == example.criticals
    assert after.proposal.lines == ()


@pytest.mark.parametrize("example", DEFAULTS, ids=lambda example: example.name)
def test_nothing_is_proposed_for_a_format_that_is_read_without(
    tmp_path: Path, example: FormatExample
) -> None:
    """A file that is understood needs no configuration."""
    found = inspect(tmp_path, example.file, written(*example.lines))

    assert found.inspection.not_understood == 0
    assert found.proposal.lines == ()


def test_keys_of_ones_own_are_proposed_and_then_read(tmp_path: Path) -> None:
    """A time and a severity at other keys are found by their values."""
    content = written(
        *(
            {"when": at(k), "ctx": {"rank_level": word}, "n": 1}
            for k, word in enumerate(("info", "fatal"))
        )
    )
    before = inspect(tmp_path, NAME, content)

    assert before.inspection.untimed == 2
    assert before.proposal.lines == (
        "[[formats]]",
        'files = ["telemetry/a.jsonl*"]',
        time_line("when"),
        'fields.more.severity = ["ctx.rank_level"]',
    )
    assert before.proposal.is_complete

    after = inspect(tmp_path, NAME, content, pasted(before)).inspection

    assert (after.not_understood, after.timed, after.criticals) == (0, 2, 1)


def test_values_that_must_be_chosen_are_comments(tmp_path: Path) -> None:
    """Nothing is guessed: an unknown word and a number are named, and the operator chooses."""
    content = written({"ts": NOON, "level": 60}, {"ts": NOON, "level": "HALT"})

    found = inspect(tmp_path, NAME, content)

    assert not found.proposal.is_complete
    text = pasted(found)
    assert '# severity.map."60" = ' in text
    assert '# severity.map."halt" = ' in text
    assert "# severity.scale = " in text
    chosen = text.replace('# severity.map."halt"', 'severity.map."halt"').replace(
        '# severity.scale = "pino"', 'severity.scale = "pino"'
    )
    assert inspect(tmp_path, NAME, content, chosen).inspection.criticals == 2


def test_a_key_with_critical_values_is_not_offered_to_be_passed_over(tmp_path: Path) -> None:
    """One line that is pasted without a thought must not hide a critical event."""
    content = written({"ts": NOON, "level": "info", "status": "critical"})
    found = inspect(tmp_path, NAME, content)

    assert [(each.name, each.count) for each in found.inspection.unread_keys] == [("status", 1)]
    assert not any(line.startswith("# severity.not") for line in found.proposal.lines)
    assert any('"status" may have critical values' in line for line in found.proposal.lines)
    without = f'{pasted(found)}\nseverity.not = ["status"]'
    assert inspect(tmp_path, NAME, content, without).inspection.not_understood == 0


@pytest.mark.parametrize(
    ("values", "is_offered"),
    [(["P1", "P5"], False), (["info", "P5"], False), ([30, 20], False), (["ok", "normal"], True)],
)
def test_only_a_key_of_known_values_is_offered_to_be_passed_over(
    tmp_path: Path, values: list[object], *, is_offered: bool
) -> None:
    """What is not known may be critical, such as the priority P1."""
    events = [{"ts": NOON, "a": [{"level": 1}], "x": {"priority": str(each)}} for each in values]

    found = inspect(tmp_path, NAME, written(*events), '[severity]\nnot = ["level"]')

    assert [each.name for each in found.inspection.unread_keys] == ["priority"]
    assert ("severity.not" in offers(found)) is is_offered


def test_the_name_and_the_lines_of_a_file_are_told(tmp_path: Path) -> None:
    """A file that no scan takes is read all the same, with the line that includes it."""
    content = written({"ts": NOON}, "", "{", {"ts": "noon"})
    found = inspect(tmp_path, "logs/app.log", content)

    inspection = found.inspection
    assert inspection.path == "logs/app.log"
    assert inspection.taken == "not named as JSON lines"
    counts = (inspection.lines, inspection.blank, inspection.events, inspection.rejected)
    assert counts == (4, 1, 2, 1)
    assert [(each.line, each.reason) for each in inspection.rejects] == [(3, "not JSON")]
    assert [(each.line, each.value) for each in inspection.unread_times] == [(4, "noon")]
    assert found.proposal.lines[-1] == (
        '# include = ["logs/app.log", "logs/app.log.*", "logs/app.log-*"]'
    )


def test_a_file_is_not_included_before_it_is_understood(tmp_path: Path) -> None:
    """A file that is not scanned is HOLD; scanned, its grades would say nothing."""
    open_one = put(tmp_path, "logs/a.log", written({"ts": NOON, "grade": "low"}))
    clear = put(tmp_path, "logs/b.log", written({"ts": NOON, "level": "info"}))

    found = inspect_files([str(open_one), str(clear)], tmp_path, Config())
    lines = proposal_for(found, Config()).lines

    assert lines[-5:] == (
        "[sources]  # once in a file: if it is there already, put the next line below it",
        'include = ["logs/b.log", "logs/b.log.*", "logs/b.log-*"]',
        "",
        "# [sources]  # once what begins with # above is chosen:",
        (
            '# include = ["logs/b.log", "logs/b.log.*", "logs/b.log-*", '
            '"logs/a.log", "logs/a.log.*", "logs/a.log-*"]'
        ),
    )
    assert not proposal_for(found, Config()).is_complete


def test_only_the_beginning_is_read_unless_all_is_asked_for(tmp_path: Path) -> None:
    """The first lines are enough to see how a file is read."""
    place = str(put(tmp_path, NAME, written({"ts": NOON}) * 10))

    [part] = inspect_files([place], tmp_path, Config(), most_lines=4)
    [whole] = inspect_files([place], tmp_path, Config(), most_lines=None)

    assert (part.inspection.lines, part.inspection.whole) == (4, False)
    assert (whole.inspection.lines, whole.inspection.whole) == (10, True)


def test_compressed_and_broken_files_are_read_as_by_a_scan(tmp_path: Path) -> None:
    """What can be decoded is shown, and the problem."""
    data = gzip.compress(written({"ts": NOON}) * 3)

    whole = inspect(tmp_path, "telemetry/a.jsonl.gz", data)
    cut = inspect(tmp_path, "telemetry/b.jsonl.gz", data[:-4])

    assert (whole.inspection.events, whole.inspection.problem) == (3, "")
    assert cut.inspection.problem == "broken compression"


def test_containers_that_are_not_opened_are_named(tmp_path: Path) -> None:
    """Lists of objects, and strings that hold one, are shown with their paths."""
    inner = json.dumps({"a": 1})
    content = written({"ts": NOON, "data": {"items": [{"x": 1}]}, "payload": inner})

    inspection = inspect(tmp_path, NAME, content).inspection

    assert [each.key for each in inspection.lists] == ["data.items"]
    assert [each.key for each in inspection.embedded] == ["payload"]


def test_events_in_strings_are_found_before_their_numbers_are_understood(tmp_path: Path) -> None:
    """A preset that opens lines is proposed although what is in them is not understood yet."""
    content = written(
        *(
            {"log": json.dumps({"level": level, "msg": "x"}), "stream": "stdout", "time": NOON}
            for level in (30, 60)
        )
    )
    before = inspect(tmp_path, NAME, content)

    assert before.proposal.preset == "docker"
    assert not before.proposal.is_complete
    chosen = pasted(before).replace('# severity.scale = "pino"', 'severity.scale = "pino"')
    after = inspect(tmp_path, NAME, content, chosen).inspection
    assert (after.not_understood, after.criticals) == (0, 1)


@pytest.mark.parametrize(
    ("inner", "why"),
    [
        (
            {"level": "info"},
            "it says what is critical: some events are critical, or a danger, without it alone",
        ),
        (
            {"status": "fine"},
            "it says what is critical: some events are critical, or a danger, without it alone",
        ),
        (
            {"level": "info", "msg": "FATAL: disk dead"},
            "its severities say all: with one, no event is searched for words such as FATAL",
        ),
    ],
)
def test_a_preset_is_a_comment_if_it_makes_an_event_milder(
    tmp_path: Path, inner: dict[str, str], why: str
) -> None:
    """What an object inside of an event says goes before what the event says."""
    outer: dict[str, object] = {"stream": "stdout", "time": NOON, "log": json.dumps(inner)}
    if "msg" not in inner:
        outer |= {"level": "critical"} if "level" in inner else {"status": "margin_call"}
    content = written(outer)
    before = inspect(tmp_path, NAME, content)

    assert f'# preset = "docker"  # only if {why}' in before.proposal.lines
    after = inspect(tmp_path, NAME, content, pasted(before)).inspection
    assert after == before.inspection


def test_a_preset_is_a_comment_if_it_moves_events_to_other_days(tmp_path: Path) -> None:
    """The time inside of an event goes before that of the event."""
    inner = json.dumps({"ts": "2024-03-01T00:00:00Z", "level": "fatal"})
    content = written({"stream": "stdout", "time": NOON, "log": inner})

    found = inspect(tmp_path, NAME, content)

    assert found.proposal.preset is None
    assert any(
        line.startswith('# preset = "docker"  # only if it has the times')
        for line in found.proposal.lines
    )
    near = content.replace(b"2024-03-01", b"2025-12-20")
    assert inspect(tmp_path, NAME, near).proposal.preset == "docker"


def test_a_preset_fits_although_some_numbers_are_on_no_scale(tmp_path: Path) -> None:
    """What is not understood with it is asked for anyway."""
    base = {"__REALTIME_TIMESTAMP": "1766232000000000", "_BOOT_ID": "b", "PRIORITY": "6"}
    lines = [base | {"MESSAGE": json.dumps({"level": level})} for level in (30, 60)]

    found = inspect(tmp_path, NAME, written(*lines))

    assert found.proposal.preset == "journald"
    after = inspect(tmp_path, NAME, written(*lines), pasted(found)).inspection
    assert (after.untimed, after.unknown) == (0, 2)


@pytest.mark.parametrize("before", [6, 2500])
def test_a_preset_is_a_comment_if_an_event_lacks_its_keys(tmp_path: Path, before: int) -> None:
    """The scale of a preset would be that of the other writer's numbers, too."""
    base: dict[str, object] = {"time": NOON, "pid": 1, "hostname": "h"}
    pino = [base | {"level": level} for level in (60, 30)] * (before // 2)
    content = written(*pino, {"ts": NOON, "level": 50})

    found = inspect(tmp_path, NAME, content)

    assert found.proposal.lines[2] == (
        '# preset = "pino"  # only if it is the format of all events: some lack one of '
        '["level", "time", "pid", "hostname"]'
    )
    assert all(line.startswith("#") for line in found.proposal.lines[2:])
    assert inspect(tmp_path, NAME, written(*pino)).proposal.preset == "pino"


def test_a_root_that_is_missing_is_an_error(tmp_path: Path) -> None:
    """Paths are relative to the root, so a wrong one would give wrong patterns."""
    place = put(tmp_path, NAME, written({"ts": NOON}))

    with pytest.raises(TelemetryError, match="is missing or is not a folder"):
        inspect_files([str(place)], tmp_path / "none", Config())


def test_a_folder_without_files_is_an_error(tmp_path: Path) -> None:
    """Nothing to look at is said."""
    with pytest.raises(TelemetryError, match="no file in"):
        inspect_files([str(tmp_path)], tmp_path, Config())


@settings(max_examples=examples(40), deadline=None)
@given(HOSTILE_FILES | st.dictionaries(st.just(NAME), st.binary(), min_size=1))
def test_any_file_can_be_inspected_and_what_is_proposed_can_be_loaded(
    files: dict[str, bytes],
) -> None:
    """No bytes stop it, and no text from telemetry breaks the lines to paste."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for path, content in files.items():
            config = Config(limits=Limits(record_bytes=2048))
            [found] = inspect_files([str(put(root, path, content))], root, config)
            inspection = found.inspection
            assert inspection.lines == (
                inspection.blank + inspection.events + inspection.rejected + inspection.partial
            )
            loaded = load_config(put(root, "stage1.toml", pasted(found).encode()))
            assert len(loaded.formats) == ("[[formats]]" in found.proposal.lines)
            assert_each_offer_loads(root, found)


def test_the_fewest_keys_that_give_every_event_a_time_are_proposed(tmp_path: Path) -> None:
    """One key is enough for most; the others with times are named behind the line."""
    content = written(
        {"when": at(0), "sent_at": NOON, "n": 1},
        {"when": at(1), "epoch": 1_766_232_001},
        {"epoch": 1_766_232_002},
    )

    found = inspect(tmp_path, NAME, content)

    line = f'{time_line("when", "epoch")}  # also times: ["sent_at"]'
    assert line in found.proposal.lines
    assert inspect(tmp_path, NAME, content, pasted(found)).inspection.untimed == 0


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"b_time": NOON}, {"a_time": 1_766_232_000}),
        ({"b_time": NOON}, {"a_time": "2025-12-20T12:00:00"}),
        ({"b_time": 1_766_232_000}, {"a_time": "2025-12-20T12:00:00"}),
        ({"b_time": 1_766_232_000}, {"a": 1_766_232_000}),
        ({"b_time": 1_766_232_000}, {"expires_at": NOON}),
        ({"b_time": NOON}, {"c_time": NOON}),
    ],
)
def test_of_keys_that_are_as_good_the_clearest_is_proposed(
    tmp_path: Path, better: dict[str, object], worse: dict[str, object]
) -> None:
    """A zone is better than a number, a time better than a number of any name or an end."""
    first = better if "c_time" in worse else worse
    second = worse if first is better else better

    found = inspect(tmp_path, NAME, written(first | second))

    [key] = better
    assert found.inspection.times_wanted == (key,)


def test_a_key_that_gives_a_time_now_stays_before_the_new_ones(tmp_path: Path) -> None:
    """The time of the events that have one does not change."""
    content = written(
        {"ts": NOON, "start_time": "2025-12-19T23:59:00Z"}, {"start_time": "2025-12-20T01:00:00Z"}
    )

    found = inspect(tmp_path, NAME, content)

    assert time_line("ts", "start_time") in found.proposal.lines
    after = inspect(tmp_path, NAME, content, pasted(found)).inspection
    assert [(each.key, each.count) for each in after.time] == [("start_time", 1), ("ts", 1)]


def test_values_that_are_no_time_are_named(tmp_path: Path) -> None:
    """No key is proposed whose values are not read anyway."""
    lines = inspect(tmp_path, NAME, written({"ts": "noon", "my_time": "late"})).proposal.lines

    assert [line[: line.index(",")] for line in lines if "no form of time" in line] == [
        '# the values of "ts" are no form of time that is read',
        '# the values of "my_time" are no form of time that is read',
    ]
    assert not any("fields.more.time" in line for line in lines)


def test_a_key_that_no_key_list_reaches_is_not_proposed(tmp_path: Path) -> None:
    """A dot in the key of a nested object would be taken for a path."""
    found = inspect(tmp_path, NAME, written({"a": {"b.time": NOON}, "c": {"time": NOON}}))

    assert found.inspection.times_wanted == ("c.time",)


@pytest.mark.parametrize(
    ("events", "why"),
    [
        (
            [{"cert": {"not_before_time": NOON}, "when_": "20.12.2025 12:01"}],
            (
                '"when_" may be the time of these events, in a form that is not read, such as '
                '"20.12.2025 12:01"'
            ),
        ),
        (
            [{"cert": {"not_before_time": NOON}, "ts": [2025, 12, 20, 12, 1]}],
            '"ts" may be the time of these events, in a form that is not read, such as "(array)"',
        ),
        (
            [{"cert": {"not_before_time": NOON}}] * 3,
            "all 3 events that have it have the same",
        ),
        (
            [
                {"cert": {"not_before_time": each}}
                for each in ("2025-03-01T00:00:00Z", "2024-03-01T00:00:00Z", NOON)
            ],
            "it goes back by more than a day from one event to a later one",
        ),
        (
            [{"cert": {"not_before_time": "2025-12-18T12:00:00Z"}}],
            "its last is of 2025-12-18, and the file was changed on 2025-12-20",
        ),
    ],
)
def test_a_key_that_may_not_have_the_time_of_its_events_is_a_comment(
    tmp_path: Path, events: list[dict[str, object]], why: str
) -> None:
    """Pasted as it stands, the lines move no event to another day."""
    content = written(*({"severity": "critical"} | each for each in events))

    found = inspect(tmp_path, NAME, content)

    assert found.inspection.times_wanted == ()
    assert found.proposal.lines[2:] == (
        f"# {time_line('cert.not_before_time')}",
        f'# "cert.not_before_time" only if it has the time of each event: {why}',
    )
    assert not found.proposal.is_complete
    assert inspect(tmp_path, NAME, content, pasted(found)).inspection.untimed == len(events)
    assert_each_offer_loads(tmp_path, found)


def test_a_key_in_doubt_is_named_behind_one_that_is_not(tmp_path: Path) -> None:
    """The better key is taken; the other one is a choice for the events that lack it."""
    events: list[dict[str, object]] = [{"born_at": "2024-03-01T00:00:00Z", "n": k} for k in (1, 2)]
    events[1]["seen"] = NOON

    lines = inspect(tmp_path, NAME, written(*events)).proposal.lines

    assert lines[2:4] == (
        time_line("seen"),
        (
            '# "born_at" for the same list, only if it has the time of each event: '
            "all 2 events that have it have the same"
        ),
    )


def test_lines_that_were_not_read_keep_their_times(tmp_path: Path) -> None:
    """A new key comes behind those that are tried now, whatever stands in the rest of the file."""
    quiet = [{"start_time": at(k)} for k in range(5)]
    late = {"ts": at(9), "start_time": "2025-11-01T00:00:00Z"}
    place = str(put(tmp_path, NAME, written(*quiet, late)))

    [found] = inspect_files([place], tmp_path, Config(), most_lines=5)

    assert time_line(*NOW, "start_time") in found.proposal.lines
    after = inspect(tmp_path, NAME, written(*quiet, late), pasted(found)).inspection
    assert [(each.key, each.count) for each in after.time] == [("start_time", 5), ("ts", 1)]


def scale_lines(found: Inspected) -> list[str]:
    """Return the scales that are offered."""
    return [line for line in found.proposal.lines if line.startswith("# severity.scale = ")]


def test_only_scales_that_hold_every_number_are_offered(tmp_path: Path) -> None:
    """Each is a choice, with what the numbers mean on it, even if there is only one."""
    levels = (10, 20, 25, 30, 50)
    found = inspect(tmp_path, NAME, written(*({"ts": NOON, "level": each} for each in levels)))
    one = inspect(tmp_path, NAME, written(*({"ts": NOON, "level": each} for each in (0, 7))))
    none = inspect(tmp_path, NAME, written(*({"ts": NOON, "level": each} for each in (0, 500))))

    assert scale_lines(found) == [
        f'# severity.scale = "{scale}"  # {meaning}'
        for scale, meaning in (
            ("python", "50 critical (1), 30 warn (1), 25 info (1), 20 info (1), 10 debug (1)"),
            ("pino", "50 error (1), 30 info (1), 25 debug (1), 20 debug (1), 10 trace (1)"),
        )
    ]
    assert scale_lines(one) == ['# severity.scale = "syslog"  # 0 critical (1), 7 debug (1)']
    assert scale_lines(none) == []
    assert "# no scale holds all of these numbers and tells them apart" in none.proposal.lines
    assert not one.proposal.is_complete


def test_a_key_of_numbers_is_a_question_unless_a_report_asks_for_it(tmp_path: Path) -> None:
    """What `levelno` says is HOLD now; of `pri` no report asks, so its key stays a comment."""
    asked = inspect(tmp_path, NAME, written({"ts": NOON, "levelno": 30}))
    silent = inspect(tmp_path, NAME, written(*({"ts": NOON, "pri": 1 + k % 5} for k in range(20))))

    assert 'fields.more.severity = ["levelno"]' in asked.proposal.lines
    assert silent.inspection.not_understood == 0
    [line] = [line for line in silent.proposal.lines if "fields.more.severity" in line]
    assert line.startswith('# fields.more.severity = ["pri"]')
    assert [line.split('"')[1] for line in scale_lines(silent)] == ["syslog", "otel", "windows"]


def test_letters_are_mapped_in_comments(tmp_path: Path) -> None:
    """A key of single letters is found without its name, with the classes that they stand for."""
    content = written(
        *({"ts": NOON, "s": "IIIIIIIWEF"[k % 10], "side": "BS"[k % 2]} for k in range(50))
    )

    found = inspect(tmp_path, NAME, content)

    first, *_ = found.inspection.severity_like
    assert (first.key, first.values) == ("s", ("F", "E", "W", "I"))
    assert found.proposal.lines[2:] == (
        '# fields.more.severity = ["s", "side"]  # keep those that say a severity:',
        '# "s": "F" (5), "E" (5), "W" (5), "I" (35)',
        '# "side": "B" (25), "S" (25)',
        '# severity.map."e" = "error"',
        '# severity.map."f" = "critical"',
        '# severity.map."i" = "info"',
        '# severity.map."w" = "warn"',
        *(
            f'# severity.map."{each}" = "critical"  '
            "# 25 times: critical, error, warn, notice, info, debug, trace"
            for each in "bs"
        ),
    )
    lines = (line for line in found.proposal.lines if not line.startswith('# "'))
    chosen = "\n".join(line.removeprefix("# ") for line in lines).replace(', "side"', "")
    after = inspect(tmp_path, NAME, content, chosen).inspection
    assert (after.not_understood, after.criticals) == (0, 5)


def test_keys_with_few_short_values_are_listed_if_there_is_no_severity(tmp_path: Path) -> None:
    """They are proposed as comments only, because nothing says that they are severities."""
    grades = ["low", "low", "low", "extreme"]
    events = [
        {"ts": NOON, "grade": grades[k % 4], "ok": k % 2 == 0, "id": f"a{k}", "n": k % 2}
        | {"p": k % 5, "size": 100 * (k % 3), "desk": "x"}
        for k in range(40)
    ]
    without = inspect(tmp_path, NAME, written(*events))
    with_one = inspect(tmp_path, NAME, written(*(each | {"level": "info"} for each in events)))

    found = {each.key: each.values for each in without.inspection.severity_like}
    assert found == {"grade": ("extreme", "low"), "p": ("0", "1", "2", "3", "4")}
    assert all(line.startswith("#") for line in without.proposal.lines[2:])
    assert with_one.inspection.severity_like == ()
    assert with_one.proposal.lines == ()


def test_what_looks_like_a_level_is_shown_by_its_worst_values(tmp_path: Path) -> None:
    """The most severe values come first, then those that are rare."""
    words = ["info"] * 9 + ["odd"] * 3 + ["rare", "fatal", "error"]
    content = written(*({"ts": NOON, "level": "info", "my_level": each} for each in words))

    [candidate] = inspect(tmp_path, NAME, content).inspection.severity_like

    assert candidate.values == ("fatal", "rare", "odd", "error", "info")
    assert candidate.counts == (1, 1, 3, 1, 9)


def test_a_key_that_the_nets_find_is_a_severity_by_its_values(tmp_path: Path) -> None:
    """Its name does not say so, but its words do; with words of alarm alone it is a question."""
    clear = written(*({"ts": NOON, "ctx": {"rank": each}} for each in ("info", "fatal")))
    open_one = written({"ts": NOON, "status": "critical"})

    found = inspect(tmp_path, NAME, clear)
    question = inspect(tmp_path, NAME, open_one)

    assert found.proposal.lines[2:] == ('fields.more.severity = ["ctx.rank"]',)
    first, why, last = question.proposal.lines[2:]
    assert first == '# fields.more.severity = ["status"]  # "critical" (1)'
    assert why.startswith("# only a key of the severity of each event: ")
    assert last.startswith('# "status" may have critical values: only if it says no severity')


@pytest.mark.parametrize(
    ("key", "values", "toml"),
    [
        ("battery_level", ["normal"], ""),
        ("battery_level", ["normal", "ok"], ""),
        ("min_level", ["info"], ""),
        ("mode", ["debug"], ""),
        ("battery_level", [20, 30], '[severity]\nscale = "pino"'),
        ("levelno", [50, 30], '[severity]\nscale = "pino"'),
        ("levelno", [50, 5], '[severity]\nscale = "pino"'),
        ("battery_level", ["i", "d"], '[severity]\nmap = { i = "info", d = "debug" }'),
    ],
)
@pytest.mark.parametrize("text", ["all is well", "FATAL: disk dead"])
def test_a_key_that_only_may_be_a_severity_is_a_comment(
    tmp_path: Path, key: str, values: list[object], toml: str, text: str
) -> None:
    """An event with a severity is not searched for FATAL, so a mild key would hide it."""
    events = [{"ts": NOON, key: each, "msg": "m"} for each in values]
    content = written(*events, {"ts": NOON, key: values[0], "msg": text})

    found = inspect(tmp_path, NAME, content, toml)

    assert "fields.more.severity" not in pasted(found).replace("# fields.more.severity", "")
    assert any(
        line.startswith("# only a key of the severity of each event: one with a severity")
        for line in found.proposal.lines
    )
    after = inspect(tmp_path, NAME, content, f"{toml}\n{pasted(found)}").inspection
    assert after.unread == found.inspection.unread >= (text != "all is well")
    assert_each_offer_loads(tmp_path, found)


def test_a_key_of_levels_is_a_comment_while_it_would_hide_what_was_found(tmp_path: Path) -> None:
    """With it, the text, and the key in the list, would no longer be found."""
    levels = [{"ts": NOON, "my_level": word, "msg": "m"} for word in ("info", "warn")]
    text = {"ts": NOON, "my_level": "info", "msg": "FATAL: disk dead"}
    inner = {"ts": NOON, "my_level": "info", "parts": [{"sev": 1}]}

    clear = inspect(tmp_path, NAME, written(*levels))
    assert clear.proposal.lines[2:] == ('fields.more.severity = ["my_level"]',)
    for other, said in ((text, ", and some texts here have one"), (inner, "")):
        content = written(*levels, other)
        found = inspect(tmp_path, NAME, content)
        assert found.proposal.lines[2].startswith('# fields.more.severity = ["my_level"]')
        assert found.proposal.lines[3].endswith(f"searched for words such as FATAL{said}")
        assert inspect(tmp_path, NAME, content, pasted(found)).inspection.unread == 1


def test_a_word_in_a_text_is_told_beside_many_other_findings(tmp_path: Path) -> None:
    """It is listed although other findings are more frequent."""
    keys = [f"key{k:04}" for k in range(1200)]
    many = [{"ts": NOON, key: "critical"} for key in keys for _ in range(2)]

    inspection = inspect(
        tmp_path, NAME, written(*many, {"ts": NOON, "msg": "FATAL: disk dead"})
    ).inspection

    assert ("(text)", 1) in [(each.name, each.count) for each in inspection.unread_keys]


def test_a_key_that_is_written_with_escapes_is_proposed_as_it_is_read(tmp_path: Path) -> None:
    """Python writes an umlaut so, and no key of an event has a backslash."""
    content = written(*({"ts": NOON, "stärke": each} for each in ("info", "critical")))

    found = inspect(tmp_path, NAME, content)

    assert [each.name for each in found.inspection.unread_keys] == [r"st\u00e4rke"]
    assert found.proposal.lines[2:] == ('fields.more.severity = ["stärke"]',)
    assert inspect(tmp_path, NAME, content, pasted(found)).inspection.criticals == 1


def test_every_value_that_is_not_understood_is_named(tmp_path: Path) -> None:
    """Rare ones are not lost behind frequent ones."""
    known = [f"info{k % 4 + 1}{'.' * (k // 4)}" for k in range(20)] * 2
    content = written(*({"ts": NOON, "level": each} for each in [*known, "halt", "v_rare"]))

    found = inspect(tmp_path, NAME, content)

    named = [line.split('"')[1] for line in found.proposal.lines if "severity.map" in line]
    assert named == ["halt", "v_rare"]


@pytest.mark.parametrize(("value", "key"), [(-1.5, "-1.5"), ("-1.5", "1.5"), (" [HALT]! ", "halt")])
def test_a_value_is_mapped_by_the_name_that_a_report_gives_it(
    tmp_path: Path, value: object, key: str
) -> None:
    """The minus of a number counts, and that of a text is decoration."""
    content = written({"ts": NOON, "level": value})

    found = inspect(tmp_path, NAME, content)

    [line] = [each for each in found.proposal.lines if "severity.map" in each]
    assert line.startswith(f'# severity.map."{key}" = "critical"')
    chosen = pasted(found).replace("# severity.map", "severity.map")
    assert inspect(tmp_path, NAME, content, chosen).inspection.criticals == 1


def test_a_severity_in_a_list_or_a_text_is_explained(tmp_path: Path) -> None:
    """No key list reaches it: what can be done stands in comments."""
    content = written(
        {"ts": NOON, "steps": [{"level": "critical", "at": NOON}]},
        {"ts": NOON, "note": "level=fatal"},
    )

    lines = inspect(tmp_path, NAME, content).proposal.lines

    assert '# "level" is inside of the list "steps", where no key list reaches it:' in lines
    assert '# unpack = ["steps"]  # reads each object of the list as an event' in lines
    assert '# let the writer log it at a key of its own, such as "severity"' in lines
    unpacked = "\n".join(lines).replace("# unpack", "unpack")
    assert inspect(tmp_path, NAME, content, unpacked).inspection.criticals == 1


def test_a_key_with_a_dot_in_another_object_is_explained(tmp_path: Path) -> None:
    """A path would be cut at its dots; at the top it is found as it stands."""
    name = "example.com/severity"
    inner = written({"ts": NOON, "kubernetes": {"labels": {name: "critical"}}})
    top = written({"ts": NOON, name: "critical"}, {"ts": NOON, name: "info"})

    found = inspect(tmp_path, NAME, inner)

    assert (
        f'# "{name}" is a key with a dot in another object, which no key list reaches: let the '
        "writer log it at a key without one"
    ) in found.proposal.lines
    assert inspect(tmp_path, NAME, top).proposal.lines[2:] == (
        f'fields.more.severity = ["{name}"]',
    )


def test_files_of_one_name_and_two_formats_get_patterns_of_their_own(tmp_path: Path) -> None:
    """The entry of one folder does not match the file of the other."""
    put(tmp_path, "telemetry/x/a.jsonl", written({"when": NOON, "n": 1}))
    put(tmp_path, "telemetry/y/a.jsonl", written({"epoch": 1_766_232_000, "n": 1}))

    found = inspect_files([str(tmp_path)], tmp_path, Config())
    proposal = proposal_for(found, Config())

    assert [line for line in proposal.lines if line.startswith("files")] == [
        'files = ["telemetry/x/a.jsonl*"]',
        'files = ["telemetry/y/a.jsonl*"]',
    ]


def test_files_of_one_name_are_read_by_their_paths_below_the_root(tmp_path: Path) -> None:
    """Each is read as a scan of the root reads it, in whatever order they are named."""
    content = written({"ts": NOON, "level": 60})
    paths = [str(put(tmp_path, f"events/{each}/a.jsonl.gz", content)) for each in "xy"]
    for number in range(2):
        pino = Format(files=(f"events/{'xy'[number]}/*.gz",), severity=SeverityRules(scale="pino"))
        found = inspect_files(paths, tmp_path, Config(formats=(pino,)))

        assert [each.inspection.path for each in found] == [
            "events/x/a.jsonl.gz",
            "events/y/a.jsonl.gz",
        ]
        assert [each.inspection.criticals for each in found] == [1 - number, number]
        assert [each.inspection.problem for each in found] == [""] * 2


@pytest.mark.parametrize(
    ("path", "patterns", "others"),
    [
        ("telemetry/2025-12-20.jsonl", "telemetry/????-??-??.jsonl*", "telemetry/risk.jsonl"),
        ("telemetry/a.jsonl", "telemetry/a.jsonl*", "telemetry/x/a.jsonl"),
        ("x/events/a.jsonl", "x/events/a.jsonl*", "events/a.jsonl"),
        ("events/a-20251220.jsonl.gz", "events/a-????????.jsonl*", "events/a-risk.jsonl"),
        ("events/a-2025-12-20T05.jsonl", "events/a-????-??-??T??.jsonl*", "events/a-b.jsonl"),
        ("events/2025/12/20/05/a.jsonl", "events/????/??/??/??/a.jsonl*", "events/x/a.jsonl"),
        (
            "events/year=2025/month=12/day=20/a.jsonl",
            "events/year=????/month=??/day=??/a.jsonl*",
            "events/year=2025/a.jsonl",
        ),
        ("events/date=2025-12-20/hour=05/a.jsonl", "events/date=????-??-??/hour=??/a.jsonl*", "a"),
        ("events/tenant=17/a.jsonl", "events/tenant=17/a.jsonl*", "events/tenant=18/a.jsonl"),
        ("events/svc-2.jsonl", "events/svc-2.jsonl*", "events/svc-3.jsonl"),
        ("events/a*.jsonl", "events/a?.jsonl*", "events/all.jsonl"),
        ("a.json", "a.json a.json.* a.json-*", "a.jsonl"),
        ("logs/a.log.1", "logs/a.log logs/a.log.* logs/a.log-*", "logs/a.logins.jsonl"),
        ("logs/a.log_2", "logs/a.log logs/a.log.* logs/a.log-* logs/a.log_2", "logs/a.logs"),
        ("logs/prog", "logs/prog", "logs/prog.jsonl"),
    ],
)
def test_a_pattern_is_that_of_one_writer(path: str, patterns: str, others: str) -> None:
    """Dates are any dates; the rest, also the folder, is that of the file."""
    assert patterns_of(path) == tuple(patterns.split())
    matcher = Patterns(patterns_of(path))
    assert matcher.match(path)
    assert not matcher.match(others)


def test_the_files_of_other_writers_beside_a_dated_one_stay_as_they_are(tmp_path: Path) -> None:
    """The preset of one file does not say what the numbers of another one mean."""
    pino = written(
        *({"level": level, "time": NOON, "pid": 1, "hostname": "h"} for level in (30, 60))
    )
    other = put(tmp_path, "events/risk.jsonl", written({"ts": NOON, "level": 50}))
    found = inspect(tmp_path, "events/2025-12-20.jsonl", pino)
    assert found.proposal.preset == "pino"

    config = load_config(put(tmp_path, "stage1.toml", pasted(found).encode()))
    [after] = inspect_files([str(other)], tmp_path, config)

    assert after.inspection.unknown == 1


def test_an_entry_that_matches_now_is_named(tmp_path: Path) -> None:
    """The first entry that matches counts, so a new one behind it would do nothing."""
    content = written({"when": NOON, "n": 1})
    toml = '[[formats]]\nfiles = ["x"]\n[[formats]]\nfiles = ["**"]\n'

    found = inspect(tmp_path, NAME, content, toml)

    assert found.proposal.lines[0] == (
        "# entry 2 of [[formats]] matches the file now: put the keys there"
    )


def test_the_key_of_the_text_is_shown(tmp_path: Path) -> None:
    """It is the first of the key list that has a text, as in evidence."""
    content = written({"ts": NOON, "title": "", "msg": "x"}, {"ts": NOON, "error": "y"})

    assert [
        (each.key, each.count) for each in inspect(tmp_path, NAME, content).inspection.text
    ] == [
        ("error", 1),
        ("msg", 1),
    ]


def test_numbers_and_flags_that_are_no_levels_are_passed_over(tmp_path: Path) -> None:
    """The name alone does not make a price or a flag a severity."""
    events = [{"ts": NOON, "price_level": 100 + k, "is_severe": k % 2 == 0} for k in range(40)]

    found = inspect(tmp_path, NAME, written(*events))

    assert found.inspection.severity_like == ()
    assert found.proposal.lines == ()


def test_the_guide_shows_what_is_proposed(tmp_path: Path) -> None:
    """The example of the guide is the block for a file with two keys of its own."""
    content = written(
        *({"when": at(k), "ctx": {"rank_level": each}} for k, each in enumerate(("info", "warn")))
    )
    lines = pasted(inspect(tmp_path, "logs/own.log", content))

    assert f"```toml\n{lines}\n```" in (REPO / "docs" / "ops" / "formats.md").read_text("utf-8")


def offers(found: Inspected) -> dict[str, list[str]]:
    """Return the comments that are lines of TOML, by the keys that they set."""
    by_key: dict[str, list[str]] = {}
    for line in found.proposal.lines:
        text = line.removeprefix("# ")
        key = text.partition(" = ")[0]
        if text != line and key.startswith(("fields.", "severity.", "unpack", "embedded")):
            by_key.setdefault(key, []).append(line)
    return by_key


def assert_each_offer_loads(root: Path, found: Inspected) -> None:
    """Check that one comment of each property can be taken, whichever it is."""
    for lines in offers(found).values():
        for line in lines:
            chosen = pasted(found).replace(line, line.removeprefix("# "))
            load_config(put(root, "stage1.toml", chosen.encode()))
    every = pasted(found)
    for lines in offers(found).values():
        every = every.replace(lines[-1], lines[-1].removeprefix("# "))
    load_config(put(root, "stage1.toml", every.encode()))


@pytest.mark.parametrize("copies", [1, 60])
def test_a_file_that_no_event_of_which_can_be_critical_asks_for_a_key(
    tmp_path: Path, copies: int
) -> None:
    """In few lines and in many, a key that may be a severity is offered with all its values."""
    ranks = ["SEV1", *["client_error", "ok"] * 2]
    events = [{"ts": NOON, "outcome": {"rank": each, "status": 1}} for each in ranks] * copies
    found = inspect(tmp_path, NAME, written(*events))

    assert found.part.draft.is_mute
    classes = "critical, error, warn, notice, info, debug, trace"
    times = "1 time" if copies == 1 else f"{copies} times"
    values = f'"SEV1" ({copies}), "client_error" ({2 * copies}), "ok" ({2 * copies})'
    assert found.proposal.lines[2:] == (
        f'# fields.more.severity = ["outcome.rank"]  # {values}',
        f'# severity.map."sev1" = "critical"  # {times}: {classes}',
        f'# severity.map."client_error" = "critical"  # {2 * copies} times: {classes}',
    )
    assert_each_offer_loads(tmp_path, found)
    chosen = "\n".join(line.removeprefix("# ") for line in found.proposal.lines)
    after = inspect(tmp_path, NAME, written(*events), chosen)
    assert after.inspection.criticals == 3 * copies
    assert not after.part.draft.is_mute
    said = inspect(tmp_path, NAME, written(*events), '[severity]\nnot = ["rank"]')
    assert said.inspection.severity_like == ()


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("rank", ["low", "high"]),
        ("impact", ["a", "b", "c"]),
        ("x", ["SEV1", "ok"]),
        ("x", ["P1", "P2"]),
        ("x", ["page", "mail"]),
        ("x", ["I", "F"]),
        ("x", ["ok", "error"]),
    ],
)
def test_a_key_like_a_level_is_listed_in_a_file_of_few_lines(
    tmp_path: Path, key: str, values: list[str]
) -> None:
    """The name or the values are enough, where nothing else says a severity."""
    lines = [{"ts": NOON, key: each, "side": f"x{k}"} for k, each in enumerate(values)]

    found = inspect(tmp_path, NAME, written(*lines))

    assert [each.key for each in found.inspection.severity_like] == [key]
    assert found.part.draft.is_mute


LOG4JS = [
    {"ts": NOON, "level": {"level": number, "levelStr": word, "colour": "red"}}
    for number, word in ((20000, "INFO"), (35000, "AUDIT"), (50000, "FATAL"), (60000, "MELTDOWN"))
]


def test_the_words_in_an_object_at_a_severity_key_are_its_severity(tmp_path: Path) -> None:
    """They are proposed, with the line that passes the object over, and no map of the object."""
    found = inspect(tmp_path, NAME, written(*LOG4JS))

    lines = found.proposal.lines
    assert lines[2] == 'fields.more.severity = ["level.levelStr"]'
    assert lines[-2:] == (
        (
            '# "level" is an object in every event that was read, and "level.levelStr" has its '
            "words, so:"
        ),
        '# severity.not = ["level"]',
    )
    assert not any("(object)" in line or "severity.scale" in line for line in lines)
    assert_each_offer_loads(tmp_path, found)
    before = inspect(tmp_path, NAME, written(*LOG4JS), pasted(found)).inspection
    assert (before.criticals, before.unknown) == (1, 3)
    chosen = pasted(found).replace('# severity.map."meltdown"', 'severity.map."meltdown"')
    chosen = chosen.replace('# severity.map."audit" = "critical"', 'severity.map."audit" = "info"')
    chosen = chosen.replace("# severity.not", "severity.not")
    after = inspect(tmp_path, NAME, written(*LOG4JS), chosen)
    assert (after.inspection.criticals, after.inspection.not_understood) == (2, 0)
    assert after.proposal.lines == ()


def test_an_object_that_may_say_more_is_not_passed_over(tmp_path: Path) -> None:
    """An object without the words, or a text at the same key, would be lost."""
    bare: dict[str, object] = {"ts": NOON, "level": {"level": 50000}}
    for other in (bare, {"ts": NOON, "level": "FATAL"}):
        found = inspect(tmp_path, NAME, written(*LOG4JS, other))
        assert "severity.not" not in offers(found)
        assert any('severity.map."(object)"' in line for line in found.proposal.lines)
        assert_each_offer_loads(tmp_path, found)


def test_a_scale_that_does_not_tell_the_numbers_apart_is_not_offered(tmp_path: Path) -> None:
    """Numbers of another scale would all be critical on it: each is mapped instead."""
    content = written(*({"ts": NOON, "level": {"code": each}} for each in (20000, 50000)))

    found = inspect(tmp_path, NAME, content)
    plain = inspect(tmp_path, NAME, written({"ts": NOON, "level": 20000}, {"level": 50000}))

    assert scale_lines(found) == []
    assert scale_lines(plain) == []
    assert any('severity.map."20000"' in line for line in plain.proposal.lines)


def test_several_keys_are_offered_in_one_line(tmp_path: Path) -> None:
    """Two lines of one key would be no TOML."""
    events = [{"ts": NOON, "rank": "SEV1", "impact": "big"}, {"ts": NOON, "rank": "ok"}]
    numbers = [{"ts": NOON, "levelno": 30, "pri": 1}, {"ts": NOON, "levelno": 60, "pri": 4}]

    for content in (written(*events), written(*numbers), written(*events, *numbers)):
        found = inspect(tmp_path, NAME, content)
        assert len(offers(found).get("fields.more.severity", [])) <= 1
        assert_each_offer_loads(tmp_path, found)


def test_what_is_counted_is_what_a_scan_counts(tmp_path: Path) -> None:
    """Lines with words of alarm are found as a scan finds them, wherever they are in a block."""
    quiet = [{"ts": NOON, "level": "info", "n": k} for k in range(500)]
    odd = [{"ts": NOON, "msg": "EMERGENCY stop"}, {"ts": NOON, "level": "info", "a": "panic"}]

    found = inspect(tmp_path, NAME, written(*quiet, *odd, *quiet)).inspection

    assert found.unread == 2
    assert [(each.name, each.count) for each in found.unread_keys] == [("(text)", 1), ("a", 1)]


KEYS = st.sampled_from(["level", "levelno", "rank", "impact", "pri", "status", "x.sev"])
VALUES = st.sampled_from([30, 60, 20000, "SEV1", "ok", "FATAL", "I", "critical", 'a" = "b', {}])
EVENTS = st.dictionaries(KEYS, VALUES | st.dictionaries(KEYS, VALUES, max_size=3), max_size=4)


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(EVENTS, min_size=1, max_size=8))
def test_each_line_that_is_offered_can_be_taken(events: list[dict[str, object]]) -> None:
    """Whatever may be a severity, one line of each property is a valid choice."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        found = inspect(root, NAME, written(*({"ts": NOON} | each for each in events)))
        assert_each_offer_loads(root, found)
        assert not found.inspection.severity_like or found.inspection.severity or pasted(found)
