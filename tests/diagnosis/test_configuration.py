"""Test the checks of the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.config import Config
from peaktrade_ops.diagnosis.configuration import check_configuration, check_unused
from peaktrade_ops.errors import ConfigError
from peaktrade_ops.locations import Url
from peaktrade_ops.scanning import Telemetry
from tests.diagnosis.helpers import NOW, lines, subject_of, wrong

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lives import Life


def written(life: Life, text: str) -> Path:
    """Write a configuration."""
    path = life.folder / "mine.toml"
    path.write_text(text)
    return path


def test_a_configuration_that_can_be_used_is_in_order(life: Life) -> None:
    """So is that there is none."""
    file = written(life, "[policy]\nmax_new_alerts = 3\n")

    assert lines(check_configuration, subject_of(life, config_file=file)) == [
        "ok: mine.toml: can be used"
    ]
    assert lines(check_configuration, subject_of(life)) == [
        "ok: stage1.toml: none is used: the defaults apply"
    ]


def test_every_problem_has_a_line(life: Life) -> None:
    """A run stops at the first one."""
    file = written(life, "bogus = 1\n[policy]\nmax_new_alerts = 'x'\n")
    refusal = ConfigError(f"configuration {file}: unknown key 'bogus'")

    found = wrong(check_configuration, subject_of(life, config_file=file, refusals=[refusal]))

    assert [each.what for each in found] == [
        "unknown key 'bogus'",
        "policy.max_new_alerts cannot be 'x'",
    ]
    assert {each.result for each in found} == {"error"}


def test_a_file_that_is_no_toml_is_an_error(life: Life) -> None:
    """The finding has something to do also where the message has no hint."""
    file = written(life, "[policy")

    [finding] = wrong(check_configuration, subject_of(life, config_file=file))

    assert finding.what.startswith("is not TOML: ")


def test_a_file_that_is_not_trusted_is_an_error(life: Life) -> None:
    """It was refused before it was chosen."""
    refusal = ConfigError("configuration x lies in the telemetry root", hint="move it away")

    [finding] = wrong(check_configuration, subject_of(life, refusals=[refusal]))

    assert (finding.result, finding.advice) == ("error", "move it away")


def test_a_file_in_the_telemetry_root_is_told(life: Life) -> None:
    """Nothing else says that it is not read, unless it is the one in use."""
    inside = life.telemetry / "stage1.toml"
    inside.touch()

    [finding] = wrong(check_unused, subject_of(life))

    assert (finding.result, finding.where) == ("warning", str(inside))
    assert "is not read" in finding.what
    assert wrong(check_unused, subject_of(life, config_file=inside)) == []
    gone = subject_of(life, config_file=life.folder / "none")
    assert len(wrong(check_unused, gone)) == 1


def test_patterns_that_match_nothing_are_told(life: Life) -> None:
    """A typing error in a pattern has no other sign."""
    life.put("telemetry/o.bak", b"", when=NOW)
    life.toml = """
[sources]
ignore = ["telemetry/p.*", "telemetry/x.jsonl"]
include = ["telemetry/o.*"]
[[formats]]
files = ["telemetry/o.jsonl", "none"]
[[formats]]
files = ["telemetrie/**"]
"""

    found = wrong(check_unused, subject_of(life))

    assert [each.what for each in found] == [
        "'telemetry/p.*' in ignore under [sources] matches no file",
        "'telemetry/x.jsonl' in ignore under [sources] matches no file",
        "'telemetrie/**' in files of entry 2 of [[formats]] matches no file",
    ]
    assert {each.result for each in found} == {"warning"}


@pytest.mark.parametrize("pattern", ["old/**", "old", "**/old/**", "old/x/**", "**"])
def test_a_pattern_that_ignores_a_folder_is_in_use(life: Life, pattern: str) -> None:
    """A run does not look into the folder, so that it lists none of its files."""
    life.put("old/x/telemetry.jsonl", b"", when=NOW)
    life.toml = f'[sources]\nignore = ["{pattern}"]\n'

    assert wrong(check_unused, subject_of(life)) == []


def test_the_patterns_of_the_defaults_need_no_file(life: Life) -> None:
    """Nobody wrote them."""
    assert wrong(check_unused, subject_of(life)) == []


def test_patterns_of_telemetry_that_cannot_be_listed_are_passed_over(life: Life) -> None:
    """Another check tells that."""
    life.toml = '[sources]\nignore = ["none"]\n'
    subject = subject_of(life, telemetry=Telemetry(life.folder / "none"))
    url = subject_of(life, config=Config(), telemetry=Telemetry(Url("none", "none://x")))

    assert wrong(check_unused, subject) == []
    assert url.root is None


def test_entries_before_every_range_are_told(life: Life) -> None:
    """They only make the file longer."""
    entry = '[[accepted]]\ndate = {}\nrule = "gap"\nreason = "moved"\n'
    life.toml = entry.format("2025-12-06") + entry.format("2025-12-07")

    [finding] = wrong(check_unused, subject_of(life))

    assert finding.what == (
        "1 of [[accepted]] before 2025-12-07 have no effect, the first on 2025-12-06"
    )
    assert wrong(check_unused, subject_of(life, days=15)) == []


def test_a_policy_that_is_softer_is_told(life: Life) -> None:
    """Stricter ones are not."""
    life.toml = "[policy]\nmax_new_alerts = 9\nmin_days_with_data = 3\nmissing_window_days = 9\n"

    [finding] = wrong(check_unused, subject_of(life))

    assert finding.what == "is softer than the default: max_new_alerts = 9, min_days_with_data = 3"
