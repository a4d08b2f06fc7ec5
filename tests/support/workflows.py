"""Workflows of GitHub Actions, and a runner for the shell steps of their jobs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ruamel.yaml import YAML

from tests.support import stub_gh
from tests.support.checkout import REPO, plain_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

# The command that GitHub runs for `shell: bash`.
_BASH: Final = ("bash", "--noprofile", "--norc", "-eo", "pipefail")

# Starts the program of this environment with the folders that Compose mounts.
_DOCKER: Final = """#!/bin/sh
expected='compose --progress quiet -f docker-compose.obs.yml run --rm --no-TTY peaktrade-ops'
[ "$1 $2 $3 $4 $5 $6 $7 $8 $9" = "$expected" ] || exit 125
shift 9
command=$1
shift
exec peaktrade-ops "$command" --repo "$PEAK_TELEMETRY_DIR" --reports-root "$PEAK_REPORTS_DIR" \\
  --config stage1.toml "$@"
"""

_GH: Final = f"""#!/bin/sh
exec {sys.executable} {stub_gh.__file__} "$@"
"""


class JobOutcome(NamedTuple):
    """The outcome of a job.

    Attributes:
        code: The exit code of the step that failed; 0 if none failed.
        log: What all steps printed.
        summary: The Markdown of the job summary.
        artifact: The name of the uploaded artifact; ``None`` if nothing was uploaded.
        outputs: What the job hands to other jobs, by name.
    """

    code: int
    log: str
    summary: str
    artifact: str | None
    outputs: dict[str, str]


def workflow(name: str) -> dict[str, Any]:
    """Return a workflow of the repo by the name of its file without suffix."""
    text = (REPO / ".github" / "workflows" / f"{name}.yml").read_text("utf-8")
    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded


def evaluate(expression: str, values: Mapping[str, str | bool]) -> str | bool:
    """Return the value of an expression of GitHub Actions without parentheses.

    Args:
        expression: Names, functions and texts in single quotes with ``||``, ``&&``, ``==``, ``!=``.
        values: The value of every name and of every function call.

    Raises:
        KeyError: A name has no value: it is misspelled, or the tests do not know it.
    """
    for operator, decides in ((" || ", True), (" && ", False)):
        first, found, rest = expression.partition(operator)
        if found:
            value = evaluate(first, values)
            return value if bool(value) is decides else evaluate(rest, values)
    for comparison, equal in ((" == ", True), (" != ", False)):
        left, found, right = expression.partition(comparison)
        if found:
            return (evaluate(left, values) == evaluate(right, values)) is equal
    text = re.fullmatch("'(.*)'", expression)
    return text[1] if text else values[expression]


def filled(text: str, values: Mapping[str, str | bool]) -> str:
    """Return a text of a workflow with the values of its expressions."""
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: str(evaluate(found[1], values)), text)


class Runner:
    """A machine that runs the jobs of a workflow, with a checkout of the repo.

    Attributes:
        checkout: The folder of the checkout.
        github: What the stub of ``gh`` knows of the repository.
        programs: The folder of the stubs, to be first on the path.
    """

    def __init__(self, folder: Path, checkout: Path, *, stub_docker: bool) -> None:
        """Create the stubs; without a stub of Docker the steps start the real one."""
        self.checkout = checkout
        self.github = stub_gh.Repository(folder / "github")
        self._scratch = folder / "scratch"
        self._scratch.mkdir()
        self._output = self._scratch / "output"
        self._output.touch()
        self.programs = folder / "programs"
        self.programs.mkdir()
        self._add("gh", _GH)
        if stub_docker:
            self._add("docker", _DOCKER)

    def _add(self, name: str, script: str) -> None:
        path = self.programs / name
        path.write_text(script)
        path.chmod(0o755)

    def run(
        self, job: Mapping[str, Any], values: Mapping[str, str | bool], **variables: str
    ) -> JobOutcome:
        """Run the shell steps of a job in a clean checkout, as GitHub does.

        Args:
            job: The job as the workflow has it.
            values: The values of the expressions.
            variables: More variables of the environment.
        """
        shutil.rmtree(self.checkout / "reports" / "obs", ignore_errors=True)
        summary = self._scratch / "summary.md"
        summary.write_bytes(b"")
        env = {name: filled(text, values) for name, text in job.get("env", {}).items()}
        self._output.write_bytes(b"")
        known = {**values, "always()": True, "success()": True}
        known |= {f"env.{name}": value for name, value in env.items()}
        code, log, artifact = 0, "", None
        for step in job["steps"]:
            known["success()"] = code == 0
            chosen = evaluate(step.get("if", "success()"), known)
            outcome = "success" if chosen else "skipped"
            if chosen and "run" in step:
                finished = self._step(step, env | variables, known)
                log += finished.stdout
                code = code or finished.returncode
                outcome = "failure" if finished.returncode else outcome
            elif chosen and step["uses"].startswith("actions/upload-artifact@"):
                artifact = filled(step["with"]["name"], known)
                assert any((self.checkout / step["with"]["path"]).iterdir())
            if "id" in step:
                known[f"steps.{step['id']}.outcome"] = outcome
                for name, value in self._outputs().items():
                    known[f"steps.{step['id']}.outputs.{name}"] = value
        # An output that no step wrote is empty.
        outputs = {
            name: filled(text, defaultdict(str, known))
            for name, text in job.get("outputs", {}).items()
        }
        return JobOutcome(code, log, summary.read_text("utf-8"), artifact, outputs)

    def _outputs(self) -> dict[str, str]:
        """Return what the last step wrote for other steps, as GitHub reads it."""
        found, lines = {}, iter(self._output.read_text("utf-8").splitlines())
        for line in lines:
            name, _, value = line.partition("=")
            block, multiline, end = line.partition("<<")
            if multiline and "=" not in block:
                name, value = block, "\n".join(takewhile(end.__ne__, lines))
            found[name] = value
        return found

    def _step(
        self, step: Mapping[str, Any], env: Mapping[str, str], values: Mapping[str, str | bool]
    ) -> subprocess.CompletedProcess[str]:
        self._output.write_bytes(b"")
        script = self._scratch / "step.sh"
        script.write_text(step["run"], "utf-8")
        path = [str(self.programs), str(Path(sys.executable).parent), os.environ["PATH"]]
        own = {name: filled(text, values) for name, text in step.get("env", {}).items()}
        return subprocess.run(
            [*_BASH, script],
            cwd=self.checkout,
            env=plain_environment(
                **env,
                **own,
                **self.github.variables,
                PATH=os.pathsep.join(path),
                RUNNER_TEMP=os.fspath(self._scratch),
                GITHUB_OUTPUT=os.fspath(self._output),
                GITHUB_STEP_SUMMARY=os.fspath(self._scratch / "summary.md"),
            ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
