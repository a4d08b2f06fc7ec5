"""Tests of `peaktrade_ops.serve.app`: the response of each address."""

from __future__ import annotations

import gzip
import json
import os
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

from peaktrade_ops.config import Config
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.names import is_artifact
from peaktrade_ops.routine import make_trend
from peaktrade_ops.scanning import Place
from peaktrade_ops.serve.app import Application
from peaktrade_ops.stage1.day import WINDOW_NOT_OVER
from peaktrade_ops.stage1.models import LeftOut, Summary, Trend
from peaktrade_ops.window import window_of
from tests.serve.conftest import BASE, DAY, NOW, add_report, client_of, publish
from tests.support.artifacts import coverage, summary
from tests.support.examples import examples
from tests.support.html import parse, text_of, texts

if TYPE_CHECKING:
    from pathlib import Path

    from werkzeug.test import TestResponse

ADDRESSES = ("/", "/latest", "/trend", "/metrics", "/healthz", "/index.json", "/stage1_trend.md")


def error_of(response: TestResponse) -> str:
    """Return the only field of an error response."""
    assert response.content_type == "application/json"
    document = json.loads(response.data)
    assert [*document] == ["error"]
    return str(document["error"])


def test_the_calendar_is_the_front_page(client: Client, folder: Path) -> None:
    """The response has the bytes of the file, and a header that makes the browser reload it."""
    response = client.get("/", base_url=BASE)

    assert (response.status_code, response.data) == (200, (folder / "index.html").read_bytes())
    assert response.content_type == "text/html; charset=utf-8"
    assert response.headers["Refresh"] == "60"


def test_refreshing_can_be_switched_off(folder: Path) -> None:
    """Without the interval the response has no such header."""
    assert "Refresh" not in client_of(folder, refresh=0).get("/", base_url=BASE).headers


def test_every_artifact_is_there_under_its_name(client: Client, folder: Path) -> None:
    """A link between pages in the folder also works over HTTP."""
    for path in folder.iterdir():
        response = client.get(f"/{path.name}", base_url=BASE)

        assert (response.status_code, response.data) == (200, path.read_bytes())
        kinds = {".html": "text/html", ".json": "application/json", ".md": "text/markdown"}
        assert response.content_type.startswith(kinds[path.suffix])
        assert ("Refresh" in response.headers) == (path.suffix == ".html")


def test_latest_and_trend_are_the_models(client: Client, folder: Path) -> None:
    """The response has the fields of the stored file; beside the trend is whether it is current."""
    latest = client.get("/latest", base_url=BASE)
    trend = client.get("/trend", base_url=BASE)

    assert latest.data == (folder / f"{DAY}_summary.json").read_bytes()
    stored = json.loads((folder / "stage1_trend.json").read_bytes())
    assert json.loads(trend.data) == {**stored, "current": True}
    assert (
        trend.text.count("\n") == len((folder / "stage1_trend.json").read_text().splitlines()) + 1
    )
    assert msgspec.json.decode(latest.data, type=Summary).date == DAY
    assert msgspec.json.decode(trend.data, type=Trend).range.end == DAY
    assert latest.content_type == trend.content_type == "application/json"


def test_an_unreadable_latest_report_is_no_older_one(client: Client, folder: Path) -> None:
    """The response is an error, never the report of the day before."""
    (folder / "2025-12-21_summary.json").write_text("{")
    (folder / "stage1_trend.json").write_text("[]")

    latest = client.get("/latest", base_url=BASE)
    trend = client.get("/trend", base_url=BASE)

    assert (latest.status_code, trend.status_code) == (503, 503)
    assert "2025-12-21_summary.json cannot be read" in error_of(latest)
    assert "stage1_trend.json cannot be read" in error_of(trend)
    assert client.get("/healthz", base_url=BASE).status_code == 503
    metrics = client.get("/metrics", base_url=BASE)
    assert metrics.status_code == 200
    assert b"peaktrade_new_alerts" not in metrics.data


