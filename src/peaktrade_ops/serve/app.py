"""The WSGI application: routes, responses and headers. It only reads.

A reader needs no lock, because artifacts are written to temporary files and then renamed. Only
artifacts are served, and links are not followed, so no request can read a file outside the folder.
Pages are rendered for each request. They have the same bytes as the files, but also show that a
report is damaged or too old.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.http import parse_options_header
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.archive import Archive
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
    render_trend,
)
from peaktrade_ops.serve.health import decided_of, health_of, judged_of, latest_of, recency_of
from peaktrade_ops.serve.metrics import exposition
from peaktrade_ops.stage1.models import to_json
from peaktrade_ops.stage1.stage import STAGE1, Stage
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime, timedelta
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    from peaktrade_ops.serve.health import Health, Judged, Latest
    from peaktrade_ops.stage1.models import Artifact

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
}
_HEALTH: Final = "/healthz"
_OPEN_METRICS: Final = "application/openmetrics-text"
_TEXT: Final = "text/plain; charset=utf-8"
_HEADERS: Final = {
    "Cache-Control": "no-cache",
    # The pages set most of these headers themselves; a foreign file in the folder does not.
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
        Rule(_HEALTH, endpoint="healthz", methods=["GET"]),
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
        if not self._is_trusted(request):
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

    def _is_trusted(self, request: Request) -> bool:
        """Return whether a request names an allowed host; a health check may name none."""
        host = request.headers.get("Host", "").strip()
        if not host and request.path == _HEALTH:
            return True
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        return name in self.hosts

    def _artifact(self, name: str) -> Response:
        """Return an artifact: a newly rendered page, or the stored bytes of any other file."""
        if not name.endswith(".html"):
            return self._file(name)
        archive = self._archive()
        day = day_of_name(name)
        if day:
            if day not in archive.dates:
                raise NotFound
            page = render_day(archive, day)
        elif name == CALENDAR:
            page = render_calendar(archive, alarm=self._alarm(archive))
        elif name == self.stage.trend_html:
            page = render_trend(archive, alarm=self._alarm(archive))
        elif name == self.stage.decision_html and (decision := render_decision(archive)):
            page = decision
        else:
            raise NotFound
        response = Response(page, content_type=_TYPES[".html"])
        if self.refresh:
            # A header, so that the page has the same bytes as the file.
            response.headers["Refresh"] = str(self.refresh)
        return response

    def _file(self, name: str) -> Response:
        if name != INDEX and not is_artifact(name, self.stage):
            raise NotFound
        try:
            data = read_bytes(self.folder / name)
        except FileNotFoundError:
            raise NotFound from None
        except UnreadableError as error:
            return _problem(f"{name} cannot be read: {error}")
        if name in {self.stage.trend_json, self.stage.trend_markdown} and (doubt := self._doubt()):
            return _problem(doubt)
        return Response(data, content_type=_TYPES[name[name.rindex(".") :]])

    def _doubt(self) -> str:
        """Return why the stored GO must not be served as it is; empty if there is no reason.

        The file cannot say that it is no longer current (section 12 of the contract).
        """
        judged = judged_of(self._archive(), self.clock())
        if judged.trend is None or judged.trend.rollups.go_no_go != "GO" or judged.is_current:
            return ""
        reasons = "; ".join(judged.currency.reasons)
        return f"the verdict is out of date, take it for HOLD: {reasons}"

    def _alarm(self, archive: Archive) -> str:
        """Return why the reports are not current at the current time; empty if they are.

        Pages already show the reasons that do not depend on the time.
        """
        now = self.clock()
        health = recency_of(latest_of(archive), now, self.max_age)
        if not health.healthy:
            ended = f", its window ended {iso_utc(health.end)}" if health.end else ""
            return f"{health.reason}{ended}"
        expired = judged_of(archive, now).currency.expired
        return f"the verdict was valid until {iso_utc(expired)}" if expired else ""

    def _latest(self) -> Response:
        latest = latest_of(self._archive())
        if latest.summary:
            return _model(latest.summary)
        return _problem(
            latest.problem, HTTPStatus.SERVICE_UNAVAILABLE if latest.day else HTTPStatus.NOT_FOUND
        )

    def _trend(self) -> Response:
        """Return the fields of the trend, and also whether its verdict is current."""
        judged = judged_of(self._archive(), self.clock())
        if judged.trend is None:
            unavailable = HTTPStatus.SERVICE_UNAVAILABLE
            return _problem(
                judged.problem, unavailable if judged.is_there else HTTPStatus.NOT_FOUND
            )
        document = json.loads(to_json(judged.trend))
        return _json({**document, "current": judged.is_current}, HTTPStatus.OK)

    def _metrics(self, request: Request) -> Response:
        archive = self._archive()
        latest, judged, health = self._state(archive)
        data, content_type = exposition(
            latest,
            judged,
            health,
            decided_of(archive, judged),
            open_metrics=_wants_open_metrics(request),
            stage=self.stage,
        )
        return Response(data, content_type=content_type)

    def _archive(self) -> Archive:
        return Archive(self.folder, stage=self.stage)

    def _state(self, archive: Archive) -> tuple[Latest, Judged, Health]:
        now = self.clock()
        latest, judged = latest_of(archive), judged_of(archive, now)
        return latest, judged, health_of(latest, judged, now, self.max_age)

    def _healthz(self) -> Response:
        *_, health = self._state(self._archive())
        status = HTTPStatus.OK if health.healthy else HTTPStatus.SERVICE_UNAVAILABLE
        return _json(health.document(), status)


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


def _model(model: Artifact) -> Response:
    return Response(to_json(model), content_type=_TYPES[".json"])


def _json(document: object, status: int) -> Response:
    text = json.dumps(document, ensure_ascii=True, indent=2) + "\n"
    return Response(text, status, content_type=_TYPES[".json"])


def _problem(what: str, status: int = HTTPStatus.SERVICE_UNAVAILABLE) -> Response:
    return _json({"error": what}, status)


def _line(text: str, status: int | None) -> Response:
    return Response(f"{text}\n", status, content_type=_TEXT)
