"""A host of its own: the commands of a life run in a container on the same folders."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.routine import Report
from peaktrade_ops.stage1.models import Trend
from peaktrade_ops.window import iso_utc, window_of
from tests.support.lives import DAY, Judged, Life

if TYPE_CHECKING:
    from datetime import date, datetime

    from peaktrade_ops.window import Window

NAME: Final = "container"
IMAGE_VARIABLE: Final = "PEAK_CAMPAIGN_IMAGE"
"""Names the image; without it there are no lives with a container."""

_DONE: Final = (0, 2)
_SECONDS: Final = 120


def is_possible() -> bool:
    """Return whether an engine answers and has the image."""
    image = os.environ.get(IMAGE_VARIABLE, "")
    try:
        return bool(image) and _docker("image", "inspect", image).returncode == 0
    except FileNotFoundError:
        return False


@dataclass
class ContainerLife(Life):
    """The folders of a life, with commands that run in a container."""

    def run(  # noqa: PLR0913 (the options of the command)
        self,
        day: date,
        *,
        days: int | None = None,
        now: datetime | None = None,
        repo: Path | None = None,
        inputs: tuple[str, ...] = (),
        replace: bool = False,
        adopt: bool = False,
        window: Window | None = None,
        max_files: int = 0,
    ) -> Judged:
        """Run `stage1-run` for a day."""
        window = window or window_of(day)
        days = days or self.days
        more = ["--replace"] * replace + ["--adopt"] * adopt + [f"--max-files={max_files}"]
        more += [*_named(inputs, self.telemetry), f"--days={days}"]
        printed = self._call("stage1-run", window, now, repo, *more)
        trend = msgspec.convert(printed["trend"], Trend, strict=False)
        archive = Archive(self.reports)
        reports = []
        for back in range(days):
            each = archive.day(window.date - back * DAY)
            losses = each.lost or (("aged",) if each.is_aged else ())
            losses = losses or (() if each.readable else ("not trusted",))
            stays = each.end is not None and each.end < window.earlier(back).end
            first = each.date - DAY if stays else None
            reports.append(
                Report(each.date, each.summary, written=False, losses=losses, first=first)
            )
        return Judged(trend, outdated=tuple(archive.outdated(trend).days), reports=tuple(reports))

    def snapshot(
        self,
        *windows: Window,
        now: datetime | None = None,
        repo: Path | None = None,
        inputs: tuple[str, ...] = (),
        replace: bool = False,
    ) -> list[Report]:
        """Run `stage1-snapshot` for one window."""
        (window,) = windows
        more = ["--replace"] * replace + _named(inputs, self.telemetry)
        self._call("stage1-snapshot", window, now, repo, *more)
        return [Report(window.date, Archive(self.reports).day(window.date).summary, written=True)]

    def trend(  # noqa: PLR0913 (as the one that it replaces)
        self,
        day: date,
        *,
        days: int | None = None,
        adopt: bool = False,
        replace: bool = False,
        window: Window | None = None,
        now: datetime | None = None,
    ) -> Judged:
        """Run `stage1-trends` for a day."""
        more = ["--replace"] * replace + ["--adopt"] * adopt + [f"--days={days or self.days}"]
        printed = self._call("stage1-trends", window or window_of(day), now, None, *more)
        trend = msgspec.convert(printed, Trend, strict=False)
        return Judged(trend, outdated=tuple(Archive(self.reports).outdated(trend).days))

    def _call(
        self, command: str, window: Window, now: datetime | None, repo: Path | None, *more: str
    ) -> Any:  # noqa: ANN401 (JSON)
        """Run a command; return the JSON that it prints.

        Raises:
            ReportsError: It cannot do its job.
            RuntimeError: The engine cannot run it.
        """
        (self.folder / "stage1.toml").write_text(self.toml)
        now = now or window.end + DAY / 12
        whole = window == window_of(window.date)
        done = _docker(
            *("run", "--rm", "--network=none", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL"),
            *("--cap-add=SETUID", "--cap-add=SETGID", "--security-opt=no-new-privileges"),
            *("--volume", f"{repo or self.telemetry}:/telemetry:ro"),
            *("--volume", f"{self.reports.parents[1]}:/reports"),
            *("--volume", f"{self.folder / 'stage1.toml'}:/stage1.toml:ro"),
            *(
                "--env",
                "PEAK_CONFIG=/stage1.toml",
                "--env",
                f"SOURCE_DATE_EPOCH={now.timestamp():.0f}",
            ),
            *(os.environ[IMAGE_VARIABLE], command, "--format=json", "--quiet", *more),
            f"--date={window.date}" if whole else f"--as-of={iso_utc(window.end)}",
        )
        if done.returncode == 1:
            raise ReportsError(done.stderr)
        if done.returncode not in _DONE:
            raise RuntimeError(f"{' '.join(done.args)} ends with {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)


def _named(inputs: tuple[str, ...], telemetry: Path) -> list[str]:
    return [f"--input=/telemetry/{Path(each).relative_to(telemetry)}" for each in inputs]


def _docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", *arguments],  # noqa: S607 (wherever the system keeps it)
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
