"""Tests of `peaktrade_ops.config_file`: what a file sets, refused files, the default file."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

import pytest

from peaktrade_ops.config import (
    Accepted,
    Alerts,
    Config,
    Fields,
    Format,
    FormatKeys,
    Limits,
    MoreKeys,
    Policy,
    SeverityRules,
    Sources,
)
from peaktrade_ops.config_file import (
    CONFIG_NAME,
    default_config_file,
    load_config,
    load_configuration,
    problems_in,
)
from peaktrade_ops.errors import ConfigError
from peaktrade_ops.text import severity_key

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


@pytest.mark.parametrize("device", ["pipe", "/dev/zero", "/dev/full"])
def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, device: str) -> None:
    """A pipe that nobody writes is not waited for, and a device is not read until memory ends."""
    path = tmp_path / "pipe" if device == "pipe" else Path(device)
    if device == "pipe":
        os.mkfifo(path)

    with pytest.raises(ConfigError, match=f"configuration {path} is not a regular file; check"):
        load_config(path)


def test_the_null_device_is_an_empty_file() -> None:
    """It is how a shell names nothing."""
    assert load_config(Path(os.devnull)) == Config()


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """Nobody writes a megabyte of configuration; up to that, a file is read."""
    path = written(tmp_path, "#" * 2**20)
    assert load_config(path) == Config()

    assert "has more than 1,048,576 bytes; check" in refusal(tmp_path, "#" * (2**20 + 1))


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
        text = ["words"]
        [fields.more]
        time = ["t"]
        severity = ["s"]
        type = ["y"]
        rule = ["r"]
        text = ["x"]
        [severity]
        scale = "syslog"
        not = ["status"]
        [severity.map]
        risk = "warn"
        "60" = "critical"
        [[formats]]
        files = ["telemetry/pino*.jsonl", "app/**"]
        preset = "pino"
        [[formats]]
        files = ["other.jsonl"]
        unpack = ["Records"]
        embedded = ["log"]
        fields.time = ["at.time"]
        fields.more.severity = ["grade"]
        severity.map.a = "info"
        severity.scale = "otel"
        severity.not = ["b"]
        [alerts]
        danger = ["position limit"]
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
        fields=Fields(
            ("when",),
            ("prio",),
            ("what",),
            ("who.id",),
            ("words",),
            MoreKeys(("t",), ("s",), ("y",), ("r",), ("x",)),
        ),
        severity=SeverityRules({"risk": "warn", "60": "critical"}, "syslog", ("status",)),
        formats=(
            Format(("telemetry/pino*.jsonl", "app/**"), "pino"),
            Format(
                ("other.jsonl",),
                fields=FormatKeys(time=("at.time",), more=MoreKeys(severity=("grade",))),
                severity=SeverityRules({"a": "info"}, "otel", ("b",)),
                unpack=("Records",),
                embedded=("log",),
            ),
        ),
        alerts=Alerts(("position limit",)),
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
        ("max_new_alerts = 1", "max_new_alerts", "policy.max_new_alerts"),
        ("[[accepted]]\nrules = 'lost'", "accepted.rules", "accepted.rule"),
        ("[fields.more]\ntimes = []", "fields.more.times", "fields.more.time"),
        ("[severity]\nscales = 'pino'", "severity.scales", "severity.scale"),
        ("[alerts]\ndangers = []", "alerts.dangers", "alerts.danger"),
        ("[[formats]]\nfile = 'a'", "formats.file", "formats.files"),
        (
            "[[formats]]\nfiles = ['a']\nfields.more.levels = []",
            "formats.fields.more.levels",
            None,
        ),
        ("[[formats]]\nfiles = ['a']\nseverity.nots = []", "formats.severity.nots", None),
        ("'a\\u001bb' = 1", "a\\u001bb", None),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(
    tmp_path: Path, text: str, unknown: str, nearest: str | None
) -> None:
    """A misspelt threshold is not ignored, because the default can be less strict."""
    message = refusal(tmp_path, text)

    assert f"unknown key '{unknown}'" in message
    assert "did you mean" in message
    if nearest is not None:
        assert f"did you mean {nearest!r}?" in message


def test_the_message_names_the_entry_of_an_array_of_tables(tmp_path: Path) -> None:
    """Several formats have the same keys, so the message says which entry is meant."""
    text = "[[formats]]\nfiles = ['a']\n[[formats]]\nfiles = ['b']\nseverity.scal = 'pino'"

    assert "'formats.severity.scal' (entry 2 of [[formats]])" in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "said", "instead"),
    [
        ("[policy]\ndays_off = ['Saturday']", "policy.days_off cannot hold 'Saturday'", "sat"),
        ("[policy]\ndays_off = ['2025-13-01']", "policy.days_off cannot hold", "2025-12-25"),
        ("[policy]\ndays_off = ['20251225']", "policy.days_off cannot hold", "2025-12-25"),
        ("[policy]\ndays_off = [1]", "policy.days_off cannot hold 1", "texts"),
        ("[policy]\ndays_off = 1", "policy.days_off cannot be 1", "a list"),
        ("[alerts]\ndanger = ['kill', '12_3']", "alerts.danger cannot hold '12_3'", "words"),
        ("[policy]\nmax_new_alerts = '5'", "policy.max_new_alerts cannot be '5'", "from 0 on"),
        ("[severity]\nscale = 'pyton'", "severity.scale cannot be 'pyton'", "'python'?"),
        ("[severity.map]\na = 'wrn'", "severity.map.'a' cannot be 'wrn'", "'warn'?"),
        ("[[formats]]\npreset = 'pino'", "formats has no files (entry 1 of", "stage1.toml"),
        (
            "[[formats]]\nfiles = ['a']\npreset = 'pinno'",
            "formats.preset cannot be 'pinno' (entry 1 of [[formats]])",
            "did you mean 'pino'? docs/ops/formats.md lists",
        ),
    ],
)
def test_a_value_that_is_not_allowed_is_refused(
    tmp_path: Path, text: str, said: str, instead: str
) -> None:
    """The message names the dotted key and the value, the hint what to write instead."""
    message, _, hint = refusal(tmp_path, text).partition("; ")

    assert said in message
    assert instead in hint


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("Risk", "risk"),
        (" [RISK] ", "risk"),
        ("\x1b[31mRisk\x1b[0m", "risk"),
        ("60", "60"),
        ("-1", "-1"),
        ("(array)", "(array)"),
        ("(object)", "(object)"),
        ("\U0001f525", "\U0001f525"),
        ("\u0420\u0418\u0421\u041a", "\u0420\u0418\u0421\u041a"),
    ],
)
def test_values_of_the_map_are_cleaned(tmp_path: Path, value: str, key: str) -> None:
    """A value can be pasted as it stands in telemetry or in a report."""
    escaped = value.replace("\x1b", "\\u001b")
    rules = f'severity.map."{escaped}" = "warn"'
    path = written(tmp_path, f"{rules}\n[[formats]]\nfiles = ['a']\n{rules}")

    config = load_config(path)

    assert severity_key(value) == key
    assert config.severity.map == {key: "warn"}
    assert config.formats[0].severity.map == {key: "warn"}


def test_two_values_that_become_the_same_must_agree(tmp_path: Path) -> None:
    """Nobody has to know which of two lines for one value counts."""
    same = "[severity.map]\nRisk = 'warn'\n'(risk)' = 'warn'"
    message = refusal(tmp_path, "[severity.map]\nRisk = 'warn'\n'(risk)' = 'info'")

    assert load_config(written(tmp_path, same)).severity.map == {"risk": "warn"}
    assert "severity.map has 'Risk' and '(risk)'" in message
    assert "as warn and info; keep one of them" in message


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[severity]\nnot = ['a', 'b']\n[fields]\nseverity = ['a', 'b']", "severity.not"),
        (
            "[[formats]]\nfiles = ['f']\nfields.severity = ['a']\nseverity.not = ['a']",
            "formats.severity.not",
        ),
    ],
)
def test_a_configuration_that_leaves_no_key_of_the_severity_is_refused(
    tmp_path: Path, text: str, key: str
) -> None:
    """Without a key of the severity, no event would be critical."""
    assert f"{key} names every key of the severity" in refusal(tmp_path, text)


def test_a_key_of_the_severity_that_is_left_is_enough(tmp_path: Path) -> None:
    """The keys in `not` may be among those of the severity."""
    text = "[severity]\nnot = ['a']\n[fields]\nseverity = ['a', 'b']"

    assert load_config(written(tmp_path, text)).severity.not_ == ("a",)


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
    """Every syntax error is one sentence that names the file, and what to try."""
    told = refusal(tmp_path, text)

    assert "is not TOML" in told
    hint = "a key is set twice" if "max_new_alerts = 2" in text else "correct it there; "
    assert f"; {hint}" in told


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            "[severity]\nscale = 'pino'\n[severity]\nmap.x = 'info'\n",
            (
                "a table is in a file once: move the lines below line 3 to [severity] in line 1,"
                " and where both set a key, keep one line"
            ),
        ),
        (
            "[fields.more]\ntime = ['a']\n[fields]\n[fields.more]\ntime = ['b']\n",
            "move the lines below line 4 to [fields.more] in line 1",
        ),
        (
            "[severity]\nmap.x = 'info'\n[severity.map]\ny = 'info'\n",
            (
                "lines above line 3 set keys of severity.map: move them below it,"
                " without map. at their beginning"
            ),
        ),
        ("[fields]\ntime = ['a']\ntime = ['b']\n", "a key is set twice in one table: keep one"),
        ("[severity]\nmap = {}\nmap.x = 'info'\n", "a key is set twice in one table: keep one"),
        (
            "[[formats]]\nfiles = ['a']\n[formats]\nfiles = ['b']\n",
            "each entry of formats has two brackets: write [[formats]] in line 3",
        ),
    ],
)
def test_lines_that_were_pasted_behind_the_same_table_are_told_apart(
    tmp_path: Path, text: str, hint: str
) -> None:
    """The lines of a hint begin with a table, which the file may have already."""
    assert hint in refusal(tmp_path, text)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    """The message has the position of the first wrong byte."""
    assert "is not UTF-8 at byte 2; save it as UTF-8" in refusal(tmp_path, b"# \xff\n")


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


STAGES = """
[policy]
max_new_alerts = 3
min_days_with_data = 4
[sources]
ignore = ["a/**"]
legacy = []
[severity]
map = { risk = "warn" }
[[formats]]
files = ["*.log"]
preset = "pino"
[[accepted]]
date = 2025-12-15
rule = "gap"
reason = "of stage 1"

