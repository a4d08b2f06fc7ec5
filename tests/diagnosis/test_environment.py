"""Test the checks of versions, variables, the user and the temporary folder."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.diagnosis import environment, folders
from peaktrade_ops.diagnosis.environment import (
    READ_ELSEWHERE,
    check_temporary,
    check_user,
    check_variables,
    check_versions,
)
from tests.diagnosis.helpers import lines, subject_of, wrong
from tests.support.checkout import REPO
from tests.support.commands import all_commands

if TYPE_CHECKING:
    from tests.support.lives import Life

KNOWN = frozenset({"PEAK_DAYS", "PEAK_NOTE"})


def test_the_versions_are_shown(life: Life) -> None:
    """A reader of a diagnosis knows what ran where."""
    [line] = lines(check_versions, subject_of(life))

    assert re.match(r"ok: program: peaktrade-ops \S+, Python 3\.\d+\.\S+, \S+ ", line)


def test_a_variable_that_nothing_reads_is_told_with_the_nearest_name(life: Life) -> None:
    """A misspelled variable has no other sign. Values are not shown, because some are secrets."""
    variables = {"PEAK_DAIS": "3", "PEAK_NOTE": "secret", "PEAK_DAYS": " ", "HOME": "/"}
    subject = subject_of(life, variables=variables, known=KNOWN)

    assert lines(check_variables, subject) == [
        "warning: PEAK_DAIS: nothing reads this variable",
        "ok: variables: set: PEAK_NOTE",
    ]
    [finding] = wrong(check_variables, subject)
    assert finding.advice == "did you mean PEAK_DAYS? else unset it"


def test_a_variable_of_the_program_is_no_finding(life: Life) -> None:
    """Only names that begin like those of the program can be mistakes."""
    subject = subject_of(life, variables={"PEAKS": "1", "PATH": "/"}, known=KNOWN)

    assert lines(check_variables, subject) == ["ok: variables: none is set"]


def test_what_variables_do_to_every_run_is_told(life: Life) -> None:
    """Whoever reads the options knows it; a run that ends is an error."""
    refused, fixed = {"PEAK_X": "no such thing"}, {"PEAK_Y": "--y of every run to 3"}

    found = wrong(check_variables, subject_of(life, refused=refused, fixed=fixed))

    assert [(each.result, each.where, each.what) for each in found] == [
        ("error", "PEAK_X", "every run ends with it: no such thing"),
        ("warning", "PEAK_Y", "sets --y of every run to 3"),
    ]


def test_the_variables_without_an_option_are_those_of_the_documentation() -> None:
    """Compose and the wrappers read variables that the commands do not have."""
    documented = set()
    for name in (
        "docs/reference.md",
        "docs/deploy/notices.md",
        "docker-compose.obs.yml",
        "scripts/docker/run_l3_no_net.sh",
    ):
        text = (REPO / name).read_text("utf-8")
        documented |= set(re.findall(r"\bPEAK_[A-Z_]*[A-Z]\b", text))
    options = {
        str(option.envvar)
        for command in all_commands()
        for option in command.params
        if option.envvar
    }

    assert documented - options == READ_ELSEWHERE


def test_root_in_the_folder_of_another_user_is_a_warning(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What root writes would belong to root."""
    subject = subject_of(life)
    owner = life.reports.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    own = Path.stat

    def stat_of_another(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        status = own(path, follow_symlinks=follow_symlinks)
        return os.stat_result([*status[:4], owner + 7, *status[5:10]])

    monkeypatch.setattr(Path, "stat", stat_of_another)

    [finding] = wrong(check_user, subject)

    assert (finding.result, finding.where) == ("warning", str(life.reports))
    assert f"belongs to uid {owner + 7}" in finding.what


@pytest.mark.parametrize("is_marked", [True, False])
def test_the_user_is_shown_with_what_surrounds_it(
    life: Life, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, is_marked: bool
) -> None:
    """A container, a pod and a user namespace explain most refusals."""
    mark = tmp_path / "mark"
    monkeypatch.setattr(environment, "_MARKS", (mark,))
    monkeypatch.setattr(environment, "in_own_users", lambda: True)
    monkeypatch.setattr(os, "geteuid", lambda: life.reports.stat().st_uid)
    if is_marked:
        mark.touch()

    [line] = lines(check_user, subject_of(life))

    assert line.startswith("ok: process: runs as uid ")
    assert ("in a container" in line) is is_marked
    assert line.endswith("in a user namespace of its own")


def test_no_temporary_folder_is_a_warning(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scan goes on without one, but slowly."""
    assert wrong(check_temporary, subject_of(life)) == []
    for module in (environment, folders):
        monkeypatch.setattr(module, "temporary_folder", lambda: None)

    [finding] = wrong(check_temporary, subject_of(life))

    assert (finding.result, finding.where) == ("warning", "TMPDIR")
    assert "large scans run in one process" in finding.what
    # The check of the room goes on without it.
    assert [each.result for each in folders.check_room(subject_of(life))] == ["ok"]
