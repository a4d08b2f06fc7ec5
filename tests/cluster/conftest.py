"""Fixtures of the cluster tests: a Dask cluster of processes, and a server of S3."""

from __future__ import annotations

import contextlib
import os
import sys
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pytest

from peaktrade_ops.telemetry.files import remote
from tests.support.compressing import gzip_bytes, zstd_bytes
from tests.support.program import clean_environment, wait_until
from tests.support.servers import answers, free_port, kill, running
from tests.support.sharing import FILES, mixed_content

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.support.program import Workplace

BUCKET: Final = "telemetry-of-the-test"
PREFIX: Final = "a prefix/\u00e9"
URL: Final = f"s3://{BUCKET}/{PREFIX}"
SECRETS: Final = {
    "AWS_ACCESS_KEY_ID": "key-of-the-test",
    "AWS_SECRET_ACCESS_KEY": "secret-of-the-test",
    "AWS_DEFAULT_REGION": "us-east-1",
}
MIXED: Final = FILES | {
    "telemetry/large.jsonl": mixed_content(3, 900),
    "telemetry/packed.jsonl.gz": gzip_bytes(mixed_content(4, 200)),
    "telemetry/packed.jsonl.1.zst": zstd_bytes(mixed_content(5, 200)),
    "telemetry/cut.jsonl.gz": gzip_bytes(mixed_content(6, 200))[:-30],
    "live_runs/run-1/events.jsonl": mixed_content(7, 90),
    "telemetry/archive.jsonl.zip": b"PK",
}
"""Text, archives, one of them cut off, a legacy source, rejected lines and a file left out."""


def _environment(**variables: str) -> dict[str, str]:
    """Return an environment without credentials and settings of the machine."""
    inherited = clean_environment()
    kept = {name: value for name, value in inherited.items() if not name.startswith("AWS_")}
    return kept | {"AWS_EC2_METADATA_DISABLED": "true"} | variables


def _python(
    *arguments: str, log: Path, **variables: str
) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    """Run a server that is a module of Python."""
    return running([sys.executable, *arguments], log=log, variables=_environment(**variables))


@dataclass
class Cluster:
    """A scheduler and its workers, as processes.

    Attributes:
        folder: The folder of their logs.
        variables: The environment variables of new workers.
        workers: The workers by name.
    """

    folder: Path
    stack: contextlib.ExitStack
    variables: dict[str, str]
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    address: str = ""

    def start(self) -> None:
        """Start the scheduler on a free port of the loopback."""
        port = free_port()
        self.address = f"tcp://127.0.0.1:{port}"
        options = ("--host=127.0.0.1", f"--port={port}", "--no-dashboard", "--no-show")
        command = ("-m", "dask", "scheduler", *options)
        self.stack.enter_context(_python(*command, log=self.folder / "scheduler.log"))
        wait_until(lambda: answers(port))

    @contextlib.contextmanager
    def also(self, name: str, preload: str) -> Iterator[None]:
        """Have another worker for some time."""
        try:
            self.add(name, preload)
            yield
        finally:
            kill(self.workers[name])

    def add(self, name: str, preload: str = "") -> None:
        """Start a worker with one thread.

        Args:
            name: Its name.
            preload: Python code that it runs first, with the module `engine` and the file `tasks`.
        """
        code = self.folder / f"{name}.py"
        # Dask may run a module twice, but its function only once.
        body = f"tasks = {str(self.tasks(name))!r}\n{_COUNT}\n{preload}\n"
        code.write_text("def dask_setup(worker):\n" + textwrap.indent(body, "    "))
        log = self.folder / f"{name}.log"
        options = ("--host=127.0.0.1", "--nthreads=1", "--no-nanny", "--no-dashboard")
        command = ("-m", "dask", "worker", self.address, *options, f"--name={name}")
        process = self.stack.enter_context(
            _python(
                *command,
                f"--preload={code}",
                f"--local-directory={self.folder / 'scratch'}",
                log=log,
                **self.variables,
            )
        )
        self.workers[name] = process
        wait_until(lambda: "Registered to" in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()

    def tasks(self, name: str) -> Path:
        """Return the file in which a worker counts the scans that it begins, a byte each."""
        return self.folder / f"{name}.tasks"

    def done(self, name: str) -> int:
        """Return how many scans a worker has begun."""
        path = self.tasks(name)
        return path.stat().st_size if path.exists() else 0


# Each worker takes note of the scans that it begins.
_COUNT: Final = """
from peaktrade_ops.telemetry.engines import cluster as engine
scan = engine._scanned
def counting(job, part):
    with open(tasks, "ab") as file:
        file.write(b".")
    return scan(job, part)
engine._scanned = counting
"""


@pytest.fixture(scope="session")
def cluster(
    tmp_path_factory: pytest.TempPathFactory, s3_server: dict[str, str]
) -> Iterator[Cluster]:
    """Start a scheduler with one worker; end all of their processes after the tests."""
    folder = tmp_path_factory.mktemp("cluster")
    with contextlib.ExitStack() as stack:
        cluster = Cluster(folder, stack, s3_server)
        cluster.start()
        cluster.add("plain")
        yield cluster
    assert all(process.returncode is not None for process in cluster.workers.values())


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Start a server of S3 on the loopback; return the variables that lead to it."""
    port = free_port()
    log = tmp_path_factory.mktemp("s3") / "server.log"
    with _python("-m", "moto.server", "-H", "127.0.0.1", "-p", str(port), log=log):
        wait_until(lambda: answers(port))
        yield SECRETS | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}


class Bucket:
    """A bucket of the server.

    Args:
        variables: The variables that lead to it.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        """Make the bucket, empty."""
        # Where the extra is not installed, these tests are collected, but not run.
        import boto3  # noqa: PLC0415 (see above)

        self.variables = dict(variables)
        self._client = boto3.client(
            "s3",
            endpoint_url=variables["AWS_ENDPOINT_URL"],
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            region_name=variables["AWS_DEFAULT_REGION"],
        )
        self._client.create_bucket(Bucket=BUCKET)
        for key in self._times():
            self._client.delete_object(Bucket=BUCKET, Key=key)

    def write(self, key: str, data: bytes) -> None:
        """Write an object below the prefix."""
        self._client.put_object(Bucket=BUCKET, Key=f"{PREFIX}/{key}", Body=data)

    def write_as(self, workplace: Workplace) -> None:
        """Write the files of a workplace, and give these the times of their objects."""
        root = workplace.telemetry
        for path in sorted(root.rglob("*")):
            if path.is_file():
                self.write(path.relative_to(root).as_posix(), path.read_bytes())
        for key, seconds in self._times().items():
            os.utime(root / key.removeprefix(f"{PREFIX}/"), (seconds, seconds))

    def _times(self) -> dict[str, int]:
        listed = self._client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return {each["Key"]: int(each["LastModified"].timestamp()) for each in listed}


@pytest.fixture
def bucket(s3_server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """Return an empty bucket, to which this process has access."""
    for name in filter(lambda name: name.startswith("AWS_"), list(os.environ)):
        monkeypatch.delenv(name)
    for name, value in s3_server.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    remote._file_system.cache_clear()  # noqa: SLF001 (it has the credentials of another test)
    yield Bucket(s3_server)
    remote._file_system.cache_clear()  # noqa: SLF001 (see above)


@pytest.fixture
def mixed(workplace: Workplace) -> Workplace:
    """Return a workplace with files of all kinds."""
    for path, content in MIXED.items():
        workplace.write(path).write_bytes(content)
        os.utime(workplace.telemetry / path, (1_766_000_000, 1_766_000_000))
    return workplace
