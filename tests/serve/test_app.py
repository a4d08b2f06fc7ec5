"""Tests of `peaktrade_ops.serve.app`: the response of each address."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peaktrade_ops.reports.store.names import is_artifact
from peaktrade_ops.stage1.models import Summary, Trend
from tests.serve.conftest import BASE, DAY, NOW, client_of
from tests.support.examples import examples
from tests.support.html import parse, text_of, texts

if TYPE_CHECKING:
    from pathlib import Path

    from werkzeug.test import Client, TestResponse

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
    """The response has the bytes of the stored file, so the published schemas describe it."""
    latest = client.get("/latest", base_url=BASE)
    trend = client.get("/trend", base_url=BASE)

    assert latest.data == (folder / f"{DAY}_summary.json").read_bytes()
    assert trend.data == (folder / "stage1_trend.json").read_bytes()
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
    """Without reports the calendar and the other addresses tell that there is none."""
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
    """A missing folder is an error with a reason, and not an empty folder."""
    client = client_of(tmp_path / "gone")

    for address in ("/", "/stage1_trend.html", "/latest", "/healthz", "/metrics"):
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
    """HEAD is GET without the body, every other method is refused, and no file changes."""
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
def test_only_artifacts_are_ever_answered(client: Client, folder: Path, path: str) -> None:
    """For any path the response is a fixed one or an artifact of the folder."""
    response = client.get(path if path.startswith("/") else f"/{path}", base_url=BASE)

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
    ],
)
def test_only_trusted_names_are_answered(client: Client, host: str, code: int) -> None:
    """A request with a foreign host name is refused."""
    response = client.get("/latest", base_url=BASE, headers={"Host": host})

    assert response.status_code == code
    if code == 400:
        assert "--trusted-host" in response.text
        assert b"metrics" not in response.data


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
        " What stands here is old: take GO for HOLD."
    )


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