def test_an_empty_folder_has_nothing_and_says_so(tmp_path: Path) -> None:
    """Every address of an empty folder answers that there is no report."""
    client = client_of(tmp_path)

    front = client.get("/", base_url=BASE)
    assert front.status_code == 200
    assert "There is no report yet." in front.text
    assert "Not current" in front.text
    assert client.get("/latest", base_url=BASE).status_code == 404
    assert error_of(client.get("/trend", base_url=BASE)) == "there is no trend"
    assert client.get("/healthz", base_url=BASE).status_code == 503
    assert client.get("/metrics", base_url=BASE).status_code == 200


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    """A missing folder is an error with a reason, unlike an empty folder."""
    client = client_of(tmp_path / "gone")

    artifacts = (f"/{DAY}_summary.json", "/stage1_trend.md", "/index.json", f"/{DAY}_snapshot.html")
    for address in ("/", "/stage1_trend.html", "/latest", "/healthz", "/metrics", *artifacts):
        response = client.get(address, base_url=BASE)
        assert response.status_code == 503
        assert "cannot be read" in error_of(response)


def test_health_follows_the_clock(folder: Path) -> None:
    """The status changes as soon as the latest report exceeds the maximum age."""
    healthy = client_of(folder).get("/healthz", base_url=BASE)
    late = client_of(folder, now=NOW + timedelta(hours=25)).get("/healthz", base_url=BASE)

    assert (healthy.status_code, json.loads(healthy.data)["status"]) == (200, "healthy")
    assert (late.status_code, json.loads(late.data)["status"]) == (503, "unhealthy")


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_only_reads(client: Client, folder: Path, address: str) -> None:
    """GET and HEAD are the only methods, and no file changes."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    got = client.get(address, base_url=BASE)
    head = client.head(address, base_url=BASE)

    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.data))
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        refused = client.open(address, method=method, base_url=BASE)
        assert refused.status_code == 405
        assert {*refused.headers["Allow"].split(", ")} == {"GET", "HEAD"}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    "path",
    [
        "/secret.json",
        "/../secret.json",
        "/%2e%2e/secret.json",
        "/..%2fsecret.json",
        "/./stage1_trend.json/../../secret.json",
        "//etc/passwd",
        "/etc/passwd",
        "/.peaktrade-ops-0123456789abcdef.tmp",
        "/2025-12-20_summary.json.bak",
        "/2025-12-20_summary.json%00",
        "/2025-12-20_summary.json/",
        "/LATEST",
        "/latest/",
        "/robots.txt",
    ],
)
def test_nothing_else_is_there(client: Client, path: str) -> None:
    """Files outside the folder, and files in it that are not artifacts, are not found."""
    response = client.get(path, base_url=BASE)

    assert (response.status_code, response.text) == (404, "404 Not Found\n")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(200))
@given(path=st.text(max_size=40) | st.from_regex(r"/?(\.\./|%2e|[0-9_./-]|summary|json){0,9}"))
@example(path="//[")
def test_only_artifacts_are_ever_answered(client: Client, folder: Path, path: str) -> None:
    """The response to any path is a fixed one or an artifact of the folder."""
    # The client takes brackets after two slashes for a host. What it decodes is the same path.
    whole = (path if path.startswith("/") else f"/{path}").replace("[", "%5B").replace("]", "%5D")
    response = client.get(whole, base_url=BASE)

    if response.status_code == 200 and response.request.path not in ADDRESSES:
        name = response.request.path[1:]
        assert is_artifact(name)
        assert response.data == (folder / name).read_bytes()
    else:
        assert response.status_code in {200, 308, 404}


@pytest.mark.parametrize("make", ["link", "folder", "pipe"])
def test_an_artifact_that_is_no_file_is_not_read(client: Client, folder: Path, make: str) -> None:
    """A link is not followed, and the server does not wait for a pipe."""
    path = folder / f"{DAY}_snapshot.md"
    path.unlink()
    if make == "link":
        path.symlink_to(folder.parent / "secret.json")
    elif make == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)

    response = client.get(f"/{path.name}", base_url=BASE)

    assert response.status_code == 503
    assert "secret" not in response.text


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("localhost", 200),
        ("LocalHost:1234", 200),
        ("127.0.0.1:8787", 200),
        ("[::1]:8787", 200),
        ("evil.example", 400),
        ("evil.example:8787", 400),
        ("localhost.evil.example", 400),
        ("user@evil.example", 400),
        ("[::1", 400),
        ("", 400),
        ("evil@127.0.0.1", 400),
        ("localhost@evil.example", 400),
        ("localhost/evil", 400),
        ("localhost?evil", 400),
        ("localhost#evil", 400),
        ("localhost\\evil", 400),
        ("localhost:abc", 400),
        ("localhost:", 400),
        ("localhost:123456", 400),
        ("localhost:80:80", 400),
        ("localhost, evil.example", 400),
        ("localhost evil.example", 400),
        ("localhost.", 400),
        ("[127.0.0.1]", 400),
        ("[::1]evil", 400),
        ("\xa0localhost", 400),
        ("localhost\x85", 400),
        ("\x1clocalhost", 400),
        ("::1", 400),
    ],
)
def test_only_trusted_names_are_answered(client: Client, host: str, code: int) -> None:
    """A request with a foreign host name is refused."""
    response = client.get("/latest", base_url=BASE, headers={"Host": host})

    assert response.status_code == code
    if code == 400:
        assert "--trusted-host" in response.text
        assert b"metrics" not in response.data


@pytest.mark.parametrize(
    "target", ["?", "?x", "*", "latest", "http://localhost/latest", "http://evil.example/", "//"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_target_is_a_path(client: Client, target: str, method: str) -> None:
    """No other form is answered: it can name another host than the header, or nothing."""
    asked = EnvironBuilder("/latest", base_url=BASE, method=method).get_environ()
    asked["REQUEST_URI"] = target

    _, status, _ = run_wsgi_app(client.application, asked)

    assert status == ("404 NOT FOUND" if target == "//" else "400 BAD REQUEST")


@pytest.mark.parametrize("address", [*ADDRESSES, "/nothing", "/2025-12-20_snapshot.html"])
@pytest.mark.parametrize("packing", ["", "gzip"])
def test_head_is_like_get(client: Client, address: str, packing: str) -> None:
    """A client that asks only for the headers gets the same ones."""
    asked = {"Accept-Encoding": packing}
    got = client.get(address, base_url=BASE, headers=asked)
    head = client.head(address, base_url=BASE, headers=asked)

    for response in (got, head):
        # The second may change between the two.
        response.headers.pop("Date", None)
    assert (head.status_code, [*head.headers], head.data) == (
        got.status_code,
        [*got.headers],
        b"",
    )


def test_what_depends_on_a_header_says_so(client: Client) -> None:
    """A cache keeps both formats of the metrics, and both forms of each text."""
    for address, varies in (("/", "Accept-Encoding"), ("/metrics", "Accept, Accept-Encoding")):
        packed = client.get(address, base_url=BASE, headers={"Accept-Encoding": "gzip"})
        plain = client.get(address, base_url=BASE)

        assert packed.headers["Vary"] == plain.headers["Vary"] == varies
        assert gzip.decompress(packed.data) == plain.data


@pytest.mark.parametrize("address", [*ADDRESSES, "/nothing"])
def test_every_answer_is_kept_apart(client: Client, address: str) -> None:
    """The headers forbid external content, framing, type guessing and stale copies."""
    headers = client.get(address, base_url=BASE).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-cache"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy


def test_an_unchanged_file_is_not_sent_again(client: Client, folder: Path) -> None:
    """An unchanged page responds with 304 and a changed one with its content."""
    tag = client.get("/", base_url=BASE).headers["ETag"]
    again = client.get("/", base_url=BASE, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")

    (folder / f"{DAY}_summary.json").write_text("{")

    changed = client.get("/", base_url=BASE, headers={"If-None-Match": tag})
    assert (changed.status_code, "unreadable (1)" in changed.text) == (200, True)


@pytest.mark.parametrize("address", ["/", "/index.html", "/stage1_trend.html"])
def test_an_old_verdict_does_not_look_current(folder: Path, address: str) -> None:
    """A page warns as soon as the daily job has stopped."""
    late = client_of(folder, now=NOW + timedelta(days=300)).get(address, base_url=BASE)

    assert "Not current" not in client_of(folder).get(address, base_url=BASE).text
    first = text_of(parse(late.text).css_first(".banner"))
    assert first == (
        "Not current the latest report is too old, its window ended 2025-12-21T00:00:00Z."
        " What stands here is not of now: take it for HOLD."
    )
    assert texts(late.text, ".banner strong") == ["Not current", "Out of date"]


def test_pages_show_what_has_happened_since_they_were_written(client: Client, folder: Path) -> None:
    """The page of a summary that was damaged later shows the damage."""
    (folder / f"{DAY}_summary.json").write_text("{")

    page = client.get(f"/{DAY}_snapshot.html", base_url=BASE)

    assert texts(page.text, ".banner strong") == ["Unreadable"]
    assert texts(client.get("/", base_url=BASE).text, ".banner strong")[0] == "Not current"


def test_a_folder_of_an_earlier_version_has_pages(client: Client, folder: Path) -> None:
    """The server renders pages that the folder lacks, and writes no file."""
    before = {path.name: path.read_bytes() for path in folder.glob("*.html")}
    for name in before:
        (folder / name).unlink()

    assert {name: client.get(f"/{name}", base_url=BASE).data for name in before} == before
    assert list(folder.glob("*.html")) == []
    assert client.get("/2025-01-01_snapshot.html", base_url=BASE).status_code == 404


# --- a verdict that is not current ---------------------------------------------------------------


def shown(client: Client) -> dict[str, object]:
    """Return the verdict that each address shows."""
    pages = {
        address: texts(client.get(address, base_url=BASE).text, ".banner strong")
        for address in ("/", "/index.html", "/stage1_trend.html")
    }
    trend = client.get("/trend", base_url=BASE)
    return {
        **pages,
        "/trend": json.loads(trend.data).get("current") if trend.status_code == 200 else None,
        "/healthz": client.get("/healthz", base_url=BASE).status_code,
    }


BANNERS = ["Not current", "Out of date"]
NOT_CURRENT = {
    "/": BANNERS,
    "/index.html": BANNERS,
    "/stage1_trend.html": BANNERS,
    "/trend": False,
    "/healthz": 503,
}
"""What every address shows of a verdict that is not current."""


def test_a_verdict_that_has_expired_is_shown_as_go_by_no_address(folder: Path) -> None:
    """No address shows an expired verdict as GO, even beside a recent report."""
    now = NOW + timedelta(hours=24, seconds=1)
    client = Client(Application(folder, lambda: now, timedelta(days=9), 0, {"localhost"}))

    assert shown(client) == NOT_CURRENT
    page = client.get("/stage1_trend.html", base_url=BASE).text
    assert "the verdict is out of date: it was valid until 2025-12-22T06:00:00Z" in page
    assert texts(page, "h1") == ["Stage 1 trend: out of date"]
    assert "every check passed" not in page
    assert "all checks passed" not in page


def test_a_verdict_of_a_time_to_come_is_shown_as_go_by_no_address(folder: Path) -> None:
    """A clock that was ahead gave it; the report of its day may look recent."""
    end = window_of(DAY).end
    assert shown(client_of(folder, now=end))["/trend"] is True

    client = client_of(folder, now=end - timedelta(seconds=1))

    assert shown(client) == NOT_CURRENT
    for name in ("stage1_trend.json", "stage1_trend.md"):
        answer = client.get(f"/{name}", base_url=BASE)
        assert answer.status_code == 503
        assert "its last window ends only at 2025-12-21T00:00:00Z, after the clock" in answer.text
    assert (
        'peaktrade_verdict{stage="1",verdict="GO"} 0.0'
        in client.get("/metrics", base_url=BASE).text
    )


def test_a_report_of_a_day_to_come_is_not_the_latest_and_ends_no_verdict(folder: Path) -> None:
    """It was made by mistake, shows nothing, and is made again once its day is over."""
    day = DAY + timedelta(days=8)
    left_out = (LeftOut(".", WINDOW_NOT_OVER, "incomplete"),)
    nothing = coverage(in_window=0, complete=False, left_out=left_out)
    publish(folder, summary(window_of(day).end, coverage=nothing, date=day))
    client = client_of(folder)

    assert shown(client)["/healthz"] == 200
    assert shown(client)["/trend"] is True
    assert shown(client)["/stage1_trend.html"] == ["GO"]
    assert json.loads(client.get("/latest", base_url=BASE).data)["date"] == str(DAY)


def test_a_verdict_that_is_out_of_date_is_shown_as_go_by_no_address(folder: Path) -> None:
    """The critical event of a later day is enough."""
    add_report(folder, DAY + timedelta(days=1), critical_alerts=1)

    banners = ["Out of date", "Out of date"]
    assert shown(client_of(folder)) == {
        "/": banners,
        "/index.html": banners,
        "/stage1_trend.html": banners,
        "/trend": False,
        "/healthz": 503,
    }


@pytest.mark.parametrize("harm", ["damaged", "changed", "gone"])
def test_a_trend_that_is_not_trusted_is_shown_by_no_address(folder: Path, harm: str) -> None:
    """No address shows a trend that is not trusted, and the health check fails."""
    trend = folder / "stage1_trend.json"
    text = {"damaged": "{", "changed": trend.read_text() + " "}
    if harm == "gone":
        trend.unlink()
    else:
        trend.write_text(text[harm])

    assert shown(client_of(folder)) == {
        "/": ["No verdict"],
        "/index.html": ["No verdict"],
        "/stage1_trend.html": ["No verdict"],
        "/trend": None,
        "/healthz": 503,
    }
    assert client_of(folder).get("/trend", base_url=BASE).status_code == 503
    assert "stage1_trend.json" in error_of(client_of(folder).get("/trend", base_url=BASE))


@pytest.mark.parametrize("name", ["stage1_trend.md", "stage1_trend.json"])
@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_a_file_of_a_trend_that_is_not_trusted_is_not_served(
    folder: Path, name: str, harm: str
) -> None:
    """A GO in the stored files is not shown while `/trend` says that it cannot be trusted."""
    trend = folder / "stage1_trend.json"
    assert client_of(folder).get(f"/{name}", base_url=BASE).status_code == 200
    if harm == "changed":
        trend.write_text(trend.read_text() + " ")
    else:
        trend.unlink()

    response = client_of(folder).get(f"/{name}", base_url=BASE)

    assert response.status_code == (404 if name == trend.name and harm == "gone" else 503)
    assert "GO" not in response.text


def test_the_markdown_of_a_trend_is_the_one_of_its_json(folder: Path) -> None:
    """Half of a publication, or an edited file, does not show a verdict that was not given."""
    text = folder / "stage1_trend.md"
    before = text.read_bytes()
    text.write_text("# Verdict: **GO**, whatever the JSON says\n")

    assert client_of(folder).get(f"/{text.name}", base_url=BASE).data == before


def test_an_answer_is_made_again_if_a_run_has_published(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half old and half new files are not taken for changed ones."""
    older = {path.name: path.read_bytes() for path in folder.iterdir()}
    real = Archive.trend
    calls: list[int] = []

    def publish_meanwhile(archive: Archive) -> Trend | None:
        calls.append(1)
        if len(calls) == 1:
            _ = archive.listed
            add_report(folder, DAY, new_alerts=5)
            make_trend(Place(folder, "."), window_of(DAY), Config(), days=14)
        return real(archive)

    monkeypatch.setattr(Archive, "trend", publish_meanwhile)
    response = client_of(folder).get("/trend", base_url=BASE)

    assert response.status_code == 200
    assert (folder / "stage1_trend.json").read_bytes() != older["stage1_trend.json"]
    assert len(calls) >= 2


