"""The parts of the benchmarks: runs of commands, results, telemetry."""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.place import MEBIBYTE, Place
from benchmarks.plain_loop import count
from benchmarks.results import Peak, Section
from benchmarks.runner import Command, Cost, costs, python, run
from benchmarks.scan import check_same
from benchmarks.telemetry import END, append, generate
from tests.support.checkout import REPO

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.one_python

# Uses 0.2 seconds of CPU time in a child.
BURNING = "import time\nwhile time.process_time() < 0.2: pass"
WITH_A_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURNING!r}])"


def test_a_run_counts_the_cpu_time_of_children() -> None:
    """Processes that a command starts and waits for are part of its cost."""
    assert run(python("-c", WITH_A_CHILD)).cpu >= 0.2


def test_sleeping_takes_wall_time_and_no_cpu_time() -> None:
    """Wall time and CPU time are told apart."""
    slept = run(python("-c", "import time; time.sleep(0.3)"))
    assert slept.wall >= 0.3
    assert slept.cpu < 0.3


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_watched_run_has_the_peak_of_all_its_processes() -> None:
    """The memory of a child counts, also after it was freed."""
    holding = "import time; held = b'x' * 100_000_000; time.sleep(0.3)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {holding!r}])"
    assert 100e6 < run(python("-c", parent), watch=True).peak < 200e6


def test_a_command_that_fails_ends_the_benchmark_with_its_message() -> None:
    """A command that did not do its work has no cost."""
    with pytest.raises(SystemExit, match=r"(?s)failed with 3:\nno disk"):
        run(python("-c", "import sys; sys.stderr.write('no disk'); sys.exit(3)"))


def test_settings_of_the_user_do_not_reach_the_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of the program would change what is measured."""
    monkeypatch.setenv("PEAK_QUIET", "1")
    asked = run(python("-c", "import os; print(os.environ.get('PEAK_QUIET'))"))
    assert asked.output == "None\n"


def test_commands_run_in_turn_after_their_preparation() -> None:
    """Each turn runs every command once, and each run is prepared."""
    order: list[str] = []
    commands = {
        name: Command(python("-c", f"print({name!r})"), partial(order.append, name))
        for name in ("a", "b")
    }

    done = costs(commands, 2)

    assert order == ["a", "b", "a", "b"]
    assert {name: cost.output for name, cost in done.items()} == {"a": "a\n", "b": "b\n"}


def test_a_table_has_the_target_beside_the_ratio() -> None:
    """A ratio has its two commands, both kinds of time, and what it should be."""
    section = Section("Scan", {"loop": Cost(20, 18, ""), "scan": Cost(2, 1, "")})
    section.compare("loop", "scan", "at least 18")
    section.peaks.append(Peak("64 MiB lines", 480, "at most 500 MB"))

    lines = [" ".join(line.split()) for line in section.text().splitlines()]

    assert "loop / scan 10 18 at least 18" in lines
    assert "64 MiB lines 480 at most 500 MB" in lines
    assert section.data() == {
        "title": "Scan",
        "seconds": {"loop": {"wall": 20, "cpu": 18}, "scan": {"wall": 2, "cpu": 1}},
        "ratios": {"loop / scan": {"wall": 10, "cpu": 18, "target": "at least 18"}},
        "peaks": {"64 MiB lines": {"mebibytes": 480, "target": "at most 500 MB"}},
    }


def test_different_counts_end_the_benchmark() -> None:
    """Times of programs that count differently say nothing."""
    check_same({"lines": 2}, {"lines": 2, "more": 1})
    with pytest.raises(SystemExit, match="lines is 2 and 3"):
        check_same({"lines": 2}, {"lines": 3})


def test_the_same_seed_gives_the_same_telemetry(tmp_path: Path) -> None:
    """Telemetry is made from a seed, and lines can be added to it."""
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        generate(folder, 20_000)
    files = sorted(first.rglob("*.jsonl"))
    assert len(files) == 8
    assert all(f.read_bytes() == (second / f.relative_to(first)).read_bytes() for f in files)

    before, lines = files[2].read_bytes(), count(first, END)["lines"]
    append(files[2], 1000, seed=9)
    assert files[2].read_bytes().startswith(before)
    assert count(first, END)["lines"] > lines


def test_larger_telemetry_is_made_of_copies(tmp_path: Path) -> None:
    """Copies take seconds, new lines take minutes."""
    place = Place(tmp_path, 1, 1, is_large=True)
    lines = count(place.telemetry(1), END)["lines"]
    assert count(place.telemetry(3), END)["lines"] == 3 * lines
    assert sum(p.stat().st_size for p in place.telemetry(3).rglob("*.jsonl")) > 3 * MEBIBYTE


def test_one_benchmark_can_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The results are printed as a table, and written as JSON."""
    written = tmp_path / "results.json"
    arguments = ["--megabytes", "1", "--runs", "1", "--only", "days", "--json", str(written)]
    monkeypatch.setattr(sys, "argv", ["benchmarks", *arguments])

    main()

    [ratio] = json.loads(written.read_bytes())["benchmarks"]["days"]["ratios"].items()
    assert ratio[0] == "stage1-run, 30 days / stage1-run, 1 day"
    assert ratio[1]["target"] == "at most 1.5"
    assert ratio[0] in capsys.readouterr().out


def test_the_page_describes_every_benchmark() -> None:
    """The table of docs/performance.md lists each benchmark that can be chosen, in order."""
    page = (REPO / "docs" / "performance.md").read_text("utf-8")
    table = page.split("| benchmark | compares |", 1)[1].split("\n\n", 1)[0]
    rows = [line.split("`")[1] for line in table.splitlines()[2:]]
    assert rows == list(BENCHMARKS)