[stages.stage2]
title = "Stage 2 (paper trading)"
folder = "paper/two"
[stages.stage2.policy]
max_new_alerts = 1
days_off = ["sat", 2025-12-25]
[stages.stage2.sources]
ignore = ["b/**"]
[stages.stage2.severity]
map = { odd = "info" }
[[stages.stage2.formats]]
files = ["two/*.log"]
preset = "docker"

[stages.paper]
"""


def test_a_stage_is_the_base_and_what_its_table_says(tmp_path: Path) -> None:
    """Keys of the table replace those of the base; maps are added, and its formats come first."""
    read = load_configuration(written(tmp_path, STAGES))
    base, stages = read.base, read.stages
    stage = stages["stage2"]

    assert (stage.title, stage.folder) == ("Stage 2 (paper trading)", "paper/two")
    assert stage.config.policy == Policy(
        max_new_alerts=1, min_days_with_data=4, days_off=("sat", "2025-12-25")
    )
    assert stage.config.sources == Sources(ignore=("b/**",), legacy=())
    assert stage.config.severity.map == {"risk": "warn", "odd": "info"}
    assert [each.preset for each in stage.config.formats] == ["docker", "pino"]
    assert base.policy == Policy(max_new_alerts=3, min_days_with_data=4)
    assert [each.preset for each in base.formats] == ["pino"]


def test_what_stage1_accepts_is_not_accepted_for_another_stage(tmp_path: Path) -> None:
    """An exception for telemetry of one stage says nothing about that of another."""
    read = load_configuration(written(tmp_path, STAGES))
    base, stages = read.base, read.stages

    assert [each.rule for each in base.accepted] == ["gap"]
    assert stages["stage2"].config.accepted == ()
    assert stages["paper"].config.accepted == ()
    assert stages["paper"].folder_of("paper") == "obs/paper"


def test_the_base_does_not_depend_on_further_stages(tmp_path: Path) -> None:
    """The configuration of stage 1 is the same with further stages and without."""
    alone = load_config(written(tmp_path, STAGES[: STAGES.index("[stages")]))

    assert load_config(written(tmp_path, STAGES)) == alone


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[stages.stage2.polcy]\n",
            "unknown key 'stages.stage2.polcy'; did you mean 'stages.stage2.policy'?",
        ),
        (
            "[stages.stage2.policy]\nmax_new_alrts = 1\n",
            "did you mean 'stages.stage2.policy.max_new_alerts'?",
        ),
        (
            "[stages.stage2]\nmax_new_alerts = 1\n",
            "did you mean 'stages.stage2.policy.max_new_alerts'?",
        ),
        ("[stage.stage2]\n", "unknown key 'stage'; did you mean 'stages'?"),
        ("[stages.stage2]\nstages = {}\n", "unknown key 'stages.stage2.stages'"),
        ("stages = 1\n", "stages cannot be 1; write a table [stages]"),
        ("[stages]\nstage2 = 1\n", "stages.stage2 cannot be 1; write a table [stages.stage2]"),
        ("[stages.stage2]\npolicy = 1\n", "write a table [stages.stage2.policy]"),
        ("[stages.stage2.policy]\ndays_off = ['x']\n", "stages.stage2.policy.days_off cannot"),
        ("[stages.stage2.alerts]\ndanger = ['1']\n", "stages.stage2.alerts.danger cannot"),
        ("[stages.stage2.fields]\ntime = ['\"']\n", "stages.stage2.fields.time cannot hold"),
        (
            "[[stages.stage2.formats]]\nfiles = ['x']\npreset = 'pno'\n",
            "stages.stage2.formats.preset cannot be 'pno' (entry 1 of [[stages.stage2.formats]])",
        ),
        ("[stages.stage2.policy]\nempty_is_missing = false\n", "stages.stage2.policy.empty_is"),
        ("[[stages.stage2.accepted]]\nrule = 'critical'\n", "can never be accepted"),
        ("[stages.stage1]\n", "stages cannot hold 'stage1'; the keys outside of [stages]"),
        ("[stages.Stage2]\n", "stages cannot hold 'Stage2'; a name has"),
        ("[stages.'../x']\n", "stages cannot hold '../x'"),
        ("[stages.'']\n", "stages cannot hold ''"),
        (f"[stages.{'x' * 33}]\n", "a name has up to 32"),
        ("[stages.stage2]\ntitle = ''\n", "stages.stage2.title cannot be ''"),
        ("[stages.stage2]\ntitle = ' '\n", "stages.stage2.title cannot be ' '"),
        ('[stages.stage2]\ntitle = "a\\u202eb"\n', "write up to 100 visible characters"),
        (f"[stages.stage2]\ntitle = '{'x' * 101}'\n", "write up to 100 visible characters"),
        ("[stages.stage-1]\n", "stages.stage-1 is headed 'Stage 1', as stage1 is; write another"),
        ("[stages.x]\ntitle = 'STAGE 1'\n", "stages.x is headed 'STAGE 1', as stage1 is"),
        ("[stages.x]\ntitle = 'Stage 1 (dry run)'\n", "as stage1 is; write another title or name"),
        ("[stages.a-b]\n[stages.a_b]\n", "stages.a_b is headed 'A b', as a-b is"),
        ("[stages.a]\ntitle='x'\n[stages.b]\ntitle='x '\n", "stages.b is headed 'x', as a is"),
        ("[stages.stage2]\nfolder = '../x'\n", "stages.stage2.folder cannot be '../x'"),
        ("[stages.stage2]\nfolder = '/x'\n", "stages.stage2.folder cannot be '/x'"),
        ("[stages.stage2]\nfolder = 'a/../b'\n", "stages.stage2.folder cannot be 'a/../b'"),
        ("[stages.stage2]\nfolder = '.cache'\n", "stages.stage2.folder cannot be '.cache'"),
        ("[stages.stage2]\nfolder = 'obs'\n", "because stage1 has obs/stage1"),
        ("[stages.stage2]\nfolder = 'OBS/Stage1'\n", "because stage1 has obs/stage1"),
        ("[stages.stage2]\nfolder = 'obs/stage1/x'\n", "because stage1 has obs/stage1"),
        ("[stages.a]\n[stages.b]\nfolder = 'obs/a'\n", "because a has obs/a"),
        (
            "[stages.stage2.severity]\nnot = ["
            + ", ".join(f'"{key}"' for key in Fields().severity)
            + "]\n",
            "stages.stage2.severity.not names every key",
        ),
    ],
)
def test_a_wrong_table_of_a_stage_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """The message names the whole key, and the nearest one that there is."""
    assert message in refusal(tmp_path, text)


def test_a_file_with_further_stages_in_the_telemetry_is_not_ignored(tmp_path: Path) -> None:
    """A file that differs from the defaults only in its stages is refused there, too."""
    written(tmp_path, "[stages.stage2]\n")

    with pytest.raises(ConfigError, match="lies in the telemetry root"):
        default_config_file(tmp_path, program_root=None, telemetry_root=tmp_path)


# All problems at once.


def problems(folder: Path, text: str) -> list[str]:
    """Return all that is wrong in a configuration, without the name of the file."""
    path = written(folder, text)
    return [str(each).removeprefix(f"configuration {path}: ") for each in problems_in(path)]


def test_every_problem_of_a_file_is_found(tmp_path: Path) -> None:
    """Each key and each entry is told once, with the number of the entry in the file."""
    text = """
