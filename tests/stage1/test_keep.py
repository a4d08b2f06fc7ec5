"""Tests of `peaktrade_ops.stage1.keep`: no report is lost to a poorer one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from peaktrade_ops.stage1.alike import digest_of
from peaktrade_ops.stage1.day import (
    day_of_summary,
    gone_day,
    missing_day,
    unreadable_day,
    with_row,
)
from peaktrade_ops.stage1.keep import Case, Choice, Terms, choose, full_row_of
from peaktrade_ops.stage1.losses import losses
from peaktrade_ops.stage1.models import (
    Coverage,
    Finding,
    LeftOut,
    NamedCount,
    ScannedFolder,
    Summary,
    Top,
    Trend,
    TrendRow,
    Understanding,
)
from peaktrade_ops.stage1.old_markdown import day_of_old_markdown
from tests.support.artifacts import (
    DAY,
    END,
    coverage,
    end_of,
    metrics,
    old_markdown,
    summary,
    trend,
)
from tests.support.examples import examples

if TYPE_CHECKING:
    from peaktrade_ops.stage1.day import Day, Trust

TERMS = Terms(END, 7)
LATE = Terms(END + timedelta(days=7, microseconds=1), 7)


def books(in_window: int = 10, **changes: object) -> Coverage:
    """Return coverage with so many events in the window, with changes."""
    return coverage(**({"in_window": in_window, "events": in_window, "lines": in_window} | changes))


def counted(*, events: int = 10, errors: int = 0, day: int = 20, **changes: object) -> Summary:
    """Return the summary of a day of December with so many events and parse errors."""
    fields = {
        "metrics": metrics(parse_errors=errors),
        "coverage": books(events),
    }
    return summary(end_of(DAY.replace(day=day)), **(fields | changes))


def case(stored: Summary | Day, now: Summary, then: Summary | None = None) -> Case:
    """Return a day whose stored report has the same window as the count, unless `then` is given."""
    day = day_of_summary(stored, sha256="a" * 64) if isinstance(stored, Summary) else stored
    return Case(day, now, then or now, None)


def chosen(each: Case, terms: Terms = TERMS) -> Choice:
    """Return the choice for a single day."""
    [choice] = choose([each], terms)
    return choice


MORE: dict[str, dict[str, Any]] = {
    "critical": {"metrics": metrics(critical_alerts=1)},
    "alerts": {"metrics": metrics(new_alerts=1)},
    "actions": {"metrics": metrics(operator_actions=1)},
    "unknown severities": {"understanding": Understanding(unknown_severity=1)},
    "dangers": {"understanding": Understanding(danger=1)},
    "unread severities": {"understanding": Understanding(unread_severity=1)},
    "critical actions": {"understanding": Understanding(critical_actions=1)},
    "legacy criticals": {"understanding": Understanding(legacy_critical=1)},
    "criticals without a time": {
        "coverage": coverage(untimed_critical=1),
        "understanding": Understanding(untimed_serious=1),
    },
    "serious without a time": {"understanding": Understanding(untimed_serious=1)},
}


def of_scope(scope: Literal["root", "input"], whole: Summary) -> Summary:
    """Return a summary of another scope."""
    assert whole.settings
    return replace(whole, settings=replace(whole.settings, scope=scope))


# --- the same settings ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", MORE)
def test_a_count_that_shows_less_does_not_replace_a_report(name: str) -> None:
    """A poorer count keeps the stored report, which lists the losses."""
    stored, count = summary(**MORE[name]), summary()

    choice = chosen(case(stored, count))

    assert choice.losses == (f"{name} 1, now 0",)
    assert choice.write == msgspec.structs.replace(stored, lost=choice.losses)


@pytest.mark.parametrize("name", MORE)
def test_a_count_that_shows_more_replaces_a_report(name: str) -> None:
    """A count that includes late telemetry replaces the stored report."""
    count = summary(**MORE[name])

    assert chosen(case(summary(), count)) == Choice(count)


SERIOUS: dict[str, dict[str, Any]] = {
    "critical": {"metrics": metrics(critical_alerts=1)},
    "an alert": {"metrics": metrics(new_alerts=1)},
    "a danger": {"understanding": Understanding(danger=1)},
    "of unknown severity": {"understanding": Understanding(unknown_severity=1)},
    "of unread severity": {"understanding": Understanding(unread_severity=1)},
    "a critical action": {"understanding": Understanding(critical_actions=1)},
}


def untimed_serious(day: int = 20, *, criticals: int = 0, others: int = 0) -> Summary:
    """Return the summary of a day with so many serious events without a time."""
    standing = criticals + others
    return counted(
        day=day,
        coverage=books(10, untimed_in_window=standing, untimed_critical=criticals),
        understanding=Understanding(untimed_serious=standing),
    )


@pytest.mark.parametrize("name", SERIOUS)
def test_a_serious_event_that_got_a_time_is_no_loss(name: str) -> None:
    """It is now an event of the window, and objects by itself."""
    is_critical = name == "critical"
    one, none = int(is_critical), int(not is_critical)
    stored = untimed_serious(criticals=one, others=none)
    other = untimed_serious(criticals=none, others=one)
    kinds = ("serious without a time", "criticals without a time")
    less = f"{kinds[is_critical]} 1, now 0"

    assert losses(stored, counted(**{"coverage": books(11), **SERIOUS[name]})) == ()
    assert losses(stored, counted(coverage=books(11))) == (less,)
    # No event was added: another one was lost.
    elsewhere = books(10, untimed_in_window=1)
    assert losses(stored, counted(**{"coverage": elsewhere, **SERIOUS[name]})) == (less,)
    # A critical event is explained by a critical one, and others by others.
    assert losses(other, counted(**{"coverage": books(11), **SERIOUS[name]})) == (
        f"{kinds[not is_critical]} 1, now 0",
    )


def test_a_late_event_explains_one_serious_event_without_a_time_alone() -> None:
    """A critical alert that came late, and an event of no account, are no alert that got a time."""
    stored = untimed_serious(criticals=1, others=1)
    late = metrics(critical_alerts=1, new_alerts=1)
    both = metrics(critical_alerts=1, new_alerts=2)

    assert losses(stored, counted(events=12, metrics=late)) == ("serious without a time 1, now 0",)
    assert losses(stored, counted(events=12, metrics=both)) == ()
    one_event = books(11, untimed_in_window=1)
    assert losses(stored, counted(coverage=one_event, metrics=both)) == (
        "serious without a time 1, now 0",
    )
    danger = Understanding(danger=1)
    critical = metrics(critical_alerts=1)
    assert losses(stored, counted(events=12, metrics=critical, understanding=danger)) == (
        "serious without a time 1, now 0",
    )


def test_a_serious_event_without_a_time_that_came_hides_no_other() -> None:
    """The sum of both kinds is what it was."""
    assert losses(untimed_serious(criticals=1), untimed_serious(others=1)) == (
        "criticals without a time 1, now 0",
    )
    assert losses(untimed_serious(others=1), untimed_serious(criticals=1)) == (
        "serious without a time 1, now 0",
    )


@pytest.mark.parametrize("is_critical", [True, False])
def test_a_serious_event_that_got_a_time_of_another_day_is_no_loss(*, is_critical: bool) -> None:
    """It stood in both days, and is now an event of the second."""
    flaw = {"criticals": int(is_critical), "others": int(not is_critical)}
    before = [untimed_serious(day, **flaw) for day in (19, 20)]
    serious = metrics(critical_alerts=int(is_critical), new_alerts=int(not is_critical))
    after = [counted(day=19), counted(day=20, events=11, metrics=serious)]

    choices = choose([case(*pair) for pair in zip(before, after, strict=True)], TERMS)

    assert choices == [Choice(after[0]), Choice(after[1])]


def test_a_late_event_of_another_day_explains_no_serious_event_without_a_time() -> None:
    """It stood in both days and is lost, and the second has another event more."""
    before = [untimed_serious(day, criticals=1) for day in (19, 20)]
    less = ("criticals without a time 1, now 0",)
    for late in (metrics(), metrics(new_alerts=1)):
        after = [counted(day=19), counted(day=20, events=11, metrics=late)]

        choices = choose([case(*pair) for pair in zip(before, after, strict=True)], TERMS)

        assert [choice.losses for choice in choices] == [less, less]


def test_an_event_that_is_no_longer_ahead_is_no_loss() -> None:
    """The clock goes on, and then it is an event of another window."""
    stored = counted(understanding=Understanding(ahead_serious=1))

    assert chosen(case(stored, counted())) == Choice(counted())


def test_fewer_records_are_a_loss() -> None:
    """Records are the events, the events without a time and the rejected records of a window."""
    assert losses(counted(events=10, errors=2), counted(events=11)) == ("records 12, now 11",)
    assert losses(counted(events=10, errors=2), counted(events=12)) == ()
    untimed = books(10, events=12, lines=12, untimed_in_window=2)
    assert losses(counted(coverage=untimed), counted(events=11)) == ("records 12, now 11",)


def test_a_folder_less_is_a_loss() -> None:
    """A missing folder is a loss with its name; an additional folder is not a loss."""
    both = counted(
        coverage=coverage(
            folders=(ScannedFolder("alerts", 1, 0, 0, 0), ScannedFolder("telemetry", 1, 1, 1, 1))
        )
    )
    one = counted(coverage=coverage())

    assert losses(both, one) == ("folder alerts",)
    assert losses(one, both) == ()


def test_incomplete_coverage_does_not_replace_complete_coverage() -> None:
    """Incomplete coverage replaces incomplete coverage only; the files left out are named."""
    left_out = (LeftOut("a.zip", "archive", "incomplete"), LeftOut("b.pid", "not data", "complete"))
    partly = counted(coverage=books(complete=False, left_out=left_out))
    whole = counted(coverage=books())

    assert losses(whole, partly) == ("a.zip: archive",)
    assert losses(partly, partly) == ()
    assert losses(partly, whole) == ()


def test_an_event_more_does_not_hide_a_serious_one_less() -> None:
    """A serious event without a time is explained by one more that objects, not by any event."""
    one = metrics(new_alerts=1)
    stored = counted(metrics=one, understanding=Understanding(untimed_serious=1))

    assert losses(stored, counted(events=11, metrics=one)) == ("serious without a time 1, now 0",)


def test_a_record_that_is_now_one_of_a_legacy_source_is_no_loss() -> None:
    """A rejected line of a legacy source became an event, which only its own number counts."""
    stored = counted(errors=1, coverage=books(legacy_in_window=3))

    assert losses(stored, counted(coverage=books(legacy_in_window=4))) == ()
    assert losses(stored, counted(coverage=books(legacy_in_window=3))) == ("records 11, now 10",)
    assert losses(stored, counted(coverage=books(9, legacy_in_window=5))) == ("records 11, now 9",)
    assert losses(
        counted(errors=2, coverage=books()), counted(coverage=books(legacy_in_window=1))
    ) == ("records 12, now 10",)


def test_an_old_report_is_not_explained_by_legacy_sources() -> None:
    """The earlier scripts did not count the events of a legacy source apart."""
    old = summary(coverage=None, metrics=metrics(parse_errors=1))

    assert losses(old, counted(events=0)) == ("records 1, now 0", "events, now 0")


def test_a_part_of_the_telemetry_names_other_folders() -> None:
    """Paths below an input are relative to it; the whole root may replace a report of a part."""
    part = of_scope("input", counted(coverage=books(folders=(ScannedFolder("x", 1, 1, 1, 1),))))
    whole = counted(coverage=books(folders=(ScannedFolder("alerts/x", 1, 1, 1, 1),)))

    assert losses(part, whole) == ()
    assert losses(whole, part) == ("folder alerts/x",)
    assert losses(part, of_scope("input", whole)) == ("folder x",)


def test_at_most_8_losses_are_listed() -> None:
    """At most 8 losses are listed."""
    folders = tuple(ScannedFolder(f"f{i}", 1, 0, 0, 0) for i in range(20))
    stored = counted(coverage=books(folders=folders))

    assert losses(stored, counted()) == tuple(f"folder f{i}" for i in (0, 1, *range(2, 8)))


# --- other settings ------------------------------------------------------------------------------


def of_settings(digest: str | None, whole: Summary) -> Summary:
    """Return a summary of settings with another digest."""
    assert whole.settings
    changed = msgspec.structs.replace(whole.settings, digest=digest)
    return msgspec.structs.replace(whole, settings=changed)


def test_with_other_settings_only_records_are_compared() -> None:
    """Another configuration may take a critical event for something else."""
    stored = of_settings("1" * 64, counted(metrics=metrics(critical_alerts=1)))

    assert losses(stored, counted()) == ()
    assert losses(stored, counted(events=9)) == ("records 10, now 9",)
    for more in ({"metrics": metrics(new_alerts=1)}, {"understanding": Understanding(danger=1)}):
        assert losses(of_settings("1" * 64, counted(**more)), counted()) == ()


def expecting(whole: Summary, *patterns: str) -> Summary:
    """Return a summary of settings that expect files, with their own digest."""
    assert whole.settings
    sources = replace(whole.settings.sources, expect=patterns, expect_events=patterns[1:])
    changed = replace(whole.settings, sources=sources)
    return replace(whole, settings=replace(changed, digest=digest_of(changed)))


@pytest.mark.parametrize("name", MORE)
def test_with_settings_that_read_the_same_everything_is_compared(name: str) -> None:
    """An unrelated key of the configuration is no reason for fewer events."""
    stored = expecting(summary(**MORE[name]))

    assert losses(stored, expecting(summary(), "events/*")) == (f"{name} 1, now 0",)


def test_what_is_newly_expected_is_no_loss() -> None:
    """It makes the new report incomplete, which objects for itself, also after retention."""
    stored = expecting(counted(), "old/*", "old/*")
    left_out = (
        LeftOut("new/*", "expected and missing", "incomplete"),
        LeftOut("new/*", "expected and silent", "incomplete"),
    )
    gone = (
        LeftOut("old/*", "expected and missing", "incomplete"),
        LeftOut("old/*", "expected and silent", "incomplete"),
    )

    def missing(*entries: LeftOut) -> Summary:
        count = counted(coverage=books(complete=False, left_out=entries))
        return expecting(count, "old/*", "old/*", "new/*")

    assert chosen(case(stored, missing(*left_out)), LATE) == Choice(missing(*left_out))
    assert losses(stored, missing(*left_out, *gone)) == (
        "old/*: expected and missing",
        "old/*: expected and silent",
    )


@pytest.mark.parametrize("kind", ["0.1.0", "no settings", "scripts"])
def test_of_an_earlier_version_the_criticals_are_compared_too(kind: str) -> None:
    """Critical alerts of reports of an earlier version are compared too."""
    critical = counted(metrics=metrics(critical_alerts=1))
    stored = {
        "0.1.0": of_settings(None, critical),
        "no settings": replace(critical, settings=None),
        "scripts": replace(critical, settings=None, coverage=None),
    }[kind]

    assert losses(stored, counted()) == ("critical 1, now 0",)
    assert losses(stored, critical) == ()


def test_a_critical_alert_does_not_hide_behind_a_loss() -> None:
    """A count with more critical alerts is stored with its losses, and the verdict is NO_GO."""
    count = counted(events=9, metrics=metrics(critical_alerts=2))
    lost = msgspec.structs.replace(count, lost=("records 10, now 9",))

    assert chosen(case(counted(), count)) == Choice(lost)
    assert chosen(case(counted(), count), LATE) == Choice(lost)
    marked = msgspec.structs.replace(lost, remade=True)
    assert chosen(case(counted(remade=True), count)) == Choice(marked)


def test_a_critical_alert_does_not_hide_behind_old_markdown() -> None:
    """Markdown of the earlier scripts gives way in the same case."""
    day = day_of_old_markdown(DAY, old_markdown(severities="[('info', 7)]"))
    count = summary(metrics=metrics(new_alerts=1, critical_alerts=1, operator_actions=1))

    choice = chosen(case(day, count))

    assert choice == Choice(msgspec.structs.replace(count, lost=("alerts 2, now 1",)))


# --- losses that only their texts show -----------------------------------------------------------

FALSE_CRITICAL = metrics(critical_alerts=1)


def poorer(*lost: str, **changes: object) -> Summary:
    """Return a report that was stored because of its critical event, although it shows less."""
    return replace(counted(metrics=FALSE_CRITICAL), lost=lost, **changes)


def showing(name: str, number: int) -> Summary:
    """Return the count of a false critical event, and of so many of something else."""
    whole = counted(**MORE[name]) if number else counted()
    assert whole.coverage
    assert whole.understanding
    understood = {
        field: number
        for field in whole.understanding.__struct_fields__
        if getattr(whole.understanding, field) == 1
    }
    return replace(
        whole,
        metrics=metrics(
            critical_alerts=1,
            new_alerts=number * whole.metrics.new_alerts,
            operator_actions=number * whole.metrics.operator_actions,
        ),
        understanding=replace(Understanding(), **understood),
        coverage=books(untimed_critical=number * whole.coverage.untimed_critical),
    )


@pytest.mark.parametrize("name", [name for name in MORE if name != "critical"])
def test_a_loss_whose_number_is_in_no_report_stays_until_a_count_shows_it(name: str) -> None:
    """The next run finds the same, and must not compare it with itself."""
    text = f"{name} 2, now 0"
    stored = poorer(text)
    none, one, two = (showing(name, number) for number in range(3))
    mapped = of_settings("1" * 64, counted())

    assert chosen(case(stored, none)) == Choice(None, (text,))
    assert chosen(case(stored, two)) == Choice(two)
    some = (f"{name} 2, now 1",)
    assert chosen(case(stored, one)) == Choice(replace(one, lost=some), some)
    # The critical event was a false one, and the configuration says so.
    assert chosen(case(stored, mapped)) == Choice(replace(mapped, lost=(text,)), (text,))


def test_a_folder_and_a_path_that_only_losses_show_stay_until_they_are_back() -> None:
    """So does a text that this version does not write, and the word of the earlier scripts."""
    folder, path = "folder alerts: x", "alerts/x.zip: archive"
    there = books(folders=(*(books().folders or ()), ScannedFolder("alerts: x", 1, 0, 0, 0)))
    left_out = (LeftOut("b.zip", "archive", "incomplete"),)
    part = books(complete=False, left_out=left_out)

    def after(lost: str, stored: Coverage, count: Coverage) -> tuple[str, ...]:
        now = counted(metrics=FALSE_CRITICAL, coverage=count)
        return chosen(case(poorer(lost, coverage=stored), now)).losses

    assert after(folder, books(), books()) == (folder,)
    assert after(folder, books(), there) == ()
    assert after(path, part, part) == (path,)
    assert after(path, part, books()) == ()
    assert after("trades 2, now 1", books(), there) == ("trades 2, now 1",)
    assert after("events, now 0", books(0), books(0)) == ("events, now 0",)
    assert after("events, now 0", books(0), books(1)) == ()


def test_a_full_list_of_losses_that_no_report_shows_stays() -> None:
    """There may have been more than 8, of which nothing is known."""
    lost = tuple(f"folder f{i}" for i in range(8))
    folders = (
        *(books().folders or ()),
        *(ScannedFolder(f"f{i}", 1, 0, 0, 0) for i in range(8)),
    )
    whole = counted(metrics=FALSE_CRITICAL, coverage=books(folders=folders))

    assert chosen(case(poorer(*lost), whole)).losses == lost
    assert chosen(case(poorer(*lost[1:]), whole)) == Choice(whole)
    # The report itself shows them, as it does where it is the richer one.
    assert chosen(case(replace(whole, lost=lost), whole)) == Choice(whole)


def test_new_losses_come_behind_those_that_no_report_shows() -> None:
    """Of two texts about one number the one with more counts."""
    stored = poorer("dangers 2, now 1", understanding=Understanding(danger=1))
    count = counted(events=9, metrics=FALSE_CRITICAL)

    choice = chosen(case(stored, count))

    assert choice.losses == ("dangers 2, now 0", "records 10, now 9")
    assert choice.write == replace(stored, lost=choice.losses)
    worse = replace(count, metrics=metrics(critical_alerts=2))
    assert chosen(case(stored, worse)).write == replace(worse, lost=choice.losses)


def test_a_loss_that_no_report_shows_does_not_age() -> None:
    """A report that has aged out shows its numbers, and this one does not."""
    stored = poorer("dangers 1, now 0")
    same, less = counted(metrics=FALSE_CRITICAL), counted(events=9, metrics=FALSE_CRITICAL)

    assert chosen(case(stored, same), LATE) == Choice(None, ("dangers 1, now 0",))
    choice = chosen(case(stored, less), LATE)
    assert (choice.losses, choice.aged) == (("dangers 1, now 0", "records 10, now 9"), False)


def test_a_report_with_such_a_loss_keeps_its_window() -> None:
    """What is lost was counted in that window."""
    stored = summary(end_of(DAY, 8), lost=("dangers 1, now 0",))
    then = summary(end_of(DAY, 8), metrics=metrics(new_alerts=1))
    now = summary(end_of(DAY, 9), metrics=metrics(new_alerts=1))

    choice = chosen(Case(day_of_summary(stored), now, then, None))

    assert choice == Choice(replace(then, lost=("dangers 1, now 0",)), ("dangers 1, now 0",))


def test_a_changed_report_with_such_a_loss_stays() -> None:
    """It may be the last trace of what is lost."""
    stored = day_of_summary(poorer("dangers 1, now 0"), trust="changed", sha256="a")

    assert chosen(case(stored, counted(metrics=FALSE_CRITICAL))) == Choice(
        None, ("dangers 1, now 0",)
    )


@pytest.mark.parametrize("name", MORE)
def test_what_is_lost_already_is_lost_with_other_settings_too(name: str) -> None:
    """The loss was found with the settings of the report, so no other ones explain it."""
    text = f"{name} 1, now 0"
    rich = summary(**MORE[name], lost=(text,))
    less, back = (of_settings("1" * 64, summary(**more)) for more in ({}, MORE[name]))

    assert chosen(case(rich, less)) == Choice(None, (text,))
    assert chosen(case(rich, back)) == Choice(back)
    assert chosen(case(replace(rich, lost=("records 1, now 0",)), less)) == Choice(less)


# --- windows -------------------------------------------------------------------------------------


def test_the_report_of_the_window_that_ends_later_is_stored() -> None:
    """The comparison is between two counts of the stored window; the later one is kept."""
    early = summary(end_of(DAY, 8))
    late = summary(end_of(DAY, 9), metrics=metrics(new_alerts=1))

    assert chosen(Case(day_of_summary(early), late, early, None)) == Choice(late)
    assert chosen(Case(day_of_summary(late), early, late, None)) == Choice(None)
    more = msgspec.structs.replace(late, metrics=metrics(new_alerts=2))
    assert chosen(Case(day_of_summary(late), early, more, None)) == Choice(more)


ONE = metrics(critical_alerts=1)
YESTERDAY = DAY - timedelta(days=1)


def moving(stored: Summary | Day | None = None, **later: object) -> Case:
    """Return a day whose stored report ends at 08:00, with a critical event, and a later window."""
    early = summary(end_of(DAY, 8), metrics=ONE)
    day = stored or early
    day = day_of_summary(day, sha256="a" * 64) if isinstance(day, Summary) else day
    return Case(day, summary(end_of(DAY, 10), **later), early, None)


def eve(stored: Summary | None = None) -> Case:
    """Return the day before, which has a critical event, and a report of it if it is given."""
    count = summary(end_of(YESTERDAY, 10), metrics=ONE)
    day = day_of_summary(stored) if stored else missing_day(YESTERDAY)
    return Case(day, count, count if stored else None, None)


def test_a_later_window_takes_the_place_if_the_day_before_shows_what_it_leaves_out() -> None:
    """The day before has such a report, or gets it by the same command."""
    each = moving()
    good = summary(end_of(YESTERDAY, 10), metrics=ONE)

    assert choose([each], TERMS, [eve(good)]) == [Choice(each.now)]
    assert choose([eve(), each], TERMS) == [Choice(eve().now), Choice(each.now)]


def test_a_later_window_that_leaves_out_what_objects_takes_no_place() -> None:
    """The stored report stays without a loss, or is made again in its own window."""
    each = moving()
    early = summary(end_of(YESTERDAY, 9), metrics=ONE)
    poor = summary(end_of(YESTERDAY, 10))
    forged = replace(eve(), stored=day_of_summary(eve().now, trust="changed", sha256="a"))

    kept = Choice(None, first=YESTERDAY)
    for before in ([], [eve()], [eve(poor)], [forged]):
        assert choose([each], TERMS, before) == [kept]
    case_before = replace(eve(early), then=early)
    assert choose([each], TERMS, [case_before]) == [kept]
    more = summary(end_of(DAY, 8), metrics=metrics(critical_alerts=2))
    grown = replace(each, then=more)
    assert choose([grown], TERMS, [eve()]) == [Choice(more, first=YESTERDAY)]


def test_so_does_one_in_place_of_a_report_that_is_not_trusted() -> None:
    """The day is made again in the window of its report, also with a row that vouches."""
    early = moving().stored.summary
    assert early
    changed = moving(day_of_summary(early, trust="changed", sha256="a"))
    vouched = replace(changed, row=TrendRow(DAY, 0, 0, 0, 0))
    marked = replace(early, remade=True)

    assert choose([changed], TERMS, [eve()]) == [Choice(marked, first=YESTERDAY)]
    assert choose([vouched], TERMS, [eve()]) == [Choice(early, first=YESTERDAY)]


def test_so_does_one_in_place_of_old_markdown() -> None:
    """It becomes the report of its own window."""
    day = replace(day_of_old_markdown(DAY, old_markdown()), new_alerts=0, operator_actions=0)
    each = moving(day)

    assert choose([each], TERMS, [eve()]) == [Choice(each.then, first=YESTERDAY)]


def test_a_critical_event_does_not_wait_for_the_report_of_another_day() -> None:
    """The later window is stored if it alone shows one, with what else it leaves out as a loss."""
    danger = Understanding(danger=1)
    early = summary(end_of(DAY, 8), understanding=danger)
    late = summary(end_of(DAY, 10), metrics=ONE)
    both = replace(late, understanding=danger)
    before = replace(eve(), now=summary(end_of(YESTERDAY, 10), understanding=danger))
    less = ("dangers 1, now 0",)

    def chosen_of(now: Summary) -> list[Choice]:
        return choose([Case(day_of_summary(early), now, early, None)], TERMS, [before])

    assert chosen_of(late) == [Choice(replace(late, lost=less), less, first=YESTERDAY)]
    assert chosen_of(both) == [Choice(both, first=YESTERDAY)]


def test_a_window_that_was_not_counted_keeps_its_report() -> None:
    """A report that another run stored during the scan is kept."""
    assert chosen(Case(day_of_summary(summary()), summary(), None, None)) == Choice(None)


def test_a_count_that_differs_in_the_books_alone_is_not_written() -> None:
    """A file that grew by events of other days changes no report."""
    stored = counted()
    grown = counted(coverage=books(10, events=99, lines=99), notes=("99 events",))

    assert chosen(case(stored, grown)) == Choice(None)
    assert chosen(case(stored, counted(coverage=books(11)))).write
    left_out = books(left_out=(LeftOut("x", "ignored", "complete"),))
    assert chosen(case(stored, counted(coverage=left_out))).write


def test_a_folder_that_is_there_again_is_written() -> None:
    """The rules compare the folders of reports, so they are more than books of the scan."""
    other = counted(
        coverage=books(folders=(*(books().folders or ()), ScannedFolder("new", 1, 0, 0, 0)))
    )

    assert chosen(case(counted(), other)).write == other


def test_a_loss_that_is_made_good_is_forgotten() -> None:
    """A report is written again without a loss that was restored."""
    stored = summary(lost=("critical 1, now 0",), metrics=metrics(critical_alerts=1))
    back = summary(metrics=metrics(critical_alerts=1))

    assert chosen(case(stored, back)) == Choice(back)


def test_a_loss_that_is_noted_already_is_not_written_again() -> None:
    """A loss that is already recorded is not written again."""
    stored = summary(lost=("critical 1, now 0",), metrics=metrics(critical_alerts=1))

    assert chosen(case(stored, summary())) == Choice(None, ("critical 1, now 0",))


# --- retention -----------------------------------------------------------------------------------


def test_less_of_an_old_day_is_retention() -> None:
    """A poorer count of a day that ended more than 7 days ago is retention, else a loss."""
    stored = counted(metrics=metrics(critical_alerts=1), lost=("critical 1, now 0",))
    count = counted(events=3)

    aged = chosen(case(stored, count), LATE)

    assert aged.aged
    assert aged.write == msgspec.structs.replace(stored, aged=True, lost=msgspec.UNSET)
    assert not chosen(
        case(stored, count), msgspec.structs.replace(LATE, range_end=END + timedelta(days=7))
    ).aged


def test_more_of_anything_that_objects_is_never_retention() -> None:
    """An old day that shows fewer records and a new alert is a loss."""
    stored = counted()
    count = counted(events=3, metrics=metrics(new_alerts=1))

    choice = chosen(case(stored, count), LATE)

    assert (choice.losses, choice.aged) == (("records 10, now 3",), False)


def test_a_report_that_has_aged_out_objects_again_if_more_is_found() -> None:
    """Its telemetry is late, or others have changed it."""
    stored = counted(aged=True)
    count = counted(events=3, metrics=metrics(new_alerts=1))

    less = ("records 10, now 3",)
    assert chosen(case(stored, count), LATE).write == replace(counted(), lost=less)


# --- reports that are not trusted ----------------------------------------------------------------

ROW = TrendRow(DAY, 0, 1, 0, 0)


def test_a_changed_report_is_made_again_and_objects() -> None:
    """A changed or removed report is made again and marked."""
    changed = day_of_summary(counted(), trust="changed", sha256="a")

    assert chosen(case(changed, counted())) == Choice(counted(remade=True))
    assert chosen(case(gone_day(DAY), counted())) == Choice(counted(remade=True))


def test_a_poorer_count_replaces_no_changed_report() -> None:
    """A changed report may be the last trace of telemetry that is gone, so it stays."""
    changed = day_of_summary(counted(metrics=metrics(new_alerts=1)), trust="changed", sha256="a")

    assert chosen(case(changed, counted())) == Choice(None, ("alerts 1, now 0",))
    assert chosen(case(changed, counted(events=0))) == Choice(
        None, ("records 10, now 0", "alerts 1, now 0")
    )
    vouched = Case(changed, counted(), counted(), TrendRow(DAY, 0, 0, 0, 0, records=10))
    assert chosen(vouched) == Choice(counted())


def test_a_count_of_nothing_replaces_no_lost_report() -> None:
    """A lost report is not replaced by an empty one, or a backup could not be put back."""
    empty = counted(events=0)
    broken = unreadable_day(DAY, "not a valid Summary", sha256="a" * 64)

    for day in (gone_day(DAY), broken):
        assert chosen(case(day, empty)) == Choice(None, ("events, now 0",))


def test_a_lost_report_is_not_replaced_by_less_than_the_trend_showed() -> None:
    """The row of an earlier trend is what is left of a lost report."""
    row = TrendRow(DAY, 0, 1, 0, 0, state="unreadable", records=10)
    gone = with_row(gone_day(DAY), row)

    def made(count: Summary) -> Choice:
        return chosen(Case(gone, count, count, row))

    assert made(counted()) == Choice(None, ("critical 1, now 0",))
    assert made(counted(events=9)).losses == ("records 10, now 9", "critical 1, now 0")
    enough = counted(metrics=metrics(critical_alerts=1))
    assert made(enough).write == msgspec.structs.replace(enough, remade=True)


def test_the_row_of_a_trend_vouches_for_a_report_that_is_made_again() -> None:
    """A report that is made again is trusted if it shows no less than the row of the trend."""
    same = counted(metrics=metrics(critical_alerts=1))
    marked = msgspec.structs.replace(same, remade=True)

    def made(count: Summary, row: TrendRow) -> Choice:
        return chosen(Case(gone_day(DAY), count, count, row))

    assert made(same, ROW) == Choice(same)
    assert made(counted(), ROW) == Choice(counted(remade=True))
    for state in ("missing", "unreadable"):
        assert made(same, msgspec.structs.replace(ROW, state=state)) == Choice(marked)
    assert made(same, msgspec.structs.replace(ROW, records=11)) == Choice(marked)


def test_the_row_of_a_day_with_events_does_not_vouch_for_an_empty_report() -> None:
    """A quiet row has no number above 0, but its day had events."""
    quiet, empty = TrendRow(DAY, 0, 0, 0, 0), counted(events=0)

    assert chosen(Case(gone_day(DAY), empty, empty, quiet)).write is None
    none = msgspec.structs.replace(quiet, missing=True, state="empty")
    assert chosen(Case(gone_day(DAY), empty, empty, none)) == Choice(empty)


def test_a_report_that_was_made_again_keeps_its_mark() -> None:
    """A later count replaces a report that was made again and keeps its mark."""
    stored = counted(remade=True)
    count = counted(events=11)

    assert chosen(case(stored, count)).write == msgspec.structs.replace(count, remade=True)


def test_a_poorer_count_replaces_no_unlisted_report() -> None:
    """An unlisted report may be the program's own, of which the index was lost."""
    own = day_of_summary(summary(metrics=metrics(critical_alerts=1)), trust="unlisted", sha256="a")
    same = summary(metrics=metrics(critical_alerts=1))

    assert chosen(case(own, summary())) == Choice(None, ("critical 1, now 0",))
    assert chosen(case(own, same)) == Choice(same)


