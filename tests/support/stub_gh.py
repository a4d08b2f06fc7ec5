"""A stand-in for the program `gh`: the artifacts and issues of a repository are in a folder.

It lists artifacts as the API does, downloads one, and keeps issues with their comments.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

NAME: Final = "owner/repository"
BRANCH: Final = "main"

_OWN_ID: Final = 7
_FOLDER: Final = "STUB_GH_FOLDER"
_ISSUES: Final = "issues.json"
_LABELS: Final = "labels"


class Repository:
    """A repository on GitHub, with the artifacts of earlier runs."""

    def __init__(self, folder: Path) -> None:
        """Create a repository without artifacts in a new folder."""
        self._folder = folder
        self._list = folder / "artifacts.json"
        folder.mkdir()
        self._list.write_text("[]")

    @property
    def variables(self) -> dict[str, str]:
        """The variables that a step has."""
        return {
            "GITHUB_REPOSITORY": NAME,
            "GITHUB_REF_NAME": BRANCH,
            _FOLDER: os.fspath(self._folder),
        }

    def add(  # noqa: PLR0913 (what the API tells about an artifact)
        self,
        content: Path,
        *,
        name: str,
        run: int,
        created: str,
        branch: str = BRANCH,
        head: int = _OWN_ID,
        expired: bool = False,
    ) -> None:
        """Add the artifact of a run: a copy of a folder."""
        shutil.copytree(content, self._folder / str(run) / name)
        source = {
            "id": run,
            "repository_id": _OWN_ID,
            "head_repository_id": head,
            "head_branch": branch,
        }
        about = {"name": name, "created_at": created, "expired": expired, "workflow_run": source}
        # The API shows the newest first, which the workflow must not rely on.
        self._list.write_text(json.dumps([*self._artifacts(), about]))

    @property
    def issues(self) -> list[dict[str, Any]]:
        """The issues, each with its number, title, label, body, comments and state."""
        return _issues(self._folder)

    def close(self, number: int) -> None:
        """Close an issue, as its reader does."""
        issues = self.issues
        issues[number - 1]["state"] = "closed"
        (self._folder / _ISSUES).write_text(json.dumps(issues))

    def write(self, number: int, body: str) -> None:
        """Replace the text of an issue, as its reader may do."""
        issues = self.issues
        issues[number - 1]["body"] = body
        (self._folder / _ISSUES).write_text(json.dumps(issues))

    def break_down(self) -> None:
        """Let the API answer with errors from now on."""
        self._list.unlink()

    def _artifacts(self) -> list[dict[str, Any]]:
        artifacts: list[dict[str, Any]] = json.loads(self._list.read_text())
        return artifacts


def _listed(folder: Path, url: str, wanted: str) -> None:
    parts = urlsplit(url)
    assert parts.path == f"repos/{NAME}/actions/artifacts"
    [name] = parse_qs(parts.query)["name"]
    # The only filter that the workflow uses: a line of values for each artifact.
    fields = re.fullmatch(r"\.artifacts\[\] \| \[(.*)\] \| @tsv", wanted)
    assert fields
    for artifact in json.loads((folder / "artifacts.json").read_text()):
        if artifact["name"] == name:
            row = [_at(artifact, path) for path in fields[1].split(", ")]
            sys.stdout.write("\t".join(row) + "\n")


def _at(document: Any, path: str) -> str:  # noqa: ANN401 (what JSON holds)
    for key in path.removeprefix(".").split("."):
        document = document[key]
    return document if isinstance(document, str) else json.dumps(document)


def _issues(folder: Path) -> list[dict[str, Any]]:
    path = folder / _ISSUES
    issues: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []
    return issues


def _issue(folder: Path, given: argparse.Namespace) -> None:
    """Run a command about issues; each asks for what the workflow asks."""
    issues = _issues(folder)
    if given.action == "list":
        assert (given.state, given.json, given.jq) == ("open", "number", ".[].number")
        found = [
            each["number"]
            for each in issues
            if (each["label"], each["state"]) == (given.label, given.state)
        ]
        # GitHub shows the newest first.
        for number in sorted(found, reverse=True)[: int(given.limit)]:
            sys.stdout.write(f"{number}\n")
        return
    if given.action == "create":
        # An unknown label is an error.
        assert (folder / _LABELS).read_text().split() == [given.label]
        about = {"number": len(issues) + 1, "title": given.title, "label": given.label}
        issues.append({**about, "state": "open", "body": "", "comments": []})
    issue = issues[int(given.number or len(issues)) - 1]
    if given.action == "view":
        assert (given.json, given.jq) == ("body", ".body")
        # GitHub ends the lines of a body that was written in a browser like this.
        sys.stdout.write(issue["body"].replace("\n", "\r\n") + "\n")
    elif given.action == "comment":
        issue["comments"].append(given.body)
    else:
        issue["body"] = Path(given.body_file).read_text("utf-8")
    (folder / _ISSUES).write_text(json.dumps(issues))


def _main() -> None:
    assert os.environ["GH_TOKEN"]
    folder = Path(os.environ[_FOLDER])
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    api = commands.add_parser("api")
    api.add_argument("--paginate", action="store_true", required=True)
    api.add_argument("url")
    api.add_argument("--jq", required=True)
    run = commands.add_parser("run")
    run.add_argument("download", choices=["download"])
    run.add_argument("id")
    for option in ("--repo", "--name", "--dir"):
        run.add_argument(option, required=True)
    issue = commands.add_parser("issue")
    issue.add_argument("action", choices=["list", "create", "view", "edit", "comment"])
    issue.add_argument("number", nargs="?")
    for option in ("label", "state", "limit", "json", "jq", "title", "body", "body-file"):
        issue.add_argument(f"--{option}")
    label = commands.add_parser("label")
    label.add_argument("create", choices=["create"])
    label.add_argument("name")
    # Without it, a label that exists is an error.
    label.add_argument("--force", action="store_true", required=True)
    for option in ("--color", "--description"):
        label.add_argument(option)
    given = parser.parse_args()
    if given.command == "api":
        _listed(folder, given.url, given.jq)
    elif given.command == "issue":
        assert os.environ["GH_REPO"] == NAME
        _issue(folder, given)
    elif given.command == "label":
        (folder / _LABELS).write_text(given.name)
    else:
        assert given.repo == NAME
        shutil.copytree(folder / given.id / given.name, given.dir, dirs_exist_ok=True)


if __name__ == "__main__":
    _main()