bogus = 1
[policy]
max_new_alerts = "x"
days_off = ["2025-13-01"]
[[formats]]
files = ["a"]
[[formats]]
files = ["b"]
preset = "nopreset"
[[formats]]
files = []
[stages.stage2.policy]
foo = 1
"""

    assert [each.partition(";")[0] for each in problems(tmp_path, text)] == [
        "unknown key 'bogus'",
        "policy.max_new_alerts cannot be 'x'",
        "policy.days_off cannot hold '2025-13-01'",
        "formats.files cannot be an empty list (entry 3 of [[formats]])",
        "formats.preset cannot be 'nopreset' (entry 2 of [[formats]])",
        "unknown key 'stages.stage2.policy.foo'",
    ]


def test_a_problem_of_several_keys_is_found_after_the_others(tmp_path: Path) -> None:
    """What is wrong only in the whole is told, too."""
    text = """
bogus = 1
[fields]
severity = ["level"]
[severity]
not = ["level"]
"""

    first, second = problems(tmp_path, text)

    assert first.startswith("unknown key 'bogus'")
    assert "names every key of the severity" in second


def test_a_file_in_order_has_no_problems(tmp_path: Path) -> None:
    """Neither has an empty one."""
    assert problems(tmp_path, "[policy]\nmax_new_alerts = 1\n") == []
    assert problems(tmp_path, "") == []


def test_a_file_that_cannot_be_read_has_one_problem(tmp_path: Path) -> None:
    """It has no keys to look at."""
    assert len(problems(tmp_path, "[policy")) == 1
    assert [str(each) for each in problems_in(tmp_path / "none")] != []
