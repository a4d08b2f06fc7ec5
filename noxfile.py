"""Nox sessions: plain `nox` runs all of them except `minimums` and `bench`.

Every session except `minimums` installs the versions of `uv.lock`. The docstring of a session names
the program that receives the arguments after `--`.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import nox

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

nox.needs_version = ">=2026.4"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
# A machine with one Python can run the tests with it. In the workflow, a missing one is an error.
nox.options.error_on_missing_interpreters = False

# The first version measures coverage and runs the tests marked `one_python`; the last version that
# the machine has tries all examples of the property tests.
PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))
# The tests of these folders have their own sessions, most of them with more dependencies.
OTHERS = ("browser", "campaigns", "cluster", "integration", "monitoring")
PYTEST = ("-m", "pytest", *(f"--ignore=tests/{name}" for name in OTHERS))
ELSEWHERE = " and ".join(f"not {mark}" for mark in OTHERS)
ON_EVERY_PYTHON = f"not one_python and {ELSEWHERE}"
# Hypothesis marks property tests itself.
ON_THE_LAST_PYTHON = f"(not one_python or hypothesis) and {ELSEWHERE}"
EXAMPLES_PERCENT = "PEAK_TEST_EXAMPLES_PERCENT"
UV = ("--require-hashes", "--requirement", "uv.txt")

MEMORY = Path("/dev/shm")  # noqa: S108 (a new folder is created in it)
ROOM_BYTES = 2 * 2**30

PACKAGE = Path("src", "peaktrade_ops")
PYTHON_CODE = ("src", "tests", "noxfile.py", "scripts", "samples", "benchmarks", "campaigns")
SHELL_SCRIPTS = (
    ".ci/_next_release.sh",
    ".ci/engine",
    ".ci/run",
    ".ci/unpack",
    "docker/base/build",
    *map(str, Path("scripts").rglob("*.sh")),
)
MONITORING = (
    ("promtool",),
    ("amtool",),
    ("prometheus",),
    ("prometheus-alertmanager", "alertmanager"),
    ("prometheus-node-exporter", "node_exporter"),
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WORKFLOWS = sorted(map(str, Path(".github", "workflows").glob("*.yml")))


# In the order of start: first the session with the fastest result, then the longest sessions.


@nox.session(tags=["check"], allow_parallel=True)
def lint(session: nox.Session) -> None:
    """Check style, types, imports, shell, image, workflows, lock, secrets; arguments go to ruff."""
    install(session, "lint", extras=["serve"])
    session.run("ruff", "format", "--check")
    session.run("mypy", *PYTHON_CODE)
    session.run("lint-imports")
    session.run("shellcheck", "--external-sources", *SHELL_SCRIPTS)
    session.run("hadolint", "docker/obs/Dockerfile")
    session.run("zizmor", "--offline", "--pedantic", "--quiet", ".github")
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)
    session.run(
        "check-jsonschema", "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml"
    )
    session.run("uv", "lock", "--check")
    session.run("scripts/find_secrets.sh", external=True)
    session.run("ruff", "check", *session.posargs)


@nox.session(tags=["check"], allow_parallel=True)
def integration(session: nox.Session) -> None:
    """Build and run the image and compare its reports with the host's; arguments go to pytest."""
    what = "no container engine answers: install and start Docker (docs/ops/container.md says how)"
    require(session, engine_answers(), what)
    install(session, "integration", "kubernetes")
    chosen = session.posargs or ["tests/integration"]
    # After an interrupt the tests need time to clean up.
    session.run("pytest", "-m", "integration", *chosen, interrupt_timeout=60, terminate_timeout=60)


@nox.session(python=PYTHONS, tags=["check"], allow_parallel=True)
def tests(session: nox.Session) -> None:
    """Run the tests: with coverage on the lowest Python, with all examples on the highest.

    Arguments go to pytest.
    """
    install(session, "tests", "nox", extras=["notify", "serve"])
    with scratch_folder() as env:
        if session.python == last_python() != PYTHONS[0]:
            session.run("python", *PYTEST, "-m", ON_THE_LAST_PYTHON, *session.posargs, env=env)
            return
        # Most failures that property tests find do not depend on the Python version, and measuring
        # coverage doubles the time of each example, which seldom adds a line.
        env[EXAMPLES_PERCENT] = os.environ.get(EXAMPLES_PERCENT, "10")
        if session.python != PYTHONS[0]:
            session.run("python", *PYTEST, "-m", ON_EVERY_PYTHON, *session.posargs, env=env)
            return
        env["COVERAGE_FILE"] = str(Path(session.virtualenv.location, "coverage"))
        session.run("coverage", "run", *PYTEST, *session.posargs, env=env)
        # A selection of tests cannot reach the coverage that all tests must reach.
        floor = ["--fail-under=0"] if session.posargs else []
        session.run("coverage", "report", *floor, env=env)


