"""`doctor` in the container: it sees the mounts, the user and the reports as a run does."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.engine import Mount, Start, run
from tests.integration.jobs import OWNER, SAMPLES, give_away
from tests.support.program import epoch, tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.program import Outcome

RUN = ("stage1-run", "--date", "2025-12-20", "--days", "2")
DOCTOR = ("doctor", "--format", "json")


@pytest.fixture
def start(image: str, reports: Path) -> Start:
    """Return the start of a container on the samples, the morning after their last day."""
    give_away(reports, OWNER, OWNER + 1)
    return Start(
        image=image,
        mounts=(Mount(SAMPLES, "/telemetry"), Mount(reports, "/reports", "rw")),
        variables={"SOURCE_DATE_EPOCH": epoch("2025-12-21T06:00:00Z")},
    )


def owner(folder: Path) -> str:
    """Return the user and group of a folder."""
    status = folder.stat()
    return f"uid {status.st_uid}, gid {status.st_gid}"


def findings(outcome: Outcome) -> list[dict[str, Any]]:
    """Return the findings of a diagnosis."""
    found: list[dict[str, Any]] = json.loads(outcome.out)["findings"]
    return found


def test_after_a_run_nothing_is_wrong_and_nothing_is_changed(start: Start, reports: Path) -> None:
    """It is the owner of the reports, and finds the mounts of the container."""
    assert run(start, *RUN).code == 0
    before = tree(reports)

    outcome = run(start, *DOCTOR)

    found = {(each["check"], each["where"]): each for each in findings(outcome)}
    assert (outcome.code, tree(reports)) == (0, before)
    assert found["user", "process"]["what"] == f"runs as {owner(reports)}, in a container"
    assert found["mounts", "/telemetry"]["what"].endswith(" at /telemetry, read-only")
    assert found["mounts", "/reports/obs/stage1"]["what"].endswith(" at /reports")
    assert found["verdict", "stage1_trend.json"]["what"].startswith("HOLD, current until")
    # The tests give the container a small one, and a clock; the samples are not GO.
    doubtful = {place for place, each in found.items() if each["result"] != "ok"}
    assert doubtful == {
        ("room", "/tmp"),  # noqa: S108 (the container's)
        ("clock", "SOURCE_DATE_EPOCH"),
        ("verdict", "stage1_trend.json"),
    }


def test_reports_that_are_mounted_read_only_are_found(start: Start, reports: Path) -> None:
    """The exit code is 2, and the finding says what to do."""
    mounts = (Mount(SAMPLES, "/telemetry"), Mount(reports, "/reports"))

    outcome = run(replace(start, mounts=mounts), *DOCTOR)

    wrong = [each for each in findings(outcome) if each["result"] == "error"]
    assert outcome.code == 2
    assert ("mounts", "mount it so that it is writable") in {
        (each["check"], each["advice"]) for each in wrong
    }


def test_a_root_start_without_its_capabilities_is_found(start: Start, reports: Path) -> None:
    """It goes on as root where a run would end, and says which capabilities a run needs."""
    if reports.stat().st_uid == 0:
        pytest.skip("the reports folder belongs to root, who has nobody to become")

    outcome = run(replace(start, capabilities=()), *DOCTOR)

    wrong = [each for each in findings(outcome) if each["result"] == "error"]
    assert outcome.code == 2
    assert any("without CAP_SETGID and CAP_SETUID" in each["what"] for each in wrong)
    assert all(each["advice"] for each in wrong)
    assert tree(reports) == {}


def test_a_container_without_room_for_temporary_files_is_found(start: Start) -> None:
    """A run needs no such folder unless a scan is large, so it is a warning."""
    outcome = run(replace(start, tmp={}), *DOCTOR)

    [found] = [each for each in findings(outcome) if each["check"] == "temporary folder"]
    assert (outcome.code, found["result"]) == (0, "warning")
    assert found["advice"].startswith("make /tmp writable")
