"""Test that the views depend only on the JSON in the folder."""

from __future__ import annotations

import json
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.config import Config
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.index import build_index
from peaktrade_ops.reports.store.names import is_artifact, page_name, snapshot_name, summary_name
from peaktrade_ops.reports.views.render import all_views, stale_views, without_views
from peaktrade_ops.stage1.models import Artifact, Summary, Trend, to_json
from peaktrade_ops.stage1.trend import build_trend, range_of
from peaktrade_ops.window import window_of
from tests.support.artifacts import (
    contents,
    coverage,
    metrics,
    old_markdown,
    old_summary,
    quiet_days,
    summary,
)
from tests.support.examples import examples
from tests.support.html import check_rules, parse, text_of, texts

pytestmark = pytest.mark.one_python

DAY = date(2025, 12, 20)


def summary_of(day: date, **changes: object) -> Summary:
    """Make the summary of a complete day."""
    return summary(window_of(day).end, date=day, **changes)


def trend_until(folder: Path, last: date, days: int = 14) -> Trend:
    """Build the trend of the days that are in a folder."""
    archive = Archive(folder)
    window = window_of(last)
    series = [archive.day(day) for day in range_of(window, days)]
    return build_trend(series, window=window, config=Config())


def make(folder: Path, *models: Artifact) -> dict[str, bytes]:
    """Write artifacts in one step with the views that they change; return the rendered views."""
    made = {
        summary_name(model.date) if isinstance(model, Summary) else "stage1_trend.json": (
            to_json(model)
        )
        for model in models
    }
    archive = Archive(folder)
    archive.overlay(made)
    views = stale_views(archive)
    written = {**made, **views}
    index = build_index(archive, written)
    for each, content in {**written, "index.json": to_json(index)}.items():
        (folder / each).write_bytes(content)
    return views


class Step(NamedTuple):
    """Something that a run does: a day, so many days before the last, or the trend until it."""

    back: int
    alerts: int
    kind: str


STEPS = st.lists(
    st.builds(
        Step,
        st.integers(0, 16),
        st.integers(0, 3),
        st.sampled_from(["day", "day", "day", "incomplete", "empty", "trend", "damage"]),
    ),
    min_size=1,
    max_size=10,
)