def test_a_poorer_count_replaces_no_unlisted_markdown() -> None:
    """The index may be lost, and with it what shows that the Markdown was taken over."""
    day = replace(day_of_old_markdown(DAY, old_markdown()), trust="unlisted", sha256="a" * 64)
    enough = summary(metrics=metrics(new_alerts=2, critical_alerts=1, operator_actions=1))

    assert chosen(case(day, summary())).write is None
    assert chosen(case(day, enough)) == Choice(enough)


def test_a_file_whose_bytes_cannot_be_read_stays() -> None:
    """A file whose bytes cannot be read is kept, because it may contain a critical alert."""
    assert chosen(case(unreadable_day(DAY, "Permission denied"), summary())) == Choice(None)


def test_a_file_that_holds_no_report_is_made_again() -> None:
    """A file whose bytes are not a report is made again and marked."""
    broken = unreadable_day(DAY, "not a valid Summary", sha256="a" * 64)

    assert chosen(case(broken, counted())) == Choice(counted(remade=True))


def test_a_report_that_contradicts_itself_is_made_again() -> None:
    """A report that contradicts itself is made again, unless the count shows fewer criticals."""
    whole = summary()
    same = summary(metrics=metrics(critical_alerts=1))
    assert whole.top
    top = msgspec.structs.replace(whole.top, severities=(NamedCount("critical", 1),))
    stored = day_of_summary(summary(top=top), sha256="a" * 64)

    assert stored.state == "unreadable"
    assert chosen(case(stored, whole)) == Choice(None, ("critical 1, now 0",))
    assert chosen(case(stored, same)).write == msgspec.structs.replace(same, remade=True)


