"""The short campaign of crashes, and proof that it notices what is broken on purpose."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from campaigns import crashes
from campaigns.crashes import Crashes
from campaigns.crashes.disks import fill_disks
from campaigns.crashes.tracing import Disturbance, can_trace
from campaigns.figures import Figures, Row
from campaigns.order import Order
from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store import lock
from peaktrade_ops.telemetry.files.walk import discover

if TYPE_CHECKING:
    from collections.abc import Mapping

    from campaigns.crashes.tracing import Operation

pytestmark = [
    pytest.mark.campaigns,
    pytest.mark.usefixtures("empty_pages"),
    pytest.mark.skipif(not can_trace(), reason="the campaign needs Linux on x86_64"),
]

RUN = "stage1-run"


@pytest.fixture(scope="module")
def attack(tmp_path_factory: pytest.TempPathFactory) -> Crashes:
    """Make the world of the campaign once."""
    return Crashes(
        Order(seed=1, is_short=True, scratch=tmp_path_factory.mktemp("crashes")), Figures("Crashes")
    )


def first(operations: list[Operation], kind: str, part: str) -> int:
    """Return the number of the first operation of a kind on a part of the world."""
    return next(each.number for each in operations if each.kind == kind and part in each.path)


def disturbed(attack: Crashes, disturbance: Disturbance) -> Row:
    """Disturb a run once; return the row."""
    row = Row("tried")
    attack.disturb(row, RUN, disturbance)
    assert row.tried == 1
    return row


def test_nothing_is_lost(tmp_path: Path) -> None:
    """A few of each kind: kills, signals, errors, short writes, and real disks."""
    figures = crashes.run(Order(seed=1, is_short=True, scratch=tmp_path))

    assert figures.losses == []
    assert figures.tried >= 12
    tried = [name for name, row in figures.rows.items() if row.tried]
    assert f"SIGKILL at each file operation of {RUN}" in tried
    assert "SIGKILL at a random moment" in tried
    if os.geteuid() == 0:
        assert {"a full disk", "a disk without inodes", "a disk that is read-only"} <= {*tried}
    assert not any("tmpfs" in line for line in mounts_below(tmp_path))


def mounts_below(folder: Path) -> list[str]:
    """Return the mounts that this process has below a folder."""
    mounts = Path("/proc/self/mountinfo").read_text("utf-8").splitlines()
    return [line for line in mounts if str(folder) in line]


def test_the_operations_are_those_of_the_whole_process(attack: Crashes) -> None:
    """The database of the cache counts too, which no function of Python reads or writes."""
    operations = attack.operations(RUN)

    assert {each.kind for each in operations} == {*crashes.KINDS}
    for kind, part in (
        *(("open", "alerts.jsonl"), ("read", "events.jsonl.1.gz"), ("listing", "telemetry")),
        *(("write", "scans.sqlite"), ("rename", "stage1"), ("flock", ".peaktrade-ops.lock")),
    ):
        first(operations, kind, part)


def test_a_run_that_is_killed_before_a_rename_is_killed_there(attack: Crashes) -> None:
    """Negative control of the tracing: the artifact is not there yet."""
    operations = attack.operations(RUN)
    at = first(operations, "rename", "2025-12-20")
    done, trace = attack.traced(RUN, Disturbance(at, kill=signal.SIGKILL))

    assert done.code == -signal.SIGKILL
    assert len(trace.operations) == at + 1
    assert not (attack.world.reports / "2025-12-20_snapshot.html").exists()


def test_what_is_left_behind_is_noticed(attack: Crashes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a program that never cleans up after a killed run."""
    at = first(attack.operations(RUN), "rename", "2025-12-20")
    monkeypatch.setattr(lock, "recover", lambda _folder: False)

    losses = disturbed(attack, Disturbance(at, kill=signal.SIGKILL)).losses

    assert any(".tmp stays behind" in loss for loss in losses)


def test_a_torn_artifact_is_noticed(attack: Crashes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a program that writes its artifacts in place, in two pieces."""

    def publish(folder: Path, artifacts: Mapping[str, bytes], _removed: bytes | None) -> None:
        for name, data in artifacts.items():
            with (folder / name).open("wb", buffering=0) as file:
                file.write(data[: len(data) // 2])
                file.write(data[len(data) // 2 :])

    monkeypatch.setattr("peaktrade_ops.routine.publish", publish)
    operations = attack.operations(RUN)
    writes = [each for each in operations if each.kind == "write" and "summary" in each.path]

    losses = disturbed(attack, Disturbance(writes[1].number, kill=signal.SIGKILL)).losses

    assert any("is neither old nor new" in loss for loss in losses)


def test_an_untrue_message_is_noticed(attack: Crashes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a program that says that all is kept when half of it is replaced."""
    at = first(attack.operations(RUN), "rename", "trend.json")

    def put_in_place(folder: Path, staged: Mapping[str, Path], _removal: Path | None) -> None:
        try:
            for name, temporary in staged.items():
                temporary.replace(folder / name)
        except OSError:
            raise ReportsError("no", hint="the earlier artifacts are kept") from None

    monkeypatch.setattr("peaktrade_ops.reports.store.publish._put_in_place", put_in_place)

    losses = disturbed(attack, Disturbance(at, error=errno.EIO)).losses

    assert any("it says that the earlier artifacts are kept" in loss for loss in losses)


def test_a_milder_verdict_is_noticed(attack: Crashes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a program that passes over a file that it cannot read."""

    def pass_over(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 (as it is called)
        found = discover(*arguments, **options)
        seen = [each for each in found.sources if "alerts" not in each.path]
        return msgspec.structs.replace(found, sources=seen)

    monkeypatch.setattr("peaktrade_ops.scanning.discover", pass_over)

    losses = disturbed(attack, Disturbance()).losses

    assert any("a new verdict is GO" in loss for loss in losses)
    assert any("it prints GO" in loss for loss in losses)


def test_without_the_right_to_mount_no_disk_counts_as_tried(
    attack: Crashes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The figures say so, instead of claiming that nothing was lost."""

    def refuse() -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("campaigns.crashes.disks._mount_alone", refuse)
    figures = Figures("Disks")

    fill_disks(attack.order, figures, attack.base, attack.laws[RUN])

    assert [(row.name, row.tried) for row in figures.rows.values()] == [
        ("disks: not tried here, Operation not permitted", 0)
    ]
