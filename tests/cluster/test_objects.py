"""Tests of telemetry in a real object store: the bytes of local files, and errors of one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from peaktrade_ops.telemetry.files import remote
from tests.cluster.conftest import BUCKET, URL
from tests.support.program import differences, set_clock, tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.conftest import Bucket, Cluster
    from tests.support.program import Outcome, Program, Workplace

pytestmark = pytest.mark.cluster

DAY: Final = "2025-12-20"
CRITICAL: Final = b'{"ts":"2025-12-20T01:00:00Z","severity":"critical","type":"x"}\n'


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the clock to the morning after."""
    set_clock(monkeypatch)


def make(program: Program, root: Path, repo: str | Path, *options: str | Path) -> Outcome:
    """Run the daily routine."""
    where = ("--repo", repo, "--reports-root", root, "--date", DAY, "--days", "3")
    return program("stage1-run", *where, "--quiet", *options)


def test_telemetry_at_a_url_makes_the_same_bytes(
    mixed: Workplace, bucket: Bucket, cluster: Cluster, program: Program
) -> None:
    """In one process, in several, on a cluster, and from the cache; a changed object shows."""
    bucket.write_as(mixed)
    config = mixed.folder / "several.toml"
    config.write_text("[limits]\nprocesses = 2\n")
    on_the_cluster = ("--scheduler", cluster.address, "--cache", mixed.folder / "cache")
    ways: dict[str, tuple[str | Path, ...]] = {
        "one": ("--no-cache",),
        "several": ("--no-cache", "--config", config),
        "cluster": on_the_cluster,
        "cached": on_the_cluster,
    }
    local = mixed.folder / "local"
    assert make(program, local, mixed.telemetry, "--no-cache").code == 0
    begun = [cluster.done("plain")]
    for name, options in ways.items():
        outcome = make(program, mixed.folder / name, URL, *options)
        assert (outcome.code, outcome.err) == (0, "")
        assert differences(tree(mixed.folder / name), tree(local)) == [], name
        begun.append(cluster.done("plain"))

    assert begun[:3] == [begun[0]] * 3
    # Objects are told from others by their entity tags; only the damaged one is read again.
    assert begun[3] - begun[2] == len(tree(mixed.telemetry)) - 1
    assert begun[4] - begun[3] <= 1
    bucket.write("obs/one-line.jsonl", CRITICAL)
    changed = mixed.folder / "changed"
    assert make(program, changed, URL, *on_the_cluster).code == 0
    assert differences(tree(changed), tree(local)) != []


@pytest.mark.parametrize(
    ("url", "has_credentials", "told"),
    [
        ("s3://no-such-bucket/x", True, "s3://no-such-bucket/x cannot be read: no such bucket or"),
        (f"s3://{BUCKET}/nothing", True, "cannot be read: no such bucket or folder; check the URL"),
        (URL, False, "cannot be read: Unable to locate credentials; check --repo"),
        ("abc://x/y", True, "the driver of abc:// is not installed; pip install 'peaktrade-ops["),
    ],
)
@pytest.mark.usefixtures("bucket")
def test_a_url_that_cannot_be_read_is_an_error_of_one_line(  # noqa: PLR0913 (a table)
    workplace: Workplace,
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    told: str,
    *,
    has_credentials: bool,
) -> None:
    """The error says what to try, and no report is written."""
    if not has_credentials:
        monkeypatch.setenv("HOME", str(workplace.folder))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        remote._file_system.cache_clear()  # noqa: SLF001 (it has the credentials)
    root = workplace.folder / "there"

    outcome = make(program, root, url)

    assert outcome.code == 1
    [line] = outcome.err.splitlines()
    assert told in line
    assert tree(root) == {}


def test_hostile_keys_are_left_out_or_read(
    workplace: Workplace, bucket: Bucket, program: Program
) -> None:
    """The walk ends, and what no path can name makes the coverage incomplete."""
    for key in ("telemetry/a b\u2603%41+#?.jsonl", "telemetry//x.jsonl", "../x.jsonl", "./", "a/"):
        bucket.write(key, CRITICAL)
    root = workplace.folder / "there"

    outcome = make(program, root, URL)

    assert outcome.code == 0, outcome.err
    summary = json.loads((root / "obs/stage1" / f"{DAY}_summary.json").read_bytes())
    assert summary["metrics"]["critical_alerts"] == 1
    assert summary["coverage"]["complete"] is False