def test_all_that_is_left_of_a_report_counts() -> None:
    """A count must show no less than its file, nor than its list of severities."""
    folders = (*(books().folders or ()), ScannedFolder("alerts", 1, 0, 0, 0))
    top = Top((NamedCount("critical", 1),), (), ())
    stored = day_of_summary(counted(coverage=books(folders=folders), top=top), sha256="a" * 64)

    assert chosen(case(stored, counted())).losses == ("folder alerts", "critical 1, now 0")


def test_a_changed_report_is_compared_with_the_count_of_its_own_window() -> None:
    """The window of the command may have ended before the events of the report."""
    changed = day_of_summary(counted(), trust="changed", sha256="a")

    assert chosen(case(changed, counted(events=9), counted())) == Choice(
        counted(events=9, remade=True)
    )
    assert chosen(Case(changed, counted(), None, None)) == Choice(counted(remade=True))


def test_no_row_vouches_for_an_unlisted_report() -> None:
    """A trend knows the reports that were listed."""
    own = day_of_summary(counted(metrics=metrics(new_alerts=1)), trust="unlisted", sha256="a")
    row = TrendRow(DAY, 0, 0, 0, 0, records=10)

    assert chosen(Case(own, counted(), counted(), row)) == Choice(None, ("alerts 1, now 0",))


