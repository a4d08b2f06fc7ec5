"""Tests of `peaktrade_ops.stage1.losses`: what a count shows less of than a report."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from peaktrade_ops.stage1.day import (
    day_of_summary,
)
from peaktrade_ops.stage1.keep import Case, Choice, choose
from peaktrade_ops.stage1.losses import (
    faults_in,
    losses,
    shows_all_that_objects,
    shows_more,
)
from peaktrade_ops.stage1.models import (
    Coverage,
    LeftOut,
    ScannedFolder,
    Summary,
    Understanding,
)
from peaktrade_ops.stage1.settings import digest_of
from tests.stage1.choosing import (
    LATE,
    MORE,
    SERIOUS,
    TERMS,
    books,
    case,
    chosen,
    counted,
    of_scope,
    of_settings,
)
from tests.support.artifacts import (
    DAY,
    coverage,
    end_of,
    metrics,
    summary,
)

if TYPE_CHECKING:
    from datetime import datetime

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

        # What the second report hides is named too.
        more = ("alerts 0, now 1",) if late.new_alerts else ()
        assert [choice.losses for choice in choices] == [less, (*more, *less)]


def test_an_event_that_is_no_longer_ahead_is_no_loss() -> None:
    """The clock goes on, and then it is an event of another window."""
    stored = counted(understanding=Understanding(ahead_serious=1))

    assert chosen(case(stored, counted())) == Choice(counted())


NOON = end_of(DAY, 12)


@pytest.mark.parametrize("last", [None, NOON - timedelta(microseconds=1)])
def test_an_event_that_is_still_ahead_and_not_there_any_more_is_a_loss(
    last: datetime | None,
) -> None:
    """The last event of all shows it: it was ahead, and nothing so late is there now."""
    stored = summary(coverage=coverage(last=NOON), understanding=Understanding(ahead_serious=2))
    count = summary(coverage=coverage(last=last), understanding=Understanding(ahead_serious=1))
    lost = ("serious ahead of the clock 2, now 1",)

    assert losses(stored, count, ahead=NOON) == lost
    assert losses(stored, count, ahead=NOON - timedelta(hours=1)) == lost
    # Now it is no longer ahead, or nothing can be.
    assert losses(stored, count, ahead=NOON + timedelta(microseconds=1)) == ()
    assert losses(stored, count) == ()
    # It is there still, or events of other severities went.
    there = replace(count, coverage=coverage(last=NOON))
    assert losses(stored, there, ahead=NOON) == ()
    same = replace(count, understanding=Understanding(ahead_serious=2))
    assert losses(stored, same, ahead=NOON) == ()
    # By other settings it may be something else.
    other = of_settings("1" * 64, count)
    assert losses(of_settings("0" * 64, stored), other, ahead=NOON) == ()
    assert losses(replace(stored, coverage=coverage(last=None)), count, ahead=NOON) == ()


def test_a_loss_of_events_ahead_ends_with_their_time() -> None:
    """Until then the report stays; then the count takes its place."""
    stored = summary(coverage=coverage(last=NOON), understanding=Understanding(ahead_serious=1))
    count = summary(coverage=coverage(last=None))

    held = chosen(case(stored, count), replace(TERMS, ahead=NOON))

    assert held.write == replace(stored, lost=("serious ahead of the clock 1, now 0",))
    later = replace(TERMS, ahead=NOON + timedelta(hours=1))
    assert chosen(case(held.write, count), later) == Choice(count)


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


def test_with_other_settings_only_records_are_compared() -> None:
    """Another configuration may take a critical event for something else."""
    stored = of_settings("1" * 64, counted(metrics=metrics(critical_alerts=1)))

    assert losses(stored, counted()) == ()
    assert losses(stored, counted(events=9)) == ("records 10, now 9",)
    for more in ({"metrics": metrics(new_alerts=1)}, {"understanding": Understanding(danger=1)}):
        assert losses(of_settings("1" * 64, counted(**more)), counted()) == ()


def test_what_has_no_books_is_compared_as_far_as_it_goes() -> None:
    """Markdown of the earlier scripts that became a summary with a loss has none."""
    kept = replace(counted(), coverage=None, settings=None, lost=("folder alerts",))
    there = counted(coverage=books(folders=(ScannedFolder("alerts", 1, 1, 1, 1),)))

    assert chosen(case(kept, counted())).losses == ("folder alerts",)
    assert chosen(case(kept, there)).losses == ()


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


@pytest.mark.parametrize(
    ("lost", "faults"),
    [
        ((), 0),
        (("records 2, now 1",), 1),
        (("records 2, now 1", "critical 1, now 0", "folder a"), 1),
        (("records 2, now 1", "folder a.zip: archive"), 2),
        (("records 2, now 1", "folder a: b"), 2),
        (("a.zip: archive",), 1),
        (("a.zip: archive", "b: c.zip: archive", "records 2, now 1"), 3),
        (("dangers 0, now 2",), 2),
        (("dangers 0, now 2", "alerts 1, now 2", "folder a"), 4),
        (("of another form",), 1),
    ],
)
def test_what_a_report_hides_is_counted_apart_from_what_is_gone(
    lost: tuple[str, ...], faults: int
) -> None:
    """An accepted loss would else hide a file that came later, or a danger."""
    assert faults_in(lost) == faults


def test_of_a_report_without_a_summary_every_event_ahead_is_more() -> None:
    """Old Markdown knows of none."""
    day = replace(day_of_summary(counted()), summary=None)

    assert shows_more(day, counted(understanding=Understanding(ahead_serious=1)))
    assert not shows_more(day, counted())


@pytest.mark.parametrize(
    ("stored", "count", "expected"),
    [
        (coverage(), coverage(), True),
        (coverage(complete=False), coverage(), False),
        (coverage(complete=False), coverage(complete=False), True),
        (coverage(complete=False), None, True),
        (coverage(), coverage(complete=False), True),
    ],
)
def test_what_was_left_out_is_shown_by_what_is_incomplete_too(
    stored: Coverage, count: Coverage | None, *, expected: bool
) -> None:
    """A complete count hides that a path was left out."""
    day = day_of_summary(counted(coverage=stored))

    assert shows_all_that_objects(day, counted(coverage=count)) is expected


@pytest.mark.parametrize("key", ["expect", "expect_events"])
def test_what_either_key_newly_expects_is_no_loss(key: str) -> None:
    """A file can be expected by one of them alone."""
    left_out = (LeftOut("new/*", "expected and missing", "incomplete"),)
    stored = expecting(counted())
    count = expecting(counted(coverage=books(complete=False, left_out=left_out)))
    assert count.settings
    sources = replace(count.settings.sources, **{key: ("new/*",)})
    changed = replace(count.settings, sources=sources)
    newly = replace(count, settings=replace(changed, digest=digest_of(changed)))

    assert losses(stored, newly) == ()
    assert losses(stored, count) == ("new/*: expected and missing",)
