"""The WSGI application: routes, responses and headers. It only reads.

A reader needs no lock, because artifacts are written elsewhere and renamed. Only names of artifacts
are served, and files are read without following links, so no request reaches a file outside the
folder. Pages are rendered for each request: they have the same bytes as the files, but also show
that a report has been damaged or is too old.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.names import (
    CALENDAR,
    INDEX,
    TREND_HTML,
    TREND_JSON,
    day_of_name,
    is_artifact,
)
from peaktrade_ops.reports.store.reading import UnreadableError, read_bytes
from peaktrade_ops.reports.views.render import render_calendar, render_day, render_trend
from peaktrade_ops.serve.health import health_of, latest_of
from peaktrade_ops.serve.metrics import exposition
from peaktrade_ops.stage1.models import to_json
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime, timedelta
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    from peaktrade_ops.stage1.models import Artifact, Trend

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
}
_TEXT: Final = "text/plain; charset=utf-8"
_HEADERS: Final = {
    "Cache-Control": "no-cache",
    # The pages set most of this themselves; a foreign file in the folder does not.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_ROUTES: Final = Map(
    [
        Rule("/", endpoint="calendar", methods=["GET"]),
        Rule("/latest", endpoint="latest", methods=["GET"]),
        Rule("/trend", endpoint="trend", methods=["GET"]),
        Rule("/metrics", endpoint="metrics", methods=["GET"]),
        Rule("/healthz", endpoint="healthz", methods=["GET"]),
        Rule("/<name>", endpoint="artifact", methods=["GET"]),
    ],
    # An address with two slashes is unknown, and not redirected.
    merge_slashes=False,
)


@dataclass(frozen=True)
class Application:
    """A WSGI application that shows a reports folder.

    Attributes:
        folder: The reports folder.
        clock: Returns the current time, aware.
        max_age: The maximum age of the latest report, counted from the end of its window.
        refresh: The interval in seconds after which a browser loads a page again; 0 for never.
        hosts: The host names, in lower case, that a request may have. Others are refused, so that
            a foreign page whose name resolves to this server cannot read the reports.
    """

    folder: Path
    clock: Callable[[], datetime]
    max_age: timedelta
    refresh: int
    hosts: Collection[str]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Return the response to a request."""
        request = Request(environ)
        try:
            response = self._answer(request)
        except HTTPException as error:
            response = _line(f"{error.code} {error.name}", error.code)
            allowed = getattr(error, "valid_methods", None)
            if allowed:
                response.allow.update(allowed)
        except ReportsError as error:
            response = _problem(str(error))
        response.headers.extend(_HEADERS)
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if not self._is_trusted(request.headers.get("Host", "")):
            return _line(
                "400 this name is not trusted; start the server with --trusted-host NAME",
                HTTPStatus.BAD_REQUEST,
            )
        endpoint, arguments = _ROUTES.bind_to_environ(request.environ).match()
        match endpoint:
            case "calendar":
                response = self._artifact(CALENDAR)
            case "artifact":
                response = self._artifact(arguments["name"])
            case "latest":
                response = self._latest()
            case "trend":
                response = self._trend()
            case "metrics":
                return self._metrics(request)
            case _:
                return self._healthz()
        if response.status_code == HTTPStatus.OK:
            response.add_etag()
            response.make_conditional(request)
        return response

    def _is_trusted(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        return name in self.hosts

    def _artifact(self, name: str) -> Response:
        """Return an artifact: a page rendered now, another file as it is in the folder."""
        if not name.endswith(".html"):
            return self._file(name)
        archive = Archive(self.folder)
        day = day_of_name(name)
        if day:
            if day not in archive.dates:
                raise NotFound
            page = render_day(archive, day)
        elif name == CALENDAR:
            page = render_calendar(archive, alarm=self._alarm(archive))
        elif name == TREND_HTML:
            page = render_trend(archive, alarm=self._alarm(archive))
        else:
            raise NotFound
        response = Response(page, content_type=_TYPES[".html"])
        if self.refresh:
            # A header, so that the page has the same bytes as the file.
            response.headers["Refresh"] = str(self.refresh)
        return response

    def _file(self, name: str) -> Response:
        if name != INDEX and not is_artifact(name):
            raise NotFound
        try:
            data = read_bytes(self.folder / name)
        except FileNotFoundError:
            raise NotFound from None
        except UnreadableError as error:
            return _problem(f"{name} cannot be read: {error}")
        return Response(data, content_type=_TYPES[name[name.rindex(".") :]])

    def _alarm(self, archive: Archive) -> str:
        """Return why the reports are not current, or nothing; a wall display shows it."""
        health = health_of(latest_of(archive), self.clock(), self.max_age)
        if health.healthy:
            return ""
        ended = f", its window ended {iso_utc(health.end)}" if health.end else ""
        return f"{health.reason}{ended}"

    def _latest(self) -> Response:
        latest = latest_of(Archive(self.folder))
        if latest.summary:
            return _model(latest.summary)
        return _problem(
            latest.problem, HTTPStatus.SERVICE_UNAVAILABLE if latest.day else HTTPStatus.NOT_FOUND
        )

    def _trend(self) -> Response:
        try:
            trend = Archive(self.folder).trend()
        except UnreadableError as error:
            return _problem(f"{TREND_JSON} cannot be read: {error}")
        if trend is None:
            return _problem("there is no trend", HTTPStatus.NOT_FOUND)
        return _model(trend)

    def _metrics(self, request: Request) -> Response:
        archive = Archive(self.folder)
        latest = latest_of(archive)
        health = health_of(latest, self.clock(), self.max_age)
        data, content_type = exposition(
            latest, _readable_trend(archive), health, request.headers.get("Accept", "")
        )
        return Response(data, content_type=content_type)

    def _healthz(self) -> Response:
        health = health_of(latest_of(Archive(self.folder)), self.clock(), self.max_age)
        status = HTTPStatus.OK if health.healthy else HTTPStatus.SERVICE_UNAVAILABLE
        return _json(health.document(), status)


def _readable_trend(archive: Archive) -> Trend | None:
    try:
        return archive.trend()
    except UnreadableError:
        return None


def _model(model: Artifact) -> Response:
    return Response(to_json(model), content_type=_TYPES[".json"])


def _json(document: object, status: int) -> Response:
    text = json.dumps(document, ensure_ascii=True, indent=2) + "\n"
    return Response(text, status, content_type=_TYPES[".json"])


def _problem(what: str, status: int = HTTPStatus.SERVICE_UNAVAILABLE) -> Response:
    return _json({"error": what}, status)


def _line(text: str, status: int | None) -> Response:
    return Response(f"{text}\n", status, content_type=_TEXT)