@nox.session(tags=["check"], allow_parallel=True)
def campaign(session: nox.Session) -> None:
    """Attack the program and count what is lost: a little, as a test, or as the arguments say.

    Arguments go to `python -m campaigns`.
    """
    install(session, "campaign", extras=["notify", "serve"])
    if session.posargs:
        session.run("python", "-m", "campaigns", *session.posargs)
        return
    with scratch_folder() as env:
        session.run("pytest", "-m", "campaigns", "tests/campaigns", env=env)


@nox.session(tags=["check"], allow_parallel=True)
def browser(session: nox.Session) -> None:
    """Open the pages in a real browser and check them; arguments go to pytest."""
    found = any(map(shutil.which, BROWSERS))
    require(session, found, "no browser is there: install Chromium, on Debian its package chromium")
    install(session, "browser")
    pictures = Path(session.create_tmp(), "screenshots")
    pictures.mkdir(exist_ok=True)
    env = checkers(session) | {"PEAK_TEST_SCREENSHOTS": str(pictures.resolve())}
    session.run("pytest", "-m", "browser", *(session.posargs or ["tests/browser"]), env=env)
    session.log(f"pictures of the pages are in {pictures}")


@nox.session(tags=["check"], allow_parallel=True)
def cluster(session: nox.Session) -> None:
    """Scan on a real cluster and from a server of S3, on the loopback; arguments go to pytest."""
    install(session, "cluster", extras=["cluster"])
    with scratch_folder() as env:
        session.run("pytest", "-m", "cluster", *(session.posargs or ["tests/cluster"]), env=env)


@nox.session(tags=["check"], allow_parallel=True)
def monitoring(session: nox.Session) -> None:
    """Start Prometheus, Alertmanager and node_exporter on the reports; arguments go to pytest."""
    found = all(any(map(shutil.which, names)) for names in MONITORING)
    what = (
        "Prometheus or one of its companions is not there: install, on Debian, the packages"
        " prometheus, prometheus-alertmanager and prometheus-node-exporter"
    )
    require(session, found, what)
    install(session, "monitoring", extras=["serve"])
    with scratch_folder() as env:
        chosen = session.posargs or ["tests/monitoring"]
        session.run("pytest", "-m", "monitoring", *chosen, env=env | checkers(session))


@nox.session(tags=["check"], allow_parallel=True)
def package(session: nox.Session) -> None:
    """Build the wheel and use it outside the repo; run the install commands of the README."""
    provide_uv(session)
    samples = Path("samples", "telemetry").resolve()
    with tempfile.TemporaryDirectory() as scratch:
        dist, locked, env = (Path(scratch, name) for name in ("dist", "locked.txt", "env"))
        session.run("uv", "build", "--quiet", "--out-dir", str(dist))
        [wheel] = dist.glob("*.whl")
        check_contents(session, wheel)
        export = ("uv", "export", "--quiet", "--locked", "--no-dev", "--no-emit-project")
        session.run(*export, "--output-file", str(locked))
        session.run("uv", "venv", "--quiet", "--python", session.virtualenv.location, str(env))
        pip = ("uv", "pip", "install", "--quiet", "--python", str(env))
        session.run(*pip, "--require-hashes", "--requirements", str(locked))
        session.run(*pip, "--no-deps", str(wheel))
        program = str(env / "bin" / "peaktrade-ops")
        module = (str(env / "bin" / "python"), "-m", "peaktrade_ops")
        reports = f"--reports-root={Path(scratch, 'reports')}"
        snapshot = ("stage1-snapshot", f"--repo={samples}", "--date=2025-12-20", reports)
        with session.chdir(scratch):
            session.run(program, "--version", external=True)
            session.run(program, *snapshot, external=True)
            session.run(*module, "verify", reports, external=True)
        install_as_users_do(session, Path(scratch))


@nox.session(python=PYTHONS[0], default=False, tags=["minimums"])
def minimums(session: nox.Session) -> None:
    """Run the tests with the lowest allowed versions of the direct dependencies."""
    provide_uv(session)
    lowest = ("--resolution", "lowest-direct", "--reinstall-package", "peaktrade-ops")
    groups = ("--group", "tests", "--group", "nox")
    python = ("--python", session.virtualenv.location)
    pip = ("uv", "pip", "install", "--quiet", "--compile-bytecode", *python)
    session.run(*pip, *lowest, ".[notify,serve]", *groups)
    with scratch_folder() as env:
        session.run("python", *PYTEST, "-m", ON_EVERY_PYTHON, *session.posargs, env=env)