GRAVER: dict[str, dict[str, Any]] = {
    name: MORE[name] for name in MORE if name not in {"alerts", "actions"}
}


@pytest.mark.parametrize("name", GRAVER)
def test_no_row_vouches_against_a_file_that_shows_something_graver(name: str) -> None:
    """The index and the trend may be older than the file, and its telemetry may be gone."""
    row = TrendRow(DAY, 0, 0, 0, 0)
    changed = day_of_summary(counted(**GRAVER[name]), trust="changed", sha256="a")
    same = counted(**GRAVER[name])

    choice = chosen(Case(changed, counted(), counted(), row))

    assert choice == Choice(None, (f"{name} 1, now 0",))
    assert chosen(Case(changed, same, same, row)) == Choice(same)


def test_no_row_vouches_against_the_list_of_severities_of_a_file() -> None:
    """A file that contradicts itself shows the criticals of its list."""
    top = Top((NamedCount("critical", 1),), (), ())
    changed = day_of_summary(counted(top=top), trust="changed", sha256="a")
    row = TrendRow(DAY, 0, 0, 0, 0, records=10)

    assert chosen(Case(changed, counted(), counted(), row)).losses == ("critical 1, now 0",)


def test_a_row_vouches_only_if_the_trend_found_no_more_than_it_contains() -> None:
    """A row does not show a danger, to which the trend objected or which it accepted."""
    made = trend()
    row = made.series[3]
    days = (row.date,)

    def with_findings(*findings: Finding, tolerated: bool = False) -> Trend:
        changes = {"tolerated" if tolerated else "findings": findings}
        return replace(made, rollups=replace(made.rollups, **changes))

    assert full_row_of(made, row.date) == row
    assert full_row_of(made, DAY + timedelta(days=1)) is None
    for rule in ("critical", "new_alerts", "parse_errors", "gap", "missing"):
        assert full_row_of(with_findings(Finding(rule, "HOLD", days, "", "")), row.date) == row
    for rule in ("danger", "incomplete", "lost", "not_understood", "unlisted"):
        finding = Finding(rule, "HOLD", days, "", "")
        assert full_row_of(with_findings(finding), row.date) is None
        assert full_row_of(with_findings(finding, tolerated=True), row.date) is None
        assert full_row_of(with_findings(finding), DAY) == made.series[-1]
    old = replace(made, rollups=replace(made.rollups, findings=None, tolerated=None))
    assert full_row_of(old, row.date) == row


