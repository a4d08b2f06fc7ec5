"""The Compose files: mounted folders, hardening and error messages."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.engine import SESSION, docker
from tests.integration.jobs import CONFIG, SAMPLES, STAGE1
from tests.integration.reaper import containers_of
from tests.integration.ways import COMPOSE_FILES, compose, compose_run
from tests.support.checkout import REPO, copy_repo
from tests.support.commands import all_commands
from tests.support.program import differences, run, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY = ("stage1-snapshot", "--date", "2025-12-18")


@pytest.fixture
def service(variables: dict[str, str]) -> Callable[..., dict[str, Any]]:
    """Return the resolved service of a Compose file, with optional variables."""

    def read(file: str = COMPOSE_FILES[0], **others: str) -> dict[str, Any]:
        outcome = compose(file, "config", "--format", "json", variables=variables | others)
        assert outcome.code == 0, outcome.err
        services: dict[str, dict[str, Any]] = json.loads(outcome.out)["services"]
        assert list(services) == ["peaktrade-ops"]
        return services["peaktrade-ops"]

    return read


def mounts(service: dict[str, Any]) -> dict[str, str]:
    """Return the host folder of each folder of the container."""
    return {mount["target"]: mount["source"] for mount in service["volumes"]}


def test_all_files_are_one_service(service: Callable[..., dict[str, Any]]) -> None:
    """All Compose files, also those at earlier paths, resolve to the same service and folders."""
    first, *others = [
        service(file, PEAK_REPORTS_DIR="somewhere", PEAK_TELEMETRY_DIR="./samples")
        for file in COMPOSE_FILES
    ]
    assert others == [first, first]
    assert mounts(first) == {
        "/telemetry": os.fspath(REPO / "samples"),
        "/reports": os.fspath(REPO / "somewhere"),
        "/config/stage1.toml": os.fspath(CONFIG),
    }


def test_without_variables_it_is_the_repo_and_its_reports(
    service: Callable[..., dict[str, Any]],
) -> None:
    """The default telemetry root is the repo, and reports go to its reports folder."""
    empty = service(PEAK_REPORTS_DIR="", PEAK_TELEMETRY_DIR="", PEAK_CONFIG="")
    assert mounts(empty) == {
        "/telemetry": os.fspath(REPO),
        "/reports": os.fspath(REPO / "reports"),
        "/config/stage1.toml": os.fspath(CONFIG),
    }


def test_it_is_hardened(service: Callable[..., dict[str, Any]]) -> None:
    """The service has no network, two capabilities, and writes only reports and a limited /tmp."""
    found = service()
    assert found["network_mode"] == "none"
    assert found["read_only"] is True
    assert found["cap_drop"] == ["ALL"]
    assert sorted(found["cap_add"]) == ["SETGID", "SETUID"]
    assert found["security_opt"] == ["no-new-privileges:true"]
    assert found["pids_limit"] <= 256
    [tmp] = found["tmpfs"]
    assert tmp.startswith("/tmp:")  # noqa: S108 (the container's)
    assert {"mode=1777", "noexec", "nosuid", "nodev"} <= set(tmp.removeprefix("/tmp:").split(","))  # noqa: S108 (see above)
    assert "size=" in tmp
    writable = [mount["target"] for mount in found["volumes"] if not mount.get("read_only")]
    assert writable == ["/reports"]
    assert not {"privileged", "devices", "ports", "pid", "ipc"} & found.keys()


def test_the_variables_of_options_reach_the_program(
    variables: dict[str, str], reports: Path
) -> None:
    """A gate that the operator sets by a variable works in the container."""
    gates = {"PEAK_DATE": "2025-12-18", "PEAK_FAIL_ON_NEW_ALERTS": "1", "PEAK_QUIET": "1"}

    outcome = compose_run(arguments=("stage1-snapshot",), variables=variables | gates)

    assert outcome.code == 2, outcome.err
    assert {path.name for path in (reports / STAGE1).iterdir()} >= {"2025-12-18_summary.json"}


def test_every_variable_of_an_option_reaches_the_program(
    service: Callable[..., dict[str, Any]],
) -> None:
    """Every variable that the program reads on the host is passed on."""
    # The service for HTTP has its own test, and this one has no network.
    commands = [each for each in all_commands() if each.name not in {"notify", "serve"}]
    options = [option for command in commands for option in command.params]
    names = {str(option.envvar) for option in options if option.envvar}
    own = {"PEAK_CONFIG": "/config/stage1.toml"}
    given = {name: f"value of {name}" for name in names | {"NO_COLOR", "SOURCE_DATE_EPOCH"}}

    for file in COMPOSE_FILES:
        passed = service(file, **given)["environment"]
        # The folders are mounted; their paths in the container are fixed by the image.
        assert passed == {
            name: value for name, value in (given | own).items() if name != "PEAK_TELEMETRY_DIR"
        }


@pytest.mark.parametrize("file", COMPOSE_FILES)
def test_the_env_file_sets_the_same_for_every_file(
    compose_variables: dict[str, str], tmp_path: Path, file: str
) -> None:
    """A gate in the env file works with the earlier Compose files too."""
    repo = copy_repo(tmp_path / "repo")
    (repo / ".env").write_text(
        "PEAK_TELEMETRY_DIR=samples/telemetry\nPEAK_FAIL_ON=hold\nPEAK_DATE=2025-12-18\n"
    )

    outcome = compose(
        file,
        *("run", "--rm", "peaktrade-ops", "stage1-run"),
        variables=compose_variables,
        repo=repo,
    )

    assert outcome.code == 2, outcome.err
    assert "NO_GO" in outcome.out


@pytest.mark.parametrize("variable", ["PEAK_INPUT", "PEAK_DIR", "PEAK_OUT_DIR"])
def test_a_variable_that_names_a_path_of_the_host_is_an_error(
    variables: dict[str, str], variable: str, tmp_path: Path
) -> None:
    """A variable with a path that does not exist in the container is an error."""
    command = "stage1-trends" if variable == "PEAK_DIR" else "stage1-snapshot"

    outcome = compose_run(
        arguments=(command, *DAY[1:]), variables=variables | {variable: os.fspath(tmp_path)}
    )

    assert outcome.code == 1
    assert os.fspath(tmp_path) in outcome.err or " is mounted at " in outcome.err


def test_the_user_can_be_named(variables: dict[str, str], reports: Path) -> None:
    """The operator can name a user, for telemetry that only a group may read."""
    reports.chmod(0o777)

    outcome = compose_run(arguments=DAY, variables=variables | {"PEAK_USER": "5432:6543"})

    assert outcome.code == 0, outcome.err
    owners = {(path.stat().st_uid, path.stat().st_gid) for path in reports.rglob("*")}
    assert owners == {(5432, 6543)}


def test_variables_that_are_empty_count_as_not_given(variables: dict[str, str]) -> None:
    """A scheduler passes an input without a value as an empty string."""
    options = [option for command in all_commands() for option in command.params]
    empty = {str(option.envvar): "" for option in options if option.envvar}
    others = {name: "" for name in empty if name not in variables}

    outcome = compose_run(
        arguments=("stage1-run", *DAY[1:], "--days", "1"),
        variables={**variables, **others, "SOURCE_DATE_EPOCH": ""},
    )

    assert (outcome.code, outcome.err) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (DAY, 0, "2025-12-18: 1 new alert"),
        ((*DAY, "--config", "/missing.toml"), 1, "/missing.toml cannot be read"),
        ((*DAY, "--fail-on-new-alerts"), 2, "2025-12-18: 1 new alert"),
        (("stage1-snapshots",), 64, "No such command"),
    ],
    ids=str,
)
def test_exit_codes_pass_through(
    variables: dict[str, str], arguments: tuple[str, ...], code: int, said: str
) -> None:
    """The exit code of Compose is the exit code of the program."""
    outcome = compose_run(arguments=arguments, variables=variables)

    assert outcome.code == code, outcome.err
    assert said in outcome.out + outcome.err


@pytest.mark.parametrize("variable", ["PEAK_REPORTS_DIR", "PEAK_TELEMETRY_DIR", "PEAK_CONFIG"])
def test_a_folder_of_the_host_that_is_missing_is_a_clear_error(
    variables: dict[str, str], reports: Path, tmp_path: Path, variable: str
) -> None:
    """The message names the folder, and Compose does not create it as root."""
    missing = tmp_path / "missing folder"

    outcome = compose_run(arguments=DAY, variables=variables | {variable: os.fspath(missing)})

    assert outcome.code == 1
    assert f"bind source path does not exist: {missing}" in outcome.err
    assert not missing.exists()
    assert tree(reports) == {}


def test_a_reports_folder_that_may_not_be_written_is_named(
    variables: dict[str, str], reports: Path
) -> None:
    """The message names the folder and its owner to the user that was named."""
    outcome = compose_run("--user", "5432:5432", arguments=DAY, variables=variables)

    assert outcome.code == 1
    assert "/reports" in outcome.err
    assert f"running as uid 5432, /reports belongs to uid {reports.stat().st_uid}" in outcome.err


def test_the_configuration_of_the_host_judges(
    variables: dict[str, str], reports: Path, tmp_path: Path
) -> None:
    """Container and host read the same configuration file and write the same bytes."""
    config = tmp_path / "strict.toml"
    config.write_text("[policy]\nmax_new_alerts = 0\nmin_days_with_data = 1\n")
    trend = ("stage1-run", "--date", "2025-12-20", "--days", "2")
    sides = {}
    for name, path in (("strict", config), ("default", CONFIG)):
        options = ("--repo", SAMPLES, "--reports-root", tmp_path / name, "--config", path)
        assert run(*trend, *options, cwd=tmp_path).code == 0
        sides[name] = tree(tmp_path / name)
    assert differences(sides["strict"], sides["default"]) != []

    outcome = compose_run(arguments=trend, variables=variables | {"PEAK_CONFIG": str(config)})

    assert outcome.code == 0, outcome.err
    assert differences(tree(reports), sides["strict"]) == []


def test_a_changed_source_is_built_before_it_runs(
    variables: dict[str, str], tmp_path: Path
) -> None:
    """A changed source is built into the image before it runs."""
    repo = copy_repo(tmp_path / "repo")
    version = (*("--progress", "quiet"), "run", "--rm", "peaktrade-ops", "--version")
    names = {
        **variables,
        "PEAK_IMAGE": f"{variables['PEAK_IMAGE']}-changed",
        "PEAK_PULL_POLICY": "",
    }
    said = [compose(COMPOSE_FILES[0], *version, variables=names, repo=repo).out]
    project = repo / "pyproject.toml"
    project.write_text(project.read_text("utf-8").replace('version = "0.1.0"', 'version = "9.9.9"'))
    lock = repo / "uv.lock"
    lock.write_text(
        lock.read_text("utf-8").replace(
            'name = "peaktrade-ops"\nversion = "0.1.0"', 'name = "peaktrade-ops"\nversion = "9.9.9"'
        )
    )

    said.append(compose(COMPOSE_FILES[0], *version, variables=names, repo=repo).out)

    assert said == [
        f"peaktrade-ops, version {version_of_program()}\n",
        "peaktrade-ops, version 9.9.9\n",
    ]


def version_of_program() -> str:
    """Return the version of the program on the host."""
    return run("--version", cwd=REPO).out.split()[-1]


def test_an_image_that_was_loaded_needs_no_build(
    image: str, variables: dict[str, str], reports: Path
) -> None:
    """PEAK_PULL_POLICY=never uses the existing image on a machine without network."""
    loaded = {"PEAK_IMAGE": image, "PEAK_PULL_POLICY": "never", "BASE_IMAGE": "no-such-base"}
    without = compose_run(
        arguments=DAY, variables=variables | loaded | {"PEAK_PULL_POLICY": "build"}
    )
    assert without.code != 0
    assert tree(reports) == {}

    outcome = compose_run(arguments=(*DAY, "--quiet"), variables=variables | loaded)

    assert outcome.code == 0, outcome.err
    assert tree(reports) != {}


def test_nothing_is_left_in_the_engine(variables: dict[str, str]) -> None:
    """No container, network or volume remains after a run."""
    project = f"{SESSION}-project"
    named = {**variables, "COMPOSE_PROJECT_NAME": project}
    filters = ("--quiet", "--filter", f"label=com.docker.compose.project={project}")

    assert compose_run(arguments=DAY, variables=named).code == 0

    for kind in ("container", "network", "volume"):
        every = ("--all",) if kind == "container" else ()
        assert docker(kind, "ls", *every, *filters).stdout == "", kind
    assert containers_of(SESSION) == []