def test_a_folder_that_never_rests_is_answered_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a few tries the last answer is given, or that it is not the time to ask."""
    moments = iter(range(1000))
    monkeypatch.setattr(Application, "_state_of_index", lambda _: (next(moments),))
    client = client_of(folder)

    assert client.get("/trend", base_url=BASE).status_code == 200
    monkeypatch.setattr("peaktrade_ops.serve.app.digest_of", lambda _: "another")
    moving = client.get("/stage1_trend.json", base_url=BASE)
    assert (moving.status_code, error_of(moving)) == (
        503,
        "the reports are being written; ask again",
    )


# --- what clients ask for ------------------------------------------------------------------------

OPEN = "application/openmetrics-text"
OF_PROMETHEUS = (
    f"{OPEN};version=1.0.0;escaping=allow-utf-8;q=0.6,{OPEN};version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@pytest.mark.parametrize(
    ("accept", "is_open"),
    [
        ("", False),
        ("*/*", False),
        ("text/plain", False),
        ("text/plain;version=1.0.0", False),
        (OPEN, True),
        (f"{OPEN};version=1.0.0", True),
        (f'{OPEN};version="1.0.0"', True),
        (f"{OPEN}; version=0.0.1", False),
        (f"{OPEN}; version=9.0.0", False),
        (f"{OPEN};q=0", False),
        (f"{OPEN};q=0.5,text/plain", False),
        (OF_PROMETHEUS, True),
    ],
)
def test_the_format_of_the_metrics_is_the_one_asked_for(
    client: Client, accept: str, *, is_open: bool
) -> None:
    """The requested format is returned, with quoted values and qualities in the header."""
    response = client.get("/metrics", base_url=BASE, headers={"Accept": accept})

    assert response.status_code == 200
    assert response.content_type.startswith(OPEN if is_open else "text/plain") is True
    assert response.text.endswith("# EOF\n") == is_open


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(200))
@given(
    st.text(st.characters(codec="latin-1", exclude_characters="\r\n"))
    | st.lists(
        st.sampled_from(
            (
                OPEN,
                "text/plain",
                ";version=",
                '"1.0.0"',
                '"',
                "1.0",
                ";q=",
                "nan",
                "1e9",
                ",",
                "*/*",
            )
        )
    ).map("".join)
)
def test_no_header_makes_the_metrics_fail(client: Client, accept: str) -> None:
    """The metrics are returned in one of two formats for any `Accept` header."""
    response = client.get("/metrics", base_url=BASE, headers={"Accept": accept})

    assert response.status_code == 200
    assert "peaktrade_verdict_current" in response.text


@pytest.mark.parametrize("host", ["", " ", None])
def test_a_probe_of_the_health_needs_no_name(folder: Path, host: str | None) -> None:
    """A request without a Host header gets only the health, as probes of load balancers need it."""

    def status_of(address: str) -> str:
        asked = EnvironBuilder(address, base_url=BASE).get_environ()
        del asked["HTTP_HOST"]
        named = {} if host is None else {"HTTP_HOST": host}
        _, status, _ = run_wsgi_app(client_of(folder).application, asked | named)
        return status

    assert status_of("/healthz") == "200 OK"
    assert status_of("/latest") == "400 BAD REQUEST"
    assert status_of("/metrics") == "400 BAD REQUEST"