def test_a_missing_day_is_written() -> None:
    """A count for a missing day is written."""
    assert chosen(case(missing_day(DAY), summary())) == Choice(summary())


def test_markdown_alone_is_replaced_by_a_count_that_shows_no_less() -> None:
    """Old Markdown without a summary is replaced by a count with no smaller numbers."""
    day = day_of_old_markdown(DAY, old_markdown())
    enough = summary(metrics=metrics(new_alerts=2, critical_alerts=1, operator_actions=1))
    less = summary(metrics=metrics(new_alerts=2, operator_actions=1))

    assert chosen(case(day, enough)) == Choice(enough)
    assert chosen(case(day, less)).losses == ("critical 1, now 0",)
    # The count of the window of the report decides, not that of the window of the command.
    assert chosen(case(day, less, enough)) == Choice(less)
    assert chosen(Case(day, enough, None, None)) == Choice(enough)


@pytest.mark.parametrize("changes", [{"end": None}, {"empty": True}])
def test_markdown_that_is_no_whole_report_stays_as_it_is(changes: dict[str, Any]) -> None:
    """Without a time or an event there is nothing to make a summary of."""
    day = replace(day_of_old_markdown(DAY, old_markdown()), **changes)
    less = summary(metrics=metrics(critical_alerts=1, operator_actions=1))

    assert chosen(case(day, less)) == Choice(None, ("alerts 2, now 0",))


