"""The import contracts of `pyproject.toml`, and which helpers the tests import."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.checkout import REPO, plain_environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.one_python

CONTRACTS: Final = [
    contract["name"]
    for contract in tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
]

# A module and a forbidden import for each contract.
BREACHES: Final = {
    "Diagnosis: a list of checks, each by itself": (
        "diagnosis/lock.py",
        "import peaktrade_ops.diagnosis.clock",
    ),
    "Package: command line, routine, reports, stage 1, telemetry, base": (
        "telemetry/records/times.py",
        "import peaktrade_ops.stage1.severity",
    ),
    "Neither the server nor notices scan": (
        "serve/health.py",
        "import peaktrade_ops.scanning",
    ),
    "Telemetry: engines run scans, scans count records of files": (
        "telemetry/files/compression.py",
        "import peaktrade_ops.telemetry.counting.cells",
    ),
    "Records: events of blocks, values of lines, checks of lines": (
        "telemetry/records/utf8.py",
        "import peaktrade_ops.telemetry.records.times",
    ),
    "Counting: a scan fills tallies, tallies hold counts": (
        "telemetry/counting/spill.py",
        "import peaktrade_ops.telemetry.counting.cells",
    ),
    "Engines: a run chooses one of them": (
        "telemetry/engines/pool.py",
        "import peaktrade_ops.telemetry.engines.run",
    ),
    "Files: inputs and reader, walk, rules of the search, stores": (
        "telemetry/files/compression.py",
        "import peaktrade_ops.telemetry.files.walk",
    ),
    "Command line: program, commands, requests, options": (
        "cli/options.py",
        "import peaktrade_ops.cli.request",
    ),
    "No command imports another": (
        "cli/commands/render.py",
        "import peaktrade_ops.cli.commands.verify",
    ),
    "Reports do not import telemetry": (
        "reports/store/archive.py",
        "import peaktrade_ops.telemetry.records.times",
    ),
    "Only the command line imports click": ("routine.py", "import click"),
    "Only the keyword search imports RE2": ("telemetry/records/times.py", "import re2"),
    "Only the search for ends of matches imports Hyperscan": (
        "telemetry/records/keywords.py",
        "import hyperscan",
    ),
    "Only the server imports HTTP": ("routine.py", "import werkzeug"),
    "Only the cluster and remote stores import the extra for them": (
        "routine.py",
        "import fsspec",
    ),
    "Only the delivery by apprise imports the extra for it": ("routine.py", "import apprise"),
    "Only the pages import htpy": ("reports/views/markdown.py", "import htpy"),
    "Stage 1 does not import reports": (
        "stage1/trend.py",
        "import peaktrade_ops.reports.store.names",
    ),
    "Stage 1: counts to summaries, days to a trend, rules, models": (
        "stage1/models.py",
        "import peaktrade_ops.stage1.policy",
    ),
    "Reports: views of the store": (
        "reports/store/publish.py",
        "import peaktrade_ops.reports.views.escape",
    ),
    "Views: rendering, formats, shared words": (
        "reports/views/words.py",
        "import peaktrade_ops.reports.views.escape",
    ),
    "Store: index, archive, changes, names": (
        "reports/store/names.py",
        "import peaktrade_ops.reports.store.publish",
    ),
    "Pages: one module per page, shared charts and parts": (
        "reports/views/pages/parts.py",
        "import peaktrade_ops.reports.views.pages.charts",
    ),
    "Server: the application answers from health and metrics": (
        "serve/health.py",
        "import peaktrade_ops.serve.metrics",
    ),
    "Notices: deliveries of situations to targets": (
        "notices/situation.py",
        "import peaktrade_ops.notices.webhook",
    ),
}
# Other contracts that forbid the same import.
ALSO: Final = {
    "Stage 1 does not import reports": {
        "Package: command line, routine, reports, stage 1, telemetry, base"
    },
}

# The folders of tests that have modules.
FOLDERS: Final = sorted(
    {path.relative_to(REPO / "tests").parts[0] for path in (REPO / "tests").glob("*/**/*.py")}
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder with a copy of the package and of its contracts."""
    shutil.copy(REPO / "pyproject.toml", tmp_path)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPO / "src" / "peaktrade_ops", tmp_path / "peaktrade_ops", ignore=ignore)
    return tmp_path


def lint(copy: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of a copy; return the finished process."""
    program = "from importlinter.cli import lint_imports_command as command; command()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=copy,
        env=plain_environment(PYTHONPATH=str(copy)),
        capture_output=True,
        text=True,
        check=False,
    )


def broken_in(copy: Path) -> set[str]:
    """Return the names of the contracts that a copy breaks."""
    checked = lint(copy)
    text = re.sub(r"\x1b\[[0-9;]*m", "", checked.stdout)
    assert "Contracts: " in text, text + checked.stderr
    broken = set(re.findall(r"^(.*) BROKEN", text, re.MULTILINE))
    assert (checked.returncode == 0) == (not broken)
    return broken


def test_every_contract_has_a_breach() -> None:
    """The table of breaches names every contract of `pyproject.toml`, and no other."""
    assert set(BREACHES) == set(CONTRACTS)


def test_the_package_keeps_its_contracts(copy: Path) -> None:
    """No contract is broken in a copy without a breach."""
    assert broken_in(copy) == set()


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_forbidden_import_breaks_its_contract(copy: Path, contract: str) -> None:
    """Only this contract is broken, and those that forbid the same import."""
    module, statement = BREACHES[contract]
    with (copy / "peaktrade_ops" / module).open("a") as source:
        source.write(f"\n{statement}\n")

    assert broken_in(copy) == {contract} | ALSO.get(contract, set())


def test_a_module_that_no_layer_names_breaks_the_layers(copy: Path) -> None:
    """A module without a layer breaks the layers contract."""
    (copy / "peaktrade_ops" / "new.py").touch()

    checked = lint(copy)

    assert checked.returncode != 0
    assert "new" in checked.stdout


def helpers_of(module: Path) -> set[str]:
    """Return the full names that a module imports from `tests`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.startswith("tests.")}


@pytest.mark.parametrize("folder", FOLDERS)
def test_tests_import_helpers_of_their_own_folder_or_of_support(folder: str) -> None:
    """A helper that two folders need is in `tests/support`, which imports from no other folder."""
    modules = [*(REPO / "tests" / folder).rglob("*.py")]
    allowed = (f"tests.{folder}.", "tests.support.")

    imported = {name for module in modules for name in helpers_of(module)}

    assert {name for name in imported if not name.startswith(allowed)} == set()


def test_tests_of_no_folder_import_helpers_of_support() -> None:
    """The modules directly in `tests` use no helper of another folder."""
    imported = {name for path in (REPO / "tests").glob("*.py") for name in helpers_of(path)}

    assert imported
    assert {name for name in imported if not name.startswith("tests.support.")} == set()
