"""Tests of `peaktrade_ops.config`: defaults, refused files, and the default file."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from peaktrade_ops.config import (
    CONFIG_NAME,
    Accepted,
    Config,
    Fields,
    Limits,
    Policy,
    Sources,
    default_config_file,
    load_config,
)
from peaktrade_ops.errors import ConfigError

REPO = Path(__file__).parents[1]


def written(folder: Path, text: str | bytes) -> Path:
    """Write a configuration file and return its path."""
    path = folder / CONFIG_NAME
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(folder: Path, text: str | bytes) -> str:
    """Return the message for a refused configuration; it always names the file."""
    path = written(folder, text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_the_default_keys_are_those_of_the_contract() -> None:
    """The keys and their order are those of section 5."""
    assert (
        Fields(
            time=(
                "ts",
                "timestamp",
                "time",
                "created_at",
                "at",
                "datetime",
                "ts_utc",
                "timestamp_utc",
                "@timestamp",
                "wall_ts",
                "event_ts_unix",
                "captured_at",
            ),
            severity=("severity", "level", "sev", "levelname"),
            type=("event_type", "type", "kind", "event", "category", "name"),
            rule=("rule_id", "rule", "rule_name", "labels.rule_id", "name", "source"),
        )
        == Config().fields
    )


def test_the_default_sources_are_those_of_the_contract() -> None:
    """The default of `legacy` is `live_runs/alerts/**`, and the other lists are empty."""
    assert (
        Sources(legacy=("live_runs/alerts/**",), ignore=(), include=(), expect=(), expect_events=())
        == Config().sources
    )


def test_the_default_policy_is_that_of_the_contract() -> None:
    """Section 7: over 5 alerts, any missing day, fewer than 7 days with data are a HOLD."""
    assert (
        Policy(
            max_new_alerts=5,
            max_missing_days=0,
            missing_window_days=7,
            min_days_with_data=7,
            days_off=(),
            retention_days=7,
        )
        == Config().policy
    )


def test_the_default_limits_are_those_of_the_contract() -> None:
    """A record may have 64 MiB, and the machine determines the number of processes."""
    assert Limits(record_bytes=67_108_864, memory_bytes=67_108_864, processes=0) == Config().limits


@pytest.mark.parametrize("text", ["", "# nothing\n", "[policy]\n", "[fields]\n[sources]\n[limits]"])
def test_every_key_is_optional(tmp_path: Path, text: str) -> None:
    """A key that the file does not set has its default."""
    assert load_config(written(tmp_path, text)) == Config()


def test_the_stage1_toml_of_the_repo_says_the_defaults() -> None:
    """The file that documents the defaults equals them."""
    assert load_config(REPO / CONFIG_NAME) == Config()


def test_every_key_can_be_set(tmp_path: Path) -> None:
    """A value of the file replaces the default of its key."""
    path = written(
        tmp_path,
        """
        [fields]
        time = ["when"]
        severity = ["prio"]
        type = ["what"]
        rule = ["who.id"]
        [sources]
        legacy = []
        ignore = ["old/**", "*.bak.jsonl"]
        include = ["app.log"]
        expect = ["a/**"]
        expect_events = ["b/**"]
        [policy]
        max_new_alerts = 0
        max_missing_days = 2
        missing_window_days = 1
        min_days_with_data = 3
        days_off = ["sat", 2025-12-25, "2025-12-26"]
        retention_days = 5
        [[accepted]]
        date = 2025-12-15
        rule = "parse_errors"
        count = 2
        reason = "the disk was full"
        [[accepted]]
        date = "2025-12-16"
        rule = "lost"
        reason = "cleaned up"
        [limits]
        record_bytes = 1024
        memory_bytes = 1_048_576
        processes = 256
        """,
    )

    assert load_config(path) == Config(
        fields=Fields(("when",), ("prio",), ("what",), ("who.id",)),
        sources=Sources((), ("old/**", "*.bak.jsonl"), ("app.log",), ("a/**",), ("b/**",)),
        policy=Policy(0, 2, 1, 3, ("sat", "2025-12-25", "2025-12-26"), 5),
        accepted=(
            Accepted(date(2025, 12, 15), "parse_errors", "the disk was full", 2),
            Accepted(date(2025, 12, 16), "lost", "cleaned up"),
        ),
        limits=Limits(1024, 1_048_576, 256),
    )


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    """A byte order mark is accepted."""
    config = load_config(written(tmp_path, "\ufeff[policy]\nmax_new_alerts = 9"))

    assert config.policy.max_new_alerts == 9


def test_the_old_key_for_empty_days_is_accepted_as_true(tmp_path: Path) -> None:
    """The old key for empty days is accepted as true; false is refused with a hint."""
    assert load_config(written(tmp_path, "[policy]\nempty_is_missing = true")) == Config()
    for value in ("false", "1", "'yes'"):
        message = refusal(tmp_path, f"[policy]\nempty_is_missing = {value}")
        assert "days_off" in message


@pytest.mark.parametrize("rule", ["critical", "too_short"])
def test_two_rules_can_never_be_accepted(tmp_path: Path, rule: str) -> None:
    """The message says that the two rules cannot be accepted."""
    text = f"[[accepted]]\ndate = 2025-12-15\nrule = '{rule}'\nreason = 'x'"

    assert "can never be accepted" in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2025, 12, 20), True), (date(2025, 12, 25), True), (date(2025, 12, 22), False)],
)
def test_a_day_off_is_a_day_of_the_week_or_a_date(day: date, *, expected: bool) -> None:
    """20 December 2025 is a Saturday."""
    assert Policy(days_off=("sat", "2025-12-25")).is_off(day) is expected


def test_a_single_key_leaves_the_others_alone(tmp_path: Path) -> None:
    """Setting one threshold does not reset another."""
    config = load_config(written(tmp_path, "[policy]\nmax_new_alerts = 9"))

    assert config == Config(policy=Policy(max_new_alerts=9))


@pytest.mark.parametrize(
    ("text", "unknown", "nearest"),
    [
        ("[polcy]", "polcy", "policy"),
        ("[policy]\nmax_new_alert = 1", "policy.max_new_alert", "policy.max_new_alerts"),
        ("[policy]\nthreshold = 1", "policy.threshold", None),
        ("[fields]\nseverty = ['s']", "fields.severty", "fields.severity"),
        ("[fields]\ntypes = ['s']", "fields.types", "fields.type"),
        ("[sources]\nignored = []", "sources.ignored", "sources.ignore"),
        ("[limits]\nproceses = 1", "limits.proceses", "limits.processes"),
        ("max_new_alerts = 1", "max_new_alerts", None),
        ("[[accepted]]\nrules = 'lost'", "accepted.rules", "accepted.rule"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(
    tmp_path: Path, text: str, unknown: str, nearest: str | None
) -> None:
    """A misspelt threshold is not ignored, because the default can be less strict."""
    message = refusal(tmp_path, text)

    assert f"unknown key {unknown!r}" in message
    assert "did you mean" in message
    if nearest is not None:
        assert f"did you mean {nearest!r}?" in message


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("policy = 1", "policy"),
        ("[policy]\nmax_new_alerts = '5'", "policy.max_new_alerts"),
        ("[policy]\nmax_new_alerts = 5.0", "policy.max_new_alerts"),
        ("[policy]\nmax_new_alerts = true", "policy.max_new_alerts"),
        ("[policy]\nmax_new_alerts = -1", "policy.max_new_alerts"),
        ("[policy]\nmax_missing_days = -1", "policy.max_missing_days"),
        ("[policy]\nmissing_window_days = 0", "policy.missing_window_days"),
        ("[policy]\nmin_days_with_data = 0", "policy.min_days_with_data"),
        ("[policy]\nretention_days = 0", "policy.retention_days"),
        ("[policy]\ndays_off = ['Saturday']", "policy.days_off[0]"),
        ("[policy]\ndays_off = ['2025-13-01']", "policy"),
        ("[policy]\ndays_off = [1]", "policy.days_off[0]"),
        ("[[accepted]]\nrule = 'lost'\nreason = 'x'", "accepted[0]"),
        ("[[accepted]]\ndate = 2025-12-15\nrule = 'lost'", "accepted[0]"),
        ("[[accepted]]\ndate = 2025-12-15\nrule = 'lost'\nreason = ''", "accepted[0].reason"),
        ("[[accepted]]\ndate = 2025-12-15\nrule = 'any'\nreason = 'x'", "accepted[0].rule"),
        (
            "[[accepted]]\ndate = 2025-12-15\nrule = 'lost'\nreason = 'x'\ncount = 0",
            "accepted[0].count",
        ),
        ("accepted = 1", "accepted"),
        ("[fields]\ntime = []", "fields.time"),
        ("[fields]\ntime = 'ts'", "fields.time"),
        ("[fields]\ntype = ['']", "fields.type"),
        ("[fields]\nrule = [1]", "fields.rule"),
        ("[sources]\nlegacy = 'live_runs/**'", "sources.legacy"),
        ("[sources]\nignore = ['']", "sources.ignore"),
        ("[limits]\nrecord_bytes = 1023", "limits.record_bytes"),
        ("[limits]\nrecord_bytes = 1_073_741_825", "limits.record_bytes"),
        ("[limits]\nmemory_bytes = 1_048_575", "limits.memory_bytes"),
        ("[limits]\nprocesses = -1", "limits.processes"),
        ("[limits]\nprocesses = 257", "limits.processes"),
        ("[limits]\nprocesses = 2025-12-20", "limits.processes"),
    ],
)
def test_a_value_of_another_type_or_out_of_range_is_refused(
    tmp_path: Path, text: str, place: str
) -> None:
    """A value of another type or out of range is refused, and the message names its key."""
    assert f"$.{place}" in refusal(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "[policy",
        "max_new_alerts: 5",
        "[policy]\nmax_new_alerts = 1\nmax_new_alerts = 2",
        pytest.param("a = " + "9" * 5000, id="long number"),
        pytest.param("a = " + "[" * 50_000, id="deep nesting"),
    ],
)
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, text: str) -> None:
    """Every syntax error is one sentence that names the file."""
    assert "is not TOML" in refusal(tmp_path, text)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    """The message has the position of the first wrong byte."""
    assert "is not UTF-8 at byte 2" in refusal(tmp_path, b"# \xff\n")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A missing file never means the defaults."""
    path = tmp_path / "none.toml"
    with pytest.raises(
        ConfigError,
        match=rf"{re.escape(str(path))} cannot be read: No such file.* \(running as uid \d+\)",
    ):
        load_config(path)


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    """A folder instead of the file, as a missing mount leaves it, is refused."""
    with pytest.raises(ConfigError, match=r"Is a directory \(.*\); check --config"):
        load_config(tmp_path)