def test_markdown_that_shows_more_in_one_thing_hides_no_other_thing() -> None:
    """A rejected record that the scripts did not see must not pass, because an alert is missing."""
    day = day_of_old_markdown(DAY, old_markdown(severities="[('info', 7)]"))
    count = counted(metrics=metrics(new_alerts=1, parse_errors=1, operator_actions=1))

    choice = chosen(case(day, count))

    assert choice.losses == ("alerts 2, now 1",)
    assert choice.write is not None
    assert choice.write.lost == choice.losses
    assert day.end
    kept = Summary(
        schema_version=1,
        date=DAY,
        created_at_utc=day.end,
        report_dir="obs/stage1",
        metrics=metrics(new_alerts=2, operator_actions=1, legacy_alerts=day.legacy_alerts or 0),
        notes=(),
        lost=choice.losses,
    )
    assert choice.write == kept
    for legacy in (0, 3):
        known = chosen(
            case(replace(day, legacy_alerts=legacy or None), replace(count, stage="paper"))
        )
        assert known.write
        assert (known.write.metrics.legacy_alerts, known.write.stage) == (legacy, "paper")
    assert chosen(case(choice.write, count)) == Choice(None, choice.losses)


@pytest.mark.parametrize("field", Understanding.__struct_fields__[:7])
def test_more_that_is_not_understood_is_never_retention(field: str) -> None:
    """Every count of the understanding that a rule objects to is compared."""
    understanding = msgspec.structs.replace(Understanding(), **{field: 1})
    count = counted(events=3, understanding=understanding)

    assert not chosen(case(counted(), count), LATE).aged
    assert chosen(case(count, counted(events=2, understanding=understanding)), LATE).aged


