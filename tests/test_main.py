"""``python -m peaktrade_ops`` and the installed script are one program."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.support.program import COMMAND, PATIENCE, Outcome, Workplace, clean_environment, tree

SCRIPT = (str(Path(sysconfig.get_path("scripts"), "peaktrade-ops")),)


def outcome_of(command: tuple[str, ...], folder: Path, *arguments: str) -> Outcome:
    """Run a command in a folder."""
    finished = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return Outcome(finished.returncode, finished.stdout, finished.stderr)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--version"], 0),
        (["verify", "--help"], 0),
        (["verify", "--dir", "none"], 1),
        (["no-such-command"], 64),
        ([], 64),
    ],
    ids=str,
)
def test_module_and_script_say_the_same(
    workplace: Workplace, arguments: list[str], code: int
) -> None:
    """Exit code, output and messages do not depend on how the program is started."""
    by_module = outcome_of(COMMAND, workplace.repo, *arguments)

    assert by_module.code == code
    assert outcome_of(SCRIPT, workplace.repo, *arguments) == by_module
    assert "peaktrade-ops" in by_module.out + by_module.err
    assert "__main__" not in by_module.out + by_module.err


def test_module_and_script_write_the_same(workplace: Workplace) -> None:
    """The artifacts are the same to the byte."""
    workplace.write("obs/alerts.jsonl", {"ts": "2025-12-20T10:00:00Z", "type": "alert"}, b"{")
    arguments = ("stage1-run", "--repo", "../telemetry", "--date", "2025-12-20", "--days", "2")

    ended = [
        outcome_of(command, workplace.repo, *arguments, "--reports-root", root)
        for command, root in ((COMMAND, "module"), (SCRIPT, "script"))
    ]

    assert [each.code for each in ended] == [0, 0]
    assert tree(workplace.repo / "module") == tree(workplace.repo / "script")
    assert len(tree(workplace.repo / "module")) == 2 * 2 + 3