@pytest.mark.usefixtures("unprivileged")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    """A file without read permission never means the defaults."""
    path = written(tmp_path, "")
    path.chmod(0)

    with pytest.raises(ConfigError, match="Permission denied"):
        load_config(path)


def test_the_default_file_is_the_one_in_the_repo_root(tmp_path: Path) -> None:
    """The `stage1.toml` of a repo is used if the telemetry is elsewhere."""
    path = written(tmp_path, "")
    elsewhere = tmp_path / "telemetry"

    assert default_config_file(tmp_path, program_root=None, telemetry_root=elsewhere) == path


def test_a_command_that_knows_no_telemetry_uses_the_file_of_the_repo(tmp_path: Path) -> None:
    """A command without telemetry uses the file of the repo."""
    path = written(tmp_path, "")

    assert default_config_file(tmp_path, program_root=None, telemetry_root=None) == path


def test_without_a_file_there_is_none(tmp_path: Path) -> None:
    """A repo root without the file has no default file, and a folder does not count."""
    (tmp_path / CONFIG_NAME).mkdir()

    assert default_config_file(tmp_path, program_root=tmp_path, telemetry_root=None) is None


def test_the_repo_that_holds_the_program_is_trusted(tmp_path: Path) -> None:
    """The repo that contains the program is trusted."""
    path = written(tmp_path, "[policy]\nmax_new_alerts = 100")

    assert default_config_file(tmp_path, program_root=tmp_path, telemetry_root=tmp_path) == path


@pytest.mark.parametrize("below", [".", "sub"])
def test_a_file_in_the_telemetry_root_is_never_read(tmp_path: Path, below: str) -> None:
    """A writer of telemetry cannot set the thresholds, and the file is not ignored silently."""
    folder = tmp_path / below
    folder.mkdir(exist_ok=True)
    written(folder, "[policy]\nmax_new_alerts = 100")

    with pytest.raises(ConfigError, match="lies in the telemetry root, from which none is read"):
        default_config_file(folder, program_root=None, telemetry_root=tmp_path)


def test_a_file_in_the_telemetry_root_that_says_the_defaults_is_harmless(tmp_path: Path) -> None:
    """A file in the telemetry root with the default values is ignored without an error."""
    written(tmp_path, "[policy]\nmax_new_alerts = 5")

    assert default_config_file(tmp_path, program_root=None, telemetry_root=tmp_path) is None