def test_critical_events_without_a_time_of_version_0_1_0_are_known() -> None:
    """The same events are no more than they were, although the new count calls them serious."""
    stored = counted(coverage=books(untimed_critical=1), understanding=None)
    count = counted(
        coverage=books(3, untimed_critical=1), understanding=Understanding(untimed_serious=1)
    )

    assert chosen(case(stored, count), LATE).aged


def test_markdown_ages_out_as_a_summary_does() -> None:
    """Telemetry that has reached the end of its retention is no loss, unless it shows more."""
    day = day_of_old_markdown(DAY, old_markdown(severities="[('info', 7)]"))
    less = counted(metrics=metrics())
    more = counted(metrics=metrics(critical_alerts=1))

    later = Terms(END + timedelta(days=8), 7)
    assert chosen(case(day, less), later) == Choice(
        None, ("alerts 2, now 0", "actions 1, now 0"), aged=True
    )
    assert not chosen(case(day, more), later).aged
    for objecting in (
        {"metrics": metrics(parse_errors=1)},
        {"understanding": Understanding(untimed_serious=1)},
    ):
        choice = chosen(case(day, counted(**objecting)), later)
        assert (choice.aged, choice.write and choice.write.lost) == (False, choice.losses)
    recent = chosen(case(day, less))
    assert (recent.aged, recent.write and recent.write.lost) == (False, recent.losses)


# --- records that were mended --------------------------------------------------------------------


def test_a_rejected_record_that_is_an_event_of_the_next_day_is_no_loss() -> None:
    """A rejected record that becomes an event of the next day is not a loss."""
    before = [counted(day=19, errors=1), counted(day=20, errors=1)]
    after = [counted(day=19), counted(day=20, events=11)]

    choices = choose([case(*pair) for pair in zip(before, after, strict=True)], TERMS)

    assert choices == [Choice(after[0]), Choice(after[1])]


@pytest.mark.parametrize("trust", ["changed", "unlisted"])
def test_a_report_that_is_not_trusted_explains_no_loss(trust: Trust) -> None:
    """What it says of its events is never compared with."""
    before = [counted(day=19, errors=1), counted(day=20, errors=1)]
    after = [counted(day=19), counted(day=20, events=11)]
    forged = day_of_summary(before[1], trust=trust, sha256="a" * 64)

    first, _ = choose([case(before[0], after[0]), case(forged, after[1])], TERMS)

    assert first.losses == ("records 11, now 10",)


def test_a_rejected_record_that_was_removed_is_a_loss() -> None:
    """No day has an event more."""
    before = [counted(day=19, errors=1), counted(day=20, errors=1)]
    after = [counted(day=19), counted(day=20)]

    choices = choose([case(*pair) for pair in zip(before, after, strict=True)], TERMS)

    assert [choice.losses for choice in choices] == [("records 11, now 10",)] * 2


def test_a_day_between_that_lost_nothing_ends_the_search() -> None:
    """A record that stood in both days stood in every day between them, too."""
    before = [counted(day=18, errors=1), counted(day=19), counted(day=20, errors=1)]
    after = [counted(day=18), counted(day=19), counted(day=20, events=11)]

    choices = choose([case(*pair) for pair in zip(before, after, strict=True)], TERMS)

    assert [choice.losses for choice in choices] == [("records 11, now 10",), (), ()]


def untimed(
    day: int, *, events: int = 10, standing: int = 0, earlier: int = 0, future: int = 0
) -> Summary:
    """Return the summary of a day with so many events, others without a time, and some elsewhere.

    Args:
        day: The day of December.
        events: The number of events in the window.
        standing: The number of events without a time, all of which stand in the window.
        earlier: The number of events before the window.
        future: The number of events after the window.
    """
    total = events + standing + earlier + future
    books = coverage(
        in_window=events,
        untimed=standing,
        untimed_in_window=standing,
        future=future,
        events=total,
        lines=total,
    )
    return counted(day=day, coverage=books)


def test_records_that_are_now_events_of_several_days_are_no_loss() -> None:
    """Records without a time stand in all days, and each gets a time of another day."""
    before = [untimed(day, standing=3) for day in (18, 19, 20)]
    after = [untimed(day, events=11) for day in (18, 19, 20)]

    choices = choose([case(*pair) for pair in zip(before, after, strict=True)], TERMS)

    assert choices == [Choice(each) for each in after]