@nox.session(default=False, tags=["measure"])
def bench(session: nox.Session) -> None:
    """Measure what the program costs, as ratios; arguments go to `python -m benchmarks`."""
    install(session, "bench")
    session.run("python", "-m", "benchmarks", *session.posargs)


def last_python() -> str:
    """Return the highest Python that the machine has; the highest of all if it has none of them."""
    found = [python for python in PYTHONS if shutil.which(f"python{python}")]
    return max(found, key=PYTHONS.index, default=PYTHONS[-1])


@contextlib.contextmanager
def scratch_folder() -> Iterator[dict[str, str]]:
    """Yield variables that put temporary files in memory; none if memory is short."""
    has_room = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM_BYTES
    if not has_room:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="peaktrade-ops-tests-", dir=MEMORY) as folder:
        yield {"TMPDIR": folder}


def require(session: nox.Session, found: object, otherwise: str) -> None:
    """Skip a session if the machine lacks something it needs; fail in CI."""
    if found:
        return
    if os.environ.get("CI") == "true":
        session.error(otherwise)
    session.skip(otherwise)


def checkers(session: nox.Session) -> dict[str, str]:
    """Install the npm packages of a session by their own lock file; return the variable for them.

    The session has the dependency group of its name, with Node.js.
    """
    tools = Path(session.create_tmp(), "checkers")
    tools.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(Path("tests", session.name, name), tools)
    npm = ("npm", "ci", "--prefix", str(tools), "--ignore-scripts", "--no-audit", "--no-fund")
    session.run(*npm, silent=True)
    return {"PEAK_TEST_NODE_MODULES": str(tools.resolve() / "node_modules")}


def engine_answers() -> bool:
    """Return whether a container engine answers the docker client."""
    if shutil.which("docker") is None:
        return False
    # Only the engine itself knows its version.
    ask = ("docker", "version", "--format", "{{.Server.Version}}")
    return subprocess.run(ask, capture_output=True, check=False).returncode == 0  # noqa: S603 (ours)


def provide_uv(session: nox.Session) -> None:
    """Check that a session can run uv; install uv in the session if the machine has none."""
    session.env["UV_PYTHON_DOWNLOADS"] = "never"
    if session.venv_backend != "uv":
        session.install(*UV)


def install(session: nox.Session, *groups: str, extras: Sequence[str] = ()) -> None:
    """Install the project, extras and dependency groups in the versions of the lock file.

    The project is installed as users install it, not as a link to the source.
    """
    provide_uv(session)
    env = session.virtualenv.location
    session.run_install(
        "uv",
        "sync",
        "--quiet",
        "--locked",
        "--no-default-groups",
        "--no-editable",
        "--reinstall-package=peaktrade-ops",
        # Tests start the program hundreds of times; without bytecode each start compiles it again.
        "--compile-bytecode",
        *(f"--extra={extra}" for extra in extras),
        *(f"--group={group}" for group in groups),
        f"--python={env}",
        env={"UV_PROJECT_ENVIRONMENT": env},
    )


def install_as_users_do(session: nox.Session, scratch: Path) -> None:
    """Run the README block that builds and installs the wheel, with all files in `scratch`."""
    blocks = re.findall(r"(?ms)^```sh\n(.*?)^```", Path("README.md").read_text("utf-8"))
    [commands] = [block for block in blocks if "uv tool install" in block]
    wheels, programs = scratch / "wheels", scratch / "bin"
    # The session may have its own uv, or the variable UV may name one that is not on the PATH.
    uv = Path(os.environ.get("UV", programs / "uv")).parent
    path = [programs, *(session.bin_paths or ()), uv, os.environ["PATH"]]
    commands = commands.replace("dist/", f"{wheels}/")
    commands = commands.replace("uv build", f"uv build --out-dir {wheels}")
    env = {
        "PATH": os.pathsep.join(map(os.fspath, path)),
        "UV_PYTHON": session.virtualenv.location,
        "UV_TOOL_BIN_DIR": str(programs),
        "UV_TOOL_DIR": str(scratch / "tools"),
    }
    session.run("sh", "-euc", commands, env=env, external=True)


def check_contents(session: nox.Session, wheel: Path) -> None:
    """Check that a wheel contains every file of the package, data included, and nothing else."""
    source = {
        path.relative_to(PACKAGE.parent).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if not name.endswith("/")}
    packed = {name for name in packed if ".dist-info/" not in name}
    if packed != source or "peaktrade_ops/py.typed" not in packed:
        session.error(f"{wheel.name} differs from the source: {sorted(packed ^ source)}")
