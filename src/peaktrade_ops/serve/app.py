"""The WSGI application: addresses and what they answer. It only reads.

A reader needs no lock, because artifacts are written to temporary files and then renamed. Only
artifacts are served, and links are not followed, so no request can read a file outside the folder.
Pages, and the Markdown of the trend and the decision, are rendered for each request. They have the
same bytes as the files, but also show that a report is damaged or too old.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from werkzeug.http import parse_options_header
from werkzeug.wrappers import Request

from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.listed import digest_of
from peaktrade_ops.reports.store.names import (
    CALENDAR,
    INDEX,
    day_of_name,
    is_artifact,
)
from peaktrade_ops.reports.store.reading import UnreadableError, read_bytes
from peaktrade_ops.reports.views.render import (
    render_calendar,
    render_day,
    render_decision,
    render_text,
    render_trend,
)
from peaktrade_ops.serve.answers import HTML, JSON, Answer, document, line, problem
from peaktrade_ops.serve.health import ADDRESS as HEALTH
from peaktrade_ops.serve.health import decided_of, health_of, judged_of, latest_of, recency_of
from peaktrade_ops.serve.metrics import exposition
from peaktrade_ops.serve.shared import Shared
from peaktrade_ops.stage1.models import to_json
from peaktrade_ops.stage1.stage import STAGE1, Stage
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime, timedelta
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    from peaktrade_ops.serve.health import Health, Judged, Latest

_METRICS: Final = "/metrics"
_ADDRESSES: Final = frozenset({"/", "/latest", "/trend", _METRICS, HEALTH})
_TYPES: Final = {".html": HTML, ".json": JSON, ".md": "text/markdown; charset=utf-8"}
_METHODS: Final = ("GET", "HEAD")
_OPEN_METRICS: Final = "application/openmetrics-text"
# The name or the address of a host, with or without a port. Nothing else may stand there: what one
# program reads as a user or a path, another takes for a part of the name.
_HOST: Final = re.compile(
    r"(?:([A-Za-z0-9_.-]+)|\[([0-9A-Fa-f]*:[0-9A-Fa-f:.]*)\])(?::[0-9]{1,5})?"
)
_TRIES: Final = 3
_NOT_FOUND: Final = line(HTTPStatus.NOT_FOUND)


class _MissingError(Exception):
    """There is nothing at an address."""


class _MovedError(Exception):
    """A file has changed since it was read."""


@dataclass(frozen=True)
class Application:
    """A WSGI application that shows a reports folder.

    Attributes:
        folder: The reports folder.
        clock: Returns the current time, aware.
        max_age: The maximum age of the latest report, counted from the end of its window.
        refresh: The interval in seconds after which a browser loads a page again; 0 for never.
        hosts: The allowed host names of a request, in lower case. Others are refused, so that a
            foreign page whose name resolves to this server cannot read the reports.
        stage: The stage whose reports the folder holds.
    """

    folder: Path
    clock: Callable[[], datetime]
    max_age: timedelta
    refresh: int
    hosts: Collection[str]
    stage: Stage = STAGE1
    _answers: Shared[Answer] = field(default_factory=Shared, init=False, repr=False, compare=False)
    _checks: Shared[Answer] = field(default_factory=Shared, init=False, repr=False, compare=False)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Return the response to a request."""
        request = Request(environ)
        return self._answer(request).respond(request)(environ, start_response)

    def _answer(self, request: Request) -> Answer:
        if request.method not in _METHODS:
            return line(HTTPStatus.METHOD_NOT_ALLOWED, allow=_METHODS)
        target = request.environ["REQUEST_URI"]
        if not target.startswith("/"):
            # Not the form that names a host, which could be another than that of the header.
            return line(HTTPStatus.BAD_REQUEST, "the target of a request must start with /")
        # The server removes a second slash.
        address = request.path if not target.startswith("//") else target
        if not self._is_trusted(request, address):
            return line(
                HTTPStatus.BAD_REQUEST,
                "this name is not trusted; start the server with --trusted-host NAME",
            )
        if address not in _ADDRESSES and not self._is_name(address[1:]):
            return _NOT_FOUND
        if address == HEALTH:
            return self._checks.get(address, lambda: self._steady(self._healthz))
        is_open = address == _METRICS and _wants_open_metrics(request)
        return self._answers.get(
            (address, is_open),
            lambda: self._steady(lambda: self._found(address, is_open=is_open)),
        )

    def _is_name(self, name: str) -> bool:
        """Return whether there may be a file of a name: only then is the folder looked at."""
        return name == INDEX or is_artifact(name, self.stage)

    def _is_trusted(self, request: Request, address: str) -> bool:
        """Return whether a request names an allowed host; a health check may name none."""
        # Only these are spaces of a header; others would be a part of the name to a proxy.
        host = request.headers.get("Host", "").strip(" \t")
        if not host and address == HEALTH:
            return True
        named = _HOST.fullmatch(host)
        return named is not None and (named[1] or named[2]).lower() in self.hosts

    def _steady(self, make: Callable[[], Answer]) -> Answer:
        """Return an answer of one state of the folder: it is made again if a run has published.

        A folder in which nothing rests is answered as it was last seen: files that do not belong
        together count as changed.
        """
        answer = problem("the reports are being written; ask again")
        for _ in range(_TRIES):
            before = self._state_of_index()
            try:
                answer = make()
            except _MissingError:
                answer = _NOT_FOUND
            except ReportsError as error:
                answer = problem(str(error))
            except _MovedError:
                continue
            if self._state_of_index() == before:
                break
        return answer

    def _state_of_index(self) -> tuple[int, ...]:
        """Return what changes whenever a run publishes: its last step replaces the index."""
        try:
            state = os.stat(self.folder / INDEX, follow_symlinks=False)  # noqa: PTH116 (of a link itself)
        except OSError:
            return ()
        return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns

    def _found(self, address: str, *, is_open: bool) -> Answer:
        """Return what is at an address.

        Raises:
            ReportsError: The folder cannot be read.
        """
        match address:
            case "/":
                return self._artifact(CALENDAR)
            case "/latest":
                return self._latest()
            case "/trend":
                return self._trend()
            case _ if address == _METRICS:
                return self._metrics(is_open=is_open)
            case _:
                return self._artifact(address[1:])

    def _artifact(self, name: str) -> Answer:
        """Return an artifact: a newly rendered view, or the stored bytes of any other file."""
        if name.endswith(".html"):
            return self._page(name)
        stage = self.stage
        if name in {stage.trend_json, stage.trend_markdown}:
            return self._verdict(name)
        if name == stage.decision_markdown and (text := render_text(self._archive(), name)):
            return _file(name, text)
        return _file(name, self._bytes(name))

    def _page(self, name: str) -> Answer:
        archive = self._archive()
        day = day_of_name(name)
        page = None
        if day and day in archive.dates:
            page = render_day(archive, day)
        elif name == CALENDAR:
            page = render_calendar(archive, now=self.clock(), alarm=self._alarm(archive))
        elif name == self.stage.trend_html:
            page = render_trend(archive, now=self.clock(), alarm=self._alarm(archive))
        elif name == self.stage.decision_html:
            page = render_decision(archive)
        if page is None:
            raise _MissingError
        return Answer(page, HTML, is_tagged=True, refresh=self.refresh)

    def _verdict(self, name: str) -> Answer:
        """Return the JSON or the Markdown of the trend, unless a reader could rely on it wrongly.

        The file cannot say that it is no longer current (section 12 of the contract), or that it is
        not the one that was published.
        """
        archive = self._archive()
        data = self._bytes(name)
        judged = judged_of(archive, self.clock())
        if judged.trend is None:
            return problem(judged.problem)
        if name == self.stage.trend_json and digest_of(data) != archive.digest(name):
            raise _MovedError
        if judged.trend.rollups.go_no_go == "GO" and not judged.is_current:
            reasons = "; ".join(judged.currency.reasons)
            return problem(f"the verdict is out of date, take it for HOLD: {reasons}")
        if name == self.stage.trend_markdown and (
            text := render_text(archive, name, now=self.clock())
        ):
            return _file(name, text)
        return _file(name, data)

    def _bytes(self, name: str) -> bytes:
        try:
            return read_bytes(self.folder / name)
        except FileNotFoundError:
            # A folder that is gone is not a folder without this file.
            _ = self._archive().names
            raise _MissingError from None
        except UnreadableError as error:
            raise ReportsError(f"{name} cannot be read: {error}") from error

    def _alarm(self, archive: Archive) -> str:
        """Return why the reports are not current at the current time; empty if they are.

        Pages already show the reasons that do not depend on the time.
        """
        now = self.clock()
        health = recency_of(latest_of(archive, now), now, self.max_age)
        if not health.healthy:
            ended = f", its window ended {iso_utc(health.end)}" if health.end else ""
            return f"{health.reason}{ended}"
        return "; ".join(
            f"the verdict is out of date: {reason}"
            for reason in judged_of(archive, now).currency.reasons_of_clock
        )

    def _latest(self) -> Answer:
        latest = latest_of(self._archive(), self.clock())
        if latest.summary:
            return Answer(to_json(latest.summary), JSON, is_tagged=True)
        return problem(
            latest.problem, HTTPStatus.SERVICE_UNAVAILABLE if latest.day else HTTPStatus.NOT_FOUND
        )

    def _trend(self) -> Answer:
        """Return the fields of the trend, and also whether its verdict is current."""
        judged = judged_of(self._archive(), self.clock())
        if judged.trend is None:
            unavailable = HTTPStatus.SERVICE_UNAVAILABLE
            return problem(judged.problem, unavailable if judged.is_there else HTTPStatus.NOT_FOUND)
        fields = json.loads(to_json(judged.trend))
        answer = document({**fields, "current": judged.is_current})
        return Answer(answer.data, JSON, is_tagged=True)

    def _metrics(self, *, is_open: bool) -> Answer:
        archive = self._archive()
        latest, judged, health = self._state(archive)
        decided = decided_of(archive, judged)
        data, content_type = exposition(
            latest, judged, health, decided, open_metrics=is_open, stage=self.stage
        )
        return Answer(data, content_type, varies=("Accept", "Accept-Encoding"))

    def _archive(self) -> Archive:
        return Archive(self.folder, stage=self.stage)

    def _state(self, archive: Archive) -> tuple[Latest, Judged, Health]:
        now = self.clock()
        latest, judged = latest_of(archive, now), judged_of(archive, now)
        return latest, judged, health_of(latest, judged, now, self.max_age)

    def _healthz(self) -> Answer:
        *_, health = self._state(self._archive())
        status = HTTPStatus.OK if health.healthy else HTTPStatus.SERVICE_UNAVAILABLE
        return document(health.document(), status)


def _file(name: str, data: bytes) -> Answer:
    return Answer(data, _TYPES[name[name.rindex(".") :]], is_tagged=True)


def _wants_open_metrics(request: Request) -> bool:
    """Return whether a request accepts a supported version of OpenMetrics at least like text."""
    accepted: dict[str, float] = {
        kind.partition(";")[0].strip(): quality
        for kind, quality in reversed([*request.accept_mimetypes])
        if kind.partition(";")[0].strip() != _OPEN_METRICS or _is_version_1(kind)
    }
    quality = accepted.get(_OPEN_METRICS, 0)
    return bool(quality) and quality >= accepted.get("text/plain", 0.0)


def _is_version_1(kind: str) -> bool:
    """Return whether an accepted type has the version 1.0.0 or no version."""
    version = parse_options_header(kind)[1].get("version", "1.0.0")
    return version == "1.0.0"
