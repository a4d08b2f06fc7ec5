"""Tests of `peaktrade_ops.stage1.event_hints`: lines to paste that end an objection."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.config import Accepted, Alerts, Config, Fields, Policy, SeverityRules
from peaktrade_ops.config_file import load_config
from peaktrade_ops.formats import default_reading
from peaktrade_ops.stage1.day import day_of_summary
from peaktrade_ops.stage1.models import (
    Evidence,
    FormatSettings,
    NamedCount,
    SeveritySettings,
    SourceSettings,
    Understanding,
)
from peaktrade_ops.stage1.policy import judge
from peaktrade_ops.stage1.severity import SeverityReader
from peaktrade_ops.text import printable, severity_key, toml_string
from tests.support.artifacts import DAY, END, coverage, days_until, end_of, seen, summary
from tests.support.examples import examples

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from peaktrade_ops.stage1.models import Finding, Summary

RULES = ("not_understood", "danger", "critical_actions", "legacy_critical")


def counts(*names: str) -> tuple[NamedCount, ...]:
    """Return names that occur once each."""
    return tuple(NamedCount(name, 1) for name in names)


def understood(**changes: Any) -> Summary:  # noqa: ANN401 (of the understanding)
    """Return the summary of a day with another understanding."""
    return summary(understanding=Understanding(**changes))


def unknown(*values: str) -> Summary:
    """Return the summary of a day with unknown severities."""
    return understood(unknown_severity=len(values), unknown_values=counts(*values))


def unread(*keys: str) -> Summary:
    """Return the summary of a day with unread severities."""
    return understood(unread_severity=len(keys), unread_keys=counts(*keys))


def with_settings(report: Summary, **changes: object) -> Summary:
    """Return a summary whose settings are changed."""
    assert report.settings
    return msgspec.structs.replace(
        report, settings=msgspec.structs.replace(report.settings, **changes)
    )


def findings_of(reports: Sequence[Summary]) -> list[Finding]:
    """Return the findings of the four rules on days with these reports."""
    dated = [
        msgspec.structs.replace(each, date=day, created_at_utc=end_of(day), window=None)
        for each, day in zip(reports, days_until(DAY, len(reports)), strict=True)
    ]
    judgement = judge([day_of_summary(each) for each in dated], Policy(), end=END)
    return [each for each in judgement.findings if each.rule in RULES]


def parts(*reports: Summary) -> tuple[str, list[str]]:
    """Return the sentence of the only finding, and its lines to paste."""
    [finding] = findings_of(reports)
    sentence, *lines = finding.hint.split("\n")
    return sentence, lines


def pasted(folder: Path, lines: Sequence[str]) -> Config:
    """Return the configuration that lines make, as the program reads it."""
    path = folder / "stage1.toml"
    path.write_text("\n".join(lines), "utf-8")
    return load_config(path)


# --- unknown severities --------------------------------------------------------------------------


def test_an_unknown_value_gets_a_line_that_makes_it_critical(tmp_path: Path) -> None:
    """The strictest class is the one that is pasted; another is chosen by hand."""
    sentence, lines = parts(unknown("risk", "p2"))

    assert "say what the unknown severities mean" in sentence
    assert lines[:4] == [
        "[severity]",
        "# choose the class of each: critical, error, warn, notice, info, debug, trace",
        'map."p2" = "critical"',
        'map."risk" = "critical"',
    ]
    assert not any("scale" in line for line in lines)
    assert pasted(tmp_path, lines).severity.map == {"p2": "critical", "risk": "critical"}


def test_the_values_of_all_days_are_named_the_most_frequent_first() -> None:
    """One paste ends the objection on every day."""
    _, lines = parts(unknown("risk", "boo"), unknown("risk"), understood(unknown_severity=1))

    assert [line for line in lines if line.startswith("map.")] == [
        'map."risk" = "critical"',
        'map."boo" = "critical"',
    ]


def test_numbers_may_be_of_a_scale(tmp_path: Path) -> None:
    """The lines make each number critical; a scale may take their place."""
    _, lines = parts(unknown("60", "-1"))

    assert '# scale = "python"  # or pino, syslog, otel, monolog, windows' in lines
    assert pasted(tmp_path, lines).severity.map == {"60": "critical", "-1": "critical"}


def test_a_name_that_was_cut_is_not_named() -> None:
    """Reports cut names to 200 characters, and a cut name would match nothing."""
    _, lines = parts(unknown("x" * 200, "y" * 199))

    assert [line for line in lines if line.startswith("map.")] == [
        f'map."{"y" * 199}" = "critical"'
    ]


def test_events_ahead_of_the_clock_are_found_file_by_file() -> None:
    """Every report of a scan counts them, and none has their lines."""
    sentence, _ = parts(understood(ahead_serious=1))

    assert "stage1-snapshot --input FILE --reports-root DIR, with a new DIR, counts" in sentence
    assert "--input" not in parts(understood(untimed_serious=1))[0]


def test_a_severity_that_was_cut_asks_for_its_writer() -> None:
    """No line can name it, so that the hint says what else ends the objection."""
    said = "severities of 200 characters or more have no line to paste: mend their writer"

    sentence, lines = parts(unknown("x" * 200))

    assert said in sentence
    assert "name their key in not under [severity]" in sentence
    assert not any("map." in line for line in lines)
    assert said not in parts(unknown("x" * 199))[0]


VALUES = st.one_of(
    st.text(max_size=30),
    st.text(st.sampled_from("ab1-\"'\\\n\r\t #[]=\x1b\u202e\u2028\U0001f525"), max_size=12),
    st.integers(),
    st.booleans(),
    st.just([1]),
    st.just({"a": 1}),
)


@settings(max_examples=examples(200))
@given(st.lists(VALUES, min_size=1, max_size=8))
def test_a_pasted_value_is_understood(
    tmp_path_factory: pytest.TempPathFactory, values: list[object]
) -> None:
    """Every value that a report shows as unknown is critical with the pasted configuration."""
    by_default = SeverityReader({}, None)
    found = [value for value in values if by_default.read(value).level == "unknown"]
    names = list(dict.fromkeys(by_default.read(value).shown for value in found))
    if not names:
        return

    _, lines = parts(unknown(*names))
    config = pasted(tmp_path_factory.mktemp("paste"), lines)

    reading = default_reading(config)
    reader = SeverityReader(dict(reading.map), reading.scale)
    assert {reader.read(value).level for value in found if value != ""} <= {"critical"}


# --- unread severities ---------------------------------------------------------------------------


def test_an_unread_key_becomes_a_key_of_the_severity(tmp_path: Path) -> None:
    """The other choice, that the key holds no severity, is a comment."""
    sentence, lines = parts(unread("status"))

    config = pasted(tmp_path, lines)

    assert "say whether the keys that were not read hold a severity" in sentence
    assert config.fields.more.severity == ("status",)
    assert default_reading(config).severity == ("status", *Fields().severity)
    assert '# not = ["status"]' in lines
    other = [line.removeprefix("# ") if "not =" in line else line for line in lines]
    assert pasted(tmp_path, other).severity.not_ == ("status",)


def test_a_key_that_is_written_with_escapes_is_named_as_it_is_read(tmp_path: Path) -> None:
    """The other choice names it as it is written, as the search for severities does."""
    _, lines = parts(unread(r"kritikalit\u00e4t"))

    assert pasted(tmp_path, lines).fields.more.severity == ("kritikalit\u00e4t",)
    other = [line.removeprefix("# ") if "not =" in line else line for line in lines]
    assert pasted(tmp_path, other).severity.not_ == (r"kritikalit\u00e4t",)


def test_keys_of_the_configuration_stay() -> None:
    """The lists to paste take the place of those that are there, so they contain their keys."""
    report = unread("status")
    assert report.settings
    fields = msgspec.structs.replace(
        report.settings.fields, severity=("own", *Fields().severity, "other")
    )
    severity = SeveritySettings({"p2": "warn"}, None, ("mood",))

    _, lines = parts(with_settings(report, fields=fields, severity=severity))

    assert 'severity = ["own", "other", "status"]' in lines
    assert '# not = ["mood", "status"]' in lines


def entry(severity: tuple[str, ...], *, not_keys: tuple[str, ...] = ()) -> FormatSettings:
    """Return the settings of an entry of ``[[formats]]`` with these keys of the severity."""
    report = unread("status")
    assert report.settings
    fields = msgspec.structs.replace(report.settings.fields, severity=severity)
    return FormatSettings(("z.jsonl",), None, fields, SeveritySettings({}, None, not_keys), (), ())


def test_an_entry_with_a_list_of_its_own_gets_a_line_of_its_own(tmp_path: Path) -> None:
    """What stands in the table for all files does not reach its files."""
    here = '# entry 2 of [[formats]] has a list of its own; for its files, "z.jsonl", there:'
    closed = (entry(Fields().severity), entry(("lvl",)))

    _, lines = parts(with_settings(unread("status", "level"), formats=closed))

    assert lines[lines.index(here) + 1] == '# fields.severity = ["lvl", "status", "level"]'
    assert pasted(tmp_path, lines).fields.more.severity == ("status",)
    _, times = parts(with_settings(understood(untimed_serious=1), formats=closed))
    assert not any("has a list of its own" in line for line in times)


def test_an_entry_that_the_table_for_all_files_reaches_gets_no_line() -> None:
    """It has all these keys, but those that hold no severity in its files."""
    reached = (
        entry(("own", *Fields().severity)),
        entry(Fields().severity[1:], not_keys=Fields().severity[:1]),
        entry(("lvl", "status")),
    )

    _, lines = parts(with_settings(unread("status"), formats=reached))

    assert not any("has a list of its own" in line for line in lines)


def test_an_entry_with_its_own_times_is_named() -> None:
    """The key of the time stands in its list, too."""
    report = understood(untimed_serious=1)
    assert report.settings
    fields = msgspec.structs.replace(report.settings.fields, time=("when",))
    closed = (FormatSettings(("z",), None, fields, SeveritySettings({}, None, ()), (), ()),)

    _, lines = parts(with_settings(report, formats=closed))

    assert '# fields.time = ["when", "KEY"]' in lines


def test_a_key_that_is_read_already_needs_its_path(tmp_path: Path) -> None:
    """A key of the severity is read at the top of an event, so this one is in another object."""
    report = unread("level", "mood")
    assert report.settings

    _, lines = parts(report)

    assert '# in another object, so their path must be named in severity: "level"' in lines
    assert pasted(tmp_path, lines).fields.more.severity == ("mood",)


@pytest.mark.parametrize(
    ("paths", "file"),
    [
        ([], "FILE"),
        (["telemetry/a.jsonl"], "telemetry/a.jsonl"),
        (["b c.jsonl"], "'b c.jsonl'"),
    ],
)
def test_the_path_of_a_key_in_another_object_is_found_by_inspect(
    tmp_path: Path, paths: list[str], file: str
) -> None:
    """Only the last part of the key is known, so the hint says what shows the rest."""
    unclear = seen(path="other.jsonl", severity="boo")
    evidence = Evidence(
        not_understood=(unclear, *(seen(path=each, severity=None) for each in paths))
        if paths
        else ()
    )
    report = msgspec.structs.replace(unread("logLevel"), evidence=evidence)

    _, lines = parts(report)

    assert f"# peaktrade-ops inspect {file} (in the telemetry root) shows the path" in lines
    assert "# and the values: numbers need a scale under [severity], too" in lines
    pasted(tmp_path, lines)


def test_a_key_of_a_boolean_gets_its_values_too(tmp_path: Path) -> None:
    """Else `true` and `false` would be the next unknown severities."""
    _, lines = parts(unread("Fatal"))

    config = pasted(tmp_path, lines)

    assert config.fields.more.severity == ("Fatal",)
    assert config.severity.map == {"true": "critical", "false": "info"}


@pytest.mark.parametrize("name", ["(value)", "(text)"])
def test_a_severity_without_a_key_says_what_to_do(name: str) -> None:
    """No line of the configuration names it, so only the entry to accept is pasted."""
    sentence, lines = parts(unread(name))

    assert "in their writer or with unpack or embedded under [[formats]]" in sentence
    assert lines[0] == "[[accepted]]"


KEYS = st.one_of(
    st.text(max_size=20),
    st.text(st.sampled_from("ab.\"'\\\n\r #[]=\x1b\u202e\u2028"), max_size=8),
    st.sampled_from(["level", "critical", "FATAL", "(value)", "(text)", "x" * 200]),
)


@settings(max_examples=examples(200))
@given(values=st.lists(KEYS, max_size=30), keys=st.lists(KEYS, max_size=30))
def test_any_names_make_lines_that_can_be_pasted(
    tmp_path_factory: pytest.TempPathFactory, values: list[str], keys: list[str]
) -> None:
    """Whatever the telemetry holds, it begins no line, and the configuration is accepted."""
    values = list({severity_key(value): None for value in values})
    report = understood(
        unknown_severity=1,
        unread_severity=1,
        untimed_serious=1,
        unknown_values=counts(*values),
        unread_keys=counts(*dict.fromkeys(keys)),
    )

    _, lines = parts(report)
    config = pasted(tmp_path_factory.mktemp("paste"), lines)

    assert all(printable(line) == line for line in lines)
    assert all(
        re.match(r'# |map\."|severity = \[|  "|\]|\[|date = |rule = |count = |reason = ', line)
        for line in lines
    )
    assert {entry.rule for entry in config.accepted} == {"not_understood"}
    assert (
        msgspec.structs.replace(config, severity=SeverityRules(), fields=Fields(), accepted=())
        == Config()
    )
    if len(values) <= 24:
        nameable = {value for value in values if 0 < len(value) < 200}
        assert nameable <= {*config.severity.map}


def test_pasted_keys_are_read_and_end_the_objection(tmp_path: Path) -> None:
    """The same lines of telemetry are critical with what the hint says."""
    lines = [b'{"status":"critical"}', b'{"critical":true}', b'{"sevCode":"panic"}']
    _, proposal = parts(unread("status", "critical", "sevCode"))
    config = pasted(tmp_path, proposal)

    levels = [
        SeverityReader(dict(config.severity.map), None).most_severe(
            json.loads(line).get(key) for key in default_reading(config).severity
        )
        for line in lines
    ]

    assert [level and level.level for level in levels] == ["critical"] * 3


# --- time ----------------------------------------------------------------------------------------


def test_events_without_a_time_show_the_line_for_its_key(tmp_path: Path) -> None:
    """The report does not know the key, so the line is a comment; inspect may find it."""
    sentence, lines = parts(understood(untimed_serious=1))

    assert "give the serious events without a time one, or name its key" in sentence
    assert lines[:3] == [
        "[fields.more]",
        "# the key of the time of these events, which inspect may find:",
        '# time = ["KEY"]',
    ]
    config = pasted(
        tmp_path, [line.removeprefix("# ") if "KEY" in line else line for line in lines]
    )
    assert config.fields.more.time == ("KEY",)


def test_events_ahead_ask_for_the_clocks() -> None:
    """No line of the configuration sets a clock."""
    sentence, lines = parts(understood(ahead_serious=1))

    assert "check the clocks of the writers that are more than a day ahead" in sentence
    assert lines[0] == "[[accepted]]"


def test_a_report_of_version_0_1_0_asks_for_the_time() -> None:
    """It knows critical events without a time, and nothing else."""
    report = summary(understanding=None, coverage=coverage(untimed_critical=2), settings=None)

    sentence, lines = parts(report)

    assert "give the serious events without a time one" in sentence
    assert "count = 2" in lines


def test_the_events_are_named() -> None:
    """An operator can open the file at once; text of telemetry stays on its line."""
    events = tuple(seen(path="a\nb.jsonl", line=line) for line in range(1, 6))
    report = msgspec.structs.replace(unknown("risk"), evidence=Evidence(not_understood=events))

    sentence, _ = parts(report)

    assert sentence.startswith(
        "look at these events (a\\u000ab.jsonl line 1, a\\u000ab.jsonl line 2,"
        " a\\u000ab.jsonl line 3 and 2 more); "
    )
    assert sentence.endswith(
        "then run stage1-run; what cannot be mended can be accepted in stage1.toml"
    )


# --- danger --------------------------------------------------------------------------------------


def dangers(*words: str) -> Summary:
    """Return the summary of a day with events that name these dangers."""
    counts = tuple(NamedCount(each, 1) for each in words)
    return understood(danger=len(words), danger_words=counts)


@pytest.mark.parametrize(
    "found", [["kill_switch"], ["liquidation", "trading_halted"], ["circuit_breaker", "killed"]]
)
def test_a_danger_shows_the_list_without_it(tmp_path: Path, found: list[str]) -> None:
    """The pasted list makes these events no dangers, and every other one stays a danger."""
    _, lines = parts(dangers(*found))

    config = pasted(tmp_path, lines)

    assert config.alerts.danger == tuple(each for each in Alerts().danger if each not in found)
    assert lines[1] == (
        f"# if these are harmless, the list without"
        f" {', '.join(toml_string(each) for each in sorted(found))}:"
    )


def test_the_list_of_the_configuration_is_shortened() -> None:
    """The list to paste is that of the last report, and not of the defaults."""
    report = with_settings(dangers("my_stop"), danger=("my_stop", "killed"))

    _, lines = parts(report)

    assert 'danger = ["killed"]' in lines


def test_a_list_without_any_danger_can_be_pasted(tmp_path: Path) -> None:
    """The last entry can be taken out, too."""
    report = with_settings(dangers("killed"), danger=("killed",))

    assert pasted(tmp_path, parts(report)[1]).alerts.danger == ()


# --- critical_actions and legacy_critical --------------------------------------------------------


def test_a_critical_action_is_named_among_the_others() -> None:
    """Only the actions of critical severity are named."""
    actions = (seen(line=1, severity="info"), seen(line=2), seen(line=3, severity=None))
    report = msgspec.structs.replace(
        understood(critical_actions=1), evidence=Evidence(actions=actions)
    )

    sentence, lines = parts(report)

    assert "in the reports (telemetry/a.jsonl line 2), and find the cause" in sentence
    assert lines[0] == "[[accepted]]"


def test_a_legacy_source_is_taken_out(tmp_path: Path) -> None:
    """The pasted lines leave no legacy source; of several, those that are quiet can stay."""
    sources = SourceSettings(("old/**", 'a"b/**'), ())
    sentence, lines = parts(with_settings(understood(legacy_critical=1), sources=sources))

    assert "take its pattern out of legacy under [sources]" in sentence
    assert 'run inspect --all on the files of these patterns (old/**, a"b/**)' in sentence
    assert pasted(tmp_path, lines).sources.legacy == ()
    assert '# legacy = ["old/**", "a\\"b/**"]' in lines
    one = with_settings(understood(legacy_critical=1), sources=SourceSettings(("old/**",), ()))
    assert parts(one)[1][:2] == ["[sources]", "legacy = []"]


# --- all of them ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "report",
    [
        unknown("risk", "60"),
        unread("status", "critical", "level", "(text)"),
        understood(untimed_serious=1, ahead_serious=2),
        dangers("killed"),
        understood(critical_actions=3),
        understood(legacy_critical=4),
    ],
    ids=["unknown", "unread", "untimed", "danger", "actions", "legacy"],
)
def test_the_entry_is_last_and_accepts_the_whole_day(tmp_path: Path, report: Summary) -> None:
    """The entry of the pasted lines ends the objection, and one that is too small does not."""
    [finding] = findings_of([report])
    [entry] = pasted(tmp_path, finding.hint.split("\n")[1:]).accepted
    days = [day_of_summary(report)]

    def rules(*accepted: Accepted) -> set[str]:
        judgement = judge(days, Policy(), end=END, accepted=accepted)
        return {each.rule for each in judgement.findings}

    tables = [line for line in finding.hint.split("\n") if line.startswith("[")]
    assert tables[-1] == "[[accepted]]"
    assert finding.rule not in rules(entry)
    if entry.count > 1:
        smaller = msgspec.structs.replace(entry, count=entry.count - 1)
        assert finding.rule in rules(smaller)