def test_one_of_several_records_that_was_removed_is_a_loss() -> None:
    """The days have fewer new events than each of them has lost records without a time."""
    before = [untimed(day, standing=3) for day in (18, 19, 20)]
    after = [untimed(day, events=events) for day, events in ((18, 11), (19, 10), (20, 11))]

    choices = choose([case(*pair) for pair in zip(before, after, strict=True)], TERMS)

    assert [choice.losses for choice in choices] == [
        ("records 13, now 11",),
        ("records 13, now 10",),
        ("records 13, now 11",),
    ]


def test_records_that_stood_before_the_range_may_be_events_of_days_before_it() -> None:
    """Other settings gave them a time; with the same settings, other events arrived late."""
    before = [untimed(day, standing=3, earlier=5) for day in (19, 20)]
    after = [untimed(day, events=11, earlier=6) for day in (19, 20)]
    other = [of_settings("1" * 64, each) for each in after]
    less = [of_settings("1" * 64, untimed(day, events=11, earlier=5)) for day in (19, 20)]

    def losses_of(counts: list[Summary]) -> list[tuple[str, ...]]:
        pairs = zip(before, counts, strict=True)
        return [choice.losses for choice in choose([case(*pair) for pair in pairs], TERMS)]

    assert losses_of(other) == [(), ()]
    assert [texts[0] for texts in losses_of(after)] == ["records 13, now 11"] * 2
    assert losses_of(less) == [("records 13, now 11",)] * 2


def test_only_other_settings_explain_records_that_stood_before_the_range() -> None:
    """A report without settings does not say what it was made with."""
    stored = replace(untimed(20, standing=1), settings=None)

    assert chosen(case(stored, untimed(20, events=10))).losses == ("records 11, now 10",)


def test_events_before_a_range_are_counted_exactly() -> None:
    """Events of legacy sources, those of later days and those without a time are not before it."""

    def losses_of(before: Summary, after: Summary) -> tuple[str, ...]:
        return chosen(case(before, of_settings("1" * 64, after))).losses

    def booked(standing: int, **more: int) -> Summary:
        """Return a summary of 10 events, and of 3 of a legacy source, in the window."""
        legacy = more.get("legacy", 3)
        events = 10 + legacy + standing + more.get("earlier", 0) + more.get("future", 0)
        return counted(
            coverage=books(
                legacy_in_window=legacy,
                untimed=standing,
                untimed_in_window=standing,
                future=more.get("future", 0),
                events=events,
                lines=events,
            ),
            understanding=Understanding(unpacked=more.get("unpacked", 0)),
        )

    one_less = ("records 11, now 10",)
    assert losses_of(booked(1), booked(0, earlier=1)) == ()
    assert losses_of(booked(1), booked(0)) == one_less
    assert losses_of(booked(1), booked(0, future=1)) == one_less
    assert losses_of(booked(2), booked(0, legacy=4)) == ("records 12, now 10",)
    # A line with several events is one event of the coverage: then nothing is known.
    assert losses_of(booked(1, unpacked=1), booked(0, unpacked=1, earlier=1)) == one_less
    assert losses_of(booked(1), booked(0, unpacked=1)) == one_less
    assert losses_of(replace(booked(1), understanding=None), booked(0, earlier=1)) == ()
    assert losses_of(booked(1, unpacked=1, earlier=1), booked(0, earlier=1)) == ()


def test_nothing_is_chosen_of_no_days() -> None:
    """A command without days keeps all reports."""
    assert choose([], TERMS) == []


def test_events_after_the_range_explain_no_loss() -> None:
    """Writers go on, so that events after a window become more by themselves."""
    before = [untimed(day, standing=3, future=5) for day in (19, 20)]
    after = [untimed(day, events=11, future=99) for day in (19, 20)]

    choices = choose([case(*pair) for pair in zip(before, after, strict=True)], TERMS)

    assert [choice.losses for choice in choices] == [("records 13, now 11",)] * 2


@settings(max_examples=examples(200))
@given(records=st.lists(st.tuples(*[st.integers(16, 20)] * 3).map(sorted), max_size=6))
def test_records_that_all_got_a_time_are_never_a_loss(records: list[list[int]]) -> None:
    """Each stood from a first to a last day, and is an event of a day between them."""
    days = range(16, 21)
    before = [
        untimed(day, standing=sum(first <= day <= last for first, _, last in records))
        for day in days
    ]
    after = [untimed(day, events=10 + sum(day == own for _, own, _ in records)) for day in days]

    choices = choose([case(*pair) for pair in zip(before, after, strict=True)], TERMS)

    assert [choice.losses for choice in choices] == [()] * 5


@settings(max_examples=examples(200))
@given(found=st.lists(st.integers(16, 20), max_size=6), removed=st.integers(1, 2))
def test_a_removed_record_is_a_loss_of_all_days_in_which_it_stood(
    found: list[int], removed: int
) -> None:
    """The others of its file got times of any of these days."""
    days = range(16, 21)
    before = [untimed(day, standing=len(found) + removed) for day in days]
    after = [untimed(day, events=10 + found.count(day)) for day in days]

    choices = choose([case(*pair) for pair in zip(before, after, strict=True)], TERMS)

    assert all(choice.losses for choice in choices)


# --- property ------------------------------------------------------------------------------------

SMALL = st.integers(0, 3)


@st.composite
def summaries(draw: st.DrawFn) -> Summary:
    """Draw a summary with few numbers, of one of two settings."""
    events = draw(SMALL)
    made = counted(
        coverage=books(
            events,
            untimed_in_window=draw(SMALL),
            complete=draw(st.booleans()),
        ),
        metrics=metrics(
            critical_alerts=draw(SMALL),
            new_alerts=draw(SMALL),
            parse_errors=draw(SMALL),
            operator_actions=draw(SMALL),
        ),
        understanding=Understanding(
            unknown_severity=draw(SMALL), untimed_serious=draw(SMALL), danger=draw(SMALL)
        ),
    )
    return of_settings(draw(st.sampled_from(["0" * 64, "1" * 64, None])), made)


@settings(max_examples=examples(300))
@given(stored=summaries(), count=summaries())
def test_a_stored_critical_is_never_replaced_by_fewer(stored: Summary, count: Summary) -> None:
    """Unless the settings differ, what is written shows as many criticals as what it replaces."""
    choice = chosen(case(stored, count))
    written = choice.write or stored

    same = stored.settings == count.settings or not (stored.settings and stored.settings.digest)
    if same:
        assert written.metrics.critical_alerts >= stored.metrics.critical_alerts
    if count.metrics.critical_alerts <= stored.metrics.critical_alerts:
        assert bool(choice.losses) == (written.lost is not msgspec.UNSET or choice.aged)


@settings(max_examples=examples(100))
@given(stored=summaries())
def test_the_same_count_changes_nothing(stored: Summary) -> None:
    """A run over the same telemetry leaves every report as it is."""
    assert chosen(case(stored, stored)) == Choice(None)