@settings(max_examples=examples(30))
@given(STEPS)
def test_rendering_everything_again_changes_nothing(steps: list[Step]) -> None:
    """After a run, rendering all views again changes no file, whatever happened before."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for step in (*steps, Step(0, 1, "day")):
            day = DAY - timedelta(days=step.back)
            if step.kind == "trend":
                make(folder, trend_until(folder, day))
            elif step.kind == "damage":
                # The next run repairs damage that this run cannot see.
                (folder / page_name(day)).unlink(missing_ok=True)
            else:
                seen = coverage(
                    complete=step.kind != "incomplete", in_window=int(step.kind != "empty")
                )
                make(
                    folder, summary_of(day, metrics=metrics(new_alerts=step.alerts), coverage=seen)
                )
        before = contents(folder)

        again = all_views(Archive(folder))

        assert {name: before.get(name) for name in again} == again
        assert {name for name in before if not name.endswith(".json")} == set(again)


def test_the_order_of_making_does_not_show(tmp_path: Path) -> None:
    """The same days and the same trend give the same folder."""
    days = [
        summary_of(DAY - timedelta(days=back), metrics=metrics(new_alerts=back))
        for back in (0, 2, 9)
    ]
    folders = [tmp_path / name for name in ("forwards", "backwards")]
    for folder, order in zip(folders, (days, days[::-1]), strict=True):
        folder.mkdir()
        for each in order:
            make(folder, each)
        make(folder, trend_until(folder, DAY))

    assert contents(folders[0]) == contents(folders[1])


def test_a_day_touches_its_neighbours_and_the_week_after_it(tmp_path: Path) -> None:
    """A day changes the pages of its neighbours and of the days whose means include it."""
    for back in (20, 12, 10, 8, 5, 4, 3):
        make(tmp_path, summary_of(DAY - timedelta(days=back)))

    views = make(tmp_path, summary_of(DAY - timedelta(days=10), metrics=metrics(new_alerts=1)))

    assert set(views) == {
        snapshot_name(DAY - timedelta(days=10)),
        *(page_name(DAY - timedelta(days=back)) for back in (12, 10, 8, 5, 4)),
        "index.html",
        "stage1_trend.html",
    }


def test_a_trend_touches_no_page_of_a_day(tmp_path: Path) -> None:
    """A new trend changes only its own pages and the calendar."""
    make(tmp_path, summary_of(DAY))

    views = make(tmp_path, trend_until(tmp_path, DAY))

    assert set(views) == {"stage1_trend.md", "stage1_trend.html", "index.html"}


def test_the_first_page_has_a_trend_to_link_to(tmp_path: Path) -> None:
    """The page of the trend says that there is no verdict until a trend is made."""
    views = make(tmp_path, summary_of(DAY))

    assert texts(views["stage1_trend.html"].decode(), "strong") == ["No verdict"]
    links = {
        node.attributes["href"] for page in views.values() for node in parse(page.decode()).css("a")
    }
    assert all(
        link == "#main" or (tmp_path / str(link)).exists() for link in links - {"index.json"}
    )


def test_pages_that_are_missing_are_made_by_the_next_run(tmp_path: Path) -> None:
    """The next run makes missing pages of an earlier version and links to them."""
    for back in (1, 30, 60):
        day = DAY - timedelta(days=back)
        (tmp_path / summary_name(day)).write_bytes(to_json(summary_of(day)))

    views = make(tmp_path, summary_of(DAY))

    assert {page_name(DAY - timedelta(days=back)) for back in (0, 1, 30, 60)} <= set(views)


@pytest.mark.parametrize("cut_after", range(1, 6))
def test_a_run_that_was_cut_off_is_put_right_by_the_next(tmp_path: Path, cut_after: int) -> None:
    """A run of another day finishes an interrupted run, whatever artifacts were renamed."""
    for back in (3, 2, 1):
        make(tmp_path, summary_of(DAY - timedelta(days=back)))
    changed = summary_of(DAY - timedelta(days=2), metrics=metrics(critical_alerts=1))
    archive = Archive(tmp_path)
    name = summary_name(changed.date)
    archive.overlay({name: to_json(changed)})
    written = {name: to_json(changed), **stale_views(archive)}
    for each in list(written)[:cut_after]:
        (tmp_path / each).write_bytes(written[each])

    make(tmp_path, summary_of(DAY))

    again = all_views(Archive(tmp_path))
    assert {name: (tmp_path / name).read_bytes() for name in again} == again


def test_a_damaged_day_has_a_page_that_says_so(tmp_path: Path) -> None:
    """The page of a damaged day says so and links to the existing files."""
    make(tmp_path, summary_of(DAY - timedelta(days=1)))
    (tmp_path / summary_name(DAY - timedelta(days=1))).write_text("{")

    make(tmp_path, summary_of(DAY))

    page = (tmp_path / page_name(DAY)).read_text()
    [link] = [n for n in parse(page).css("nav a") if text_of(n).startswith("Previous")]
    assert link.attributes["href"] == "2025-12-19_snapshot.html"
    damaged = (tmp_path / "2025-12-19_snapshot.html").read_text()
    check_rules(damaged)
    assert texts(damaged, ".banner strong") == ["Unreadable"]
    assert texts(damaged, "footer a") == ["2025-12-19_summary.json", "2025-12-19_snapshot.md"]
    [cell] = parse((tmp_path / "index.html").read_text()).css("td.bad")
    assert text_of(cell.css_first(".unseen")) == "unreadable"
    problems = without_views(Archive(tmp_path))
    assert list(problems) == ["2025-12-19_summary.json"]
    assert problems["2025-12-19_summary.json"].startswith("not a valid Summary")


def test_a_page_that_has_lost_its_files_says_so(tmp_path: Path) -> None:
    """The page of a day whose files are gone says that the day is unreadable."""
    make(tmp_path, *(summary_of(DAY - timedelta(days=back)) for back in range(14)))
    make(tmp_path, trend_until(tmp_path, DAY))
    lost = DAY - timedelta(days=3)
    (tmp_path / summary_name(lost)).unlink()
    (tmp_path / snapshot_name(lost)).unlink()

    views = all_views(Archive(tmp_path))

    check_rules(views[page_name(lost)].decode())
    assert texts(views[page_name(lost)].decode(), ".banner strong") == ["Unreadable"]
    assert texts(views["index.html"].decode(), ".banner strong") == [
        "Out of date",
        "Out of date",
    ]
    (tmp_path / page_name(lost)).unlink()
    gone = all_views(Archive(tmp_path))
    assert texts(gone["index.html"].decode(), ".banner strong") == [
        "Out of date",
        "Out of date",
    ]


def test_a_summary_of_another_day_is_unreadable(tmp_path: Path) -> None:
    """A summary under the name of another day is unreadable."""
    (tmp_path / summary_name(DAY)).write_bytes(to_json(summary_of(DAY - timedelta(days=3))))

    assert without_views(Archive(tmp_path)) == {
        "2025-12-20_summary.json": "is the summary of another day"
    }
    page = all_views(Archive(tmp_path))[page_name(DAY)].decode()
    assert texts(page, ".banner strong") == ["Unreadable"]


def test_old_markdown_alone_has_a_page_and_is_left(tmp_path: Path) -> None:
    """Old Markdown without a summary has a page with its numbers and a link, and is kept."""
    (tmp_path / snapshot_name(DAY)).write_text(old_markdown(DAY))
    before = contents(tmp_path)

    views = all_views(Archive(tmp_path))

    assert set(views) == {page_name(DAY), "index.html", "stage1_trend.html"}
    page = views[page_name(DAY)].decode()
    check_rules(page)
    assert texts(page, ".banner strong") == ["Critical"]
    assert texts(page, ".numbers div") == ["New alerts2", "Critical alerts1", "Operator actions1"]
    assert texts(page, "footer a") == ["2025-12-20_snapshot.md"]
    assert contents(tmp_path) == before


def test_the_markdown_of_the_earlier_scripts_is_kept(tmp_path: Path) -> None:
    """The Markdown of the earlier scripts is kept; a missing one is rendered."""
    (tmp_path / summary_name(DAY)).write_text(json.dumps(old_summary(DAY)))

    without = all_views(Archive(tmp_path))
    (tmp_path / snapshot_name(DAY)).write_text(old_markdown(DAY))
    beside = all_views(Archive(tmp_path))

    assert snapshot_name(DAY) in without
    assert snapshot_name(DAY) not in beside
    assert page_name(DAY) in beside


def test_a_damaged_trend_is_no_verdict(tmp_path: Path) -> None:
    """A damaged trend is shown as no verdict, with the name of its file."""
    make(tmp_path, summary_of(DAY))
    (tmp_path / "stage1_trend.json").write_text("{}")

    views = all_views(Archive(tmp_path))

    assert texts(views["index.html"].decode(), "strong") == ["No verdict"]
    assert "stage1_trend.json cannot be read" in views["stage1_trend.html"].decode()
    assert list(without_views(Archive(tmp_path))) == ["stage1_trend.json"]


@pytest.mark.parametrize("page", ["index.html", "stage1_trend.html"])
def test_a_verdict_that_rests_on_other_reports_is_out_of_date(tmp_path: Path, page: str) -> None:
    """A verdict is out of date from the change of a report until the next trend."""
    make(tmp_path, *(summary_of(DAY - timedelta(days=back)) for back in range(14)))
    make(tmp_path, trend_until(tmp_path, DAY))
    assert texts((tmp_path / page).read_text(), ".banner strong") == ["GO"]

    make(tmp_path, summary_of(DAY - timedelta(days=3), metrics=metrics(critical_alerts=1)))
    changed = (tmp_path / page).read_text()
    make(tmp_path, trend_until(tmp_path, DAY))
    again = (tmp_path / page).read_text()
    make(tmp_path, summary_of(DAY + timedelta(days=1), metrics=metrics(critical_alerts=1)))
    later = (tmp_path / page).read_text()

    assert texts(changed, ".banner strong") == ["Out of date", "Out of date"]
    assert texts(again, ".banner strong") == ["NO_GO"]
    assert texts(later, ".banner strong") == ["NO_GO, out of date", "Out of date"]


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "9999-12-31"])
@pytest.mark.parametrize("kind", ["summary.json", "snapshot.md"])
def test_a_file_of_an_impossible_day_stops_nothing(tmp_path: Path, day: str, kind: str) -> None:
    """A file of an impossible day is unreadable and does not stop the others."""
    (tmp_path / f"{day}_{kind}").write_text(old_markdown(date.fromisoformat(day), reported_at=None))

    views = make(tmp_path, summary_of(DAY))

    check_rules(views["index.html"].decode())
    [cell] = parse(views["index.html"].decode()).css("td.bad")
    assert text_of(cell.css_first(".unseen")) == "unreadable"


def test_all_that_is_rendered_is_listed_by_its_name(tmp_path: Path) -> None:
    """The index knows artifacts by their names."""
    for each in quiet_days(DAY, 3):
        make(tmp_path, summary_of(each.date))
    make(tmp_path, trend_until(tmp_path, DAY))

    assert all(is_artifact(name) for name in all_views(Archive(tmp_path)))


def test_the_trend_shows_what_is_in_the_summaries_of_its_range(tmp_path: Path) -> None:
    """A summary of the range that changes makes the page of the trend new; others do not."""
    days = range_of(window_of(DAY), 14)
    make(tmp_path, *map(summary_of, days))
    make(tmp_path, trend_until(tmp_path, DAY))
    before = all_views(Archive(tmp_path))["stage1_trend.html"]
    [first, *_] = summary_of(days[3]).hourly or ()
    hours = (
        msgspec.structs.replace(first, events=4321),
        *(summary_of(days[3]).hourly or ())[1:],
    )

    views = make(tmp_path, summary_of(days[3], hourly=hours))

    assert b"4,321" not in before
    assert b"4,321" in views["stage1_trend.html"]
    assert views["stage1_trend.html"] == all_views(Archive(tmp_path))["stage1_trend.html"]


def test_the_trend_shows_no_hours_that_are_not_trusted(tmp_path: Path) -> None:
    """A summary that differs from the index is a day without data, and has no hours."""
    make(tmp_path, *map(summary_of, range_of(window_of(DAY), 14)))
    make(tmp_path, trend_until(tmp_path, DAY))
    name = summary_name(DAY)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes() + b" ")

    page = all_views(Archive(tmp_path))["stage1_trend.html"].decode()

    assert len(parse(page).css(".strips figure tbody svg")) == 26
    assert len(parse(page).css(".strips td.gap")) == 2
