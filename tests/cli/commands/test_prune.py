"""`prune`: what it shows, what it removes, its exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.helpers import DAY, one_line
from tests.support.program import quiet_days, set_clock, tree

if TYPE_CHECKING:
    from tests.support.program import Program, Workplace

pytestmark = pytest.mark.usefixtures("empty_pages")

OLD = ["2025-12-11", "2025-12-12"]


@pytest.fixture
def site(program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """Return a workplace with reports of ten days, and a trend of the last three."""
    set_clock(monkeypatch)
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 10))
    run = ("stage1-run", "--repo", "../telemetry", "--days")
    assert program(*run, "10").code == 0
    assert program("stage1-trends", "--days", "3", "--date", DAY, "--replace").code == 0
    return workplace


def test_without_delete_it_only_shows(program: Program, site: Workplace) -> None:
    """A note says how to remove what is shown."""
    before = tree(site.folder)

    code, out, err = program("prune", "--keep-days", "8")

    first, second, last = out.splitlines()
    assert (code, err) == (0, "nothing is removed without --delete\n")
    assert first.startswith("would remove 2025-12-11: 2025-12-11_snapshot.html, 2025-12-11_")
    assert second.startswith("would remove 2025-12-12: ")
    assert last.startswith(f"{site.reports}: would remove 6 files of 2 days before 2025-12-13, ")
    assert tree(site.folder) == before


def test_with_delete_it_removes(program: Program, site: Workplace) -> None:
    """The folder is valid afterwards, and the verdict is still current."""
    shown = program("prune", "--keep-days", "8").out

    code, out, err = program("prune", "--keep-days", "8", "--delete")

    assert (code, err) == (0, "")
    assert out == shown.replace("would remove", "removed")
    assert [name for name in tree(site.reports) if name[:10] in OLD] == []
    assert program("verify").out == f"{site.reports}: everything matches\n"


def test_a_day_on_which_something_rests_is_shown(program: Program, site: Workplace) -> None:
    """An operator sees why it stays."""
    assert site.reports.is_dir()

    out = program("prune", "--keep-days", "1").out

    assert "\nkept 2025-12-18: stage1_trend.json rests on it\n" in out
    assert "would remove 2025-12-18" not in out


def test_a_changed_report_stays_and_is_2(program: Program, site: Workplace) -> None:
    """The others are removed all the same."""
    name = f"{OLD[0]}_summary.json"
    (site.reports / name).write_text("{}")

    code, out, err = program("prune", "--keep-days", "8", "--delete")

    assert code == 2
    assert f"kept {name}: is not as the index says\n" in out
    assert err == (
        "1 old file stays, with all of the day, because not all is as the index says; verify shows"
        " what is wrong\n"
    )
    assert {name[:10] for name in tree(site.reports)} & {*OLD} == {OLD[0]}


def test_the_json_has_the_same(program: Program, site: Workplace) -> None:
    """For programs."""
    name = f"{OLD[0]}_summary.json"
    (site.reports / name).write_text("{}")

    code, out, _ = program("prune", "--keep-days", "3", "--format", "json", "--quiet")

    document = json.loads(out)
    assert code == 2
    assert (document["deleted"], document["keep_from"]) == (False, "2025-12-18")
    assert document["days"] == [f"2025-12-{day}" for day in range(12, 18)]
    assert len(document["files"]) == 18
    assert document["bytes"] > 0
    assert document["refused"] == {name: "is not as the index says"}
    assert document["kept"] == {}


@pytest.mark.usefixtures("site")
def test_nothing_old_is_nothing_to_do(program: Program) -> None:
    """A folder may be young."""
    code, out, err = program("prune", "--keep-days", "400")

    assert (code, err) == (0, "")
    assert "would remove 0 files of 0 days" in out


def test_a_variable_that_removes_is_announced(
    program: Program, site: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sets it for one folder must see it for another."""
    monkeypatch.setenv("PEAK_DELETE", "1")
    monkeypatch.setenv("PEAK_KEEP_DAYS", "9")

    outcome = program("prune", "--quiet")

    assert outcome.err.splitlines() == [
        "PEAK_KEEP_DAYS sets --keep-days to 9",
        "PEAK_DELETE sets --delete to True",
    ]
    assert [name for name in tree(site.reports) if name[:10] == OLD[0]] == []


@pytest.mark.parametrize("arguments", [[], ["--keep-days", "0"], ["--keep-days", "x"]])
def test_the_number_of_days_is_required(program: Program, arguments: list[str]) -> None:
    """There is no number that is right for everybody."""
    assert program("prune", *arguments).code == 64


def test_a_missing_folder_is_1(program: Program) -> None:
    """The message names it."""
    outcome = program("prune", "--keep-days", "3", "--delete")

    assert outcome.code == 1
    assert "is missing" in one_line(outcome)


def test_another_stage_has_a_folder_of_its_own(program: Program, site: Workplace) -> None:
    """Its trend and decision have names of their own."""
    (site.repo / "stage1.toml").write_text("[stages.stage2]\n")
    run = ("run", "--stage", "stage2", "--repo", "../telemetry", "--days")
    assert program(*run, "10").code == 0
    assert (
        program("trends", "--stage", "stage2", "--days", "3", "--date", DAY, "--replace").code == 0
    )
    before = tree(site.reports)

    outcome = program("prune", "--stage", "stage2", "--keep-days", "8", "--delete")

    assert "removed 6 files of 2 days" in outcome.out
    assert program("verify", "--stage", "stage2").code == 0
    assert tree(site.reports) == before
