"""The schedules of the documentation, checked by the programs that read them."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.integration.engine import docker
from tests.support.pages import BLOCKS, CONTAINER, NOTICES, OPERATE, Block

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.engine import Base

PROGRAM = re.compile(r"/opt/peaktrade-ops/\S+")
MOST_EXPOSED = 20
"""The worst exposure of the unit that has a network, in tenths; 100 is no protection."""

UNITS = [
    block
    for page in (OPERATE, CONTAINER, NOTICES)
    for block in BLOCKS
    if block.page == page and block.language == "ini"
]
TIMES = [
    time for block in UNITS for time in re.findall("^OnCalendar=(.*)$", block.text, re.MULTILINE)
]
CRONTABS = [block for block in BLOCKS if block.language == "crontab"]


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `systemd-analyze`, which needs no running systemd."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def written(folder: Path, block: Block) -> Path:
    """Write a unit beside those that it names, with a program that this machine has."""
    for other in ("docker", "checked", "peaktrade-ops-notify"):
        (folder / f"{other}.service").write_text("[Service]\nType=oneshot\nExecStart=/bin/true\n")
    unit = folder / ("checked.timer" if "[Timer]" in block.text else "checked.service")
    text = PROGRAM.sub("/bin/true", block.text)
    if "[Timer]" not in text and "[Service]" not in text:
        # A part of a unit.
        text += (folder / "checked.service").read_text()
    unit.write_text(text)
    return unit


@pytest.mark.parametrize("block", UNITS, ids=str)
def test_systemd_understands_each_unit(block: Block, tmp_path: Path) -> None:
    """No key is unknown, no value wrong, and no unit that it names is missing."""
    outcome = analyze("verify", written(tmp_path, block))

    assert (outcome.returncode, outcome.stdout + outcome.stderr) == (0, "")


def test_a_mistake_in_a_unit_is_found(tmp_path: Path) -> None:
    """The check above can fail."""
    unit = written(tmp_path, UNITS[0])
    unit.write_text(unit.read_text().replace("NoNewPrivileges", "NoNewPrivilege"))

    outcome = analyze("verify", unit)

    assert re.search("Unknown key (name )?.NoNewPrivilege.", outcome.stderr)


def test_the_unit_with_a_network_is_locked_up(tmp_path: Path) -> None:
    """Besides its network it has no more than it needs."""
    [block] = [block for block in UNITS if "LoadCredential" in block.text]
    unit = written(tmp_path, block)

    outcome = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", unit)

    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize("time", TIMES)
def test_each_timer_has_a_next_time(time: str) -> None:
    """It is in UTC, as the days of the reports are."""
    outcome = analyze("calendar", time)

    assert outcome.returncode == 0, outcome.stderr
    assert "Next elapse: " in outcome.stdout
    assert time.endswith(" UTC")


@pytest.fixture(scope="module")
def crontab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the program crontab of Debian, unpacked and not installed."""
    folder = tmp_path_factory.mktemp("cron")
    apt, dpkg = shutil.which("apt-get"), shutil.which("dpkg")
    if apt is None or dpkg is None:
        pytest.skip("this is no Debian")
    for command in (["download", "cron"], ["update", "-qq"], ["download", "cron"]):
        subprocess.run([apt, *command], cwd=folder, capture_output=True, check=False)
        for package in folder.glob("cron_*.deb"):
            subprocess.run([dpkg, "-x", package, folder], check=True)
            return folder / "usr" / "bin" / "crontab"
    pytest.skip("the package cron cannot be downloaded")


@pytest.mark.parametrize("block", CRONTABS, ids=str)
def test_cron_understands_each_table(
    base: Base, crontab: Path, tmp_path: Path, block: Block
) -> None:
    """The times are those of cron; a wrong one is found."""
    users = "echo crontab:x:999: >>/etc/group && echo root:x:0:0::/:/bin/sh >>/etc/passwd"
    (tmp_path / "right").write_text(block.text)
    (tmp_path / "wrong").write_text(block.text.replace("20 2 * * *", "20 25 * * *"))

    # In a container, because crontab makes folders in /var/spool even when it only checks.
    outcome = docker(
        *("run", "--rm", "--network", "none", "--volume", f"{crontab}:/usr/bin/crontab:ro"),
        *("--volume", f"{tmp_path}:/tables:ro", "--tmpfs", "/var/spool"),
        *("--entrypoint", "sh", base.tag, "-c"),
        f"{users} && cd /tables && crontab -n right && ! crontab -n wrong",
    )

    assert outcome.returncode == 0, outcome.stderr
    assert "bad hour" in outcome.stderr
