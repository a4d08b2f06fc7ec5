"""Tests of `peaktrade_ops.stage1.keep`: no report is lost to a poorer one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from peaktrade_ops.stage1.day import (
    day_of_summary,
    gone_day,
    missing_day,
    unreadable_day,
    with_row,
)
from peaktrade_ops.stage1.keep import Case, Choice, Terms, choose, full_row_of
from peaktrade_ops.stage1.models import (
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
    end_of,
    metrics,
    old_markdown,
    summary,
    trend,
)
from tests.support.examples import examples

if TYPE_CHECKING:
    from peaktrade_ops.stage1.day import Day

from tests.stage1.choosing import LATE, MORE, TERMS, books, case, chosen, counted, of_settings

# --- critical events


def test_a_critical_alert_does_not_hide_behind_a_loss() -> None:
    """A count with more critical alerts is stored with its losses, and the verdict is NO_GO."""
    count = counted(events=9, metrics=metrics(critical_alerts=2))
    lost = msgspec.structs.replace(count, lost=("records 10, now 9",))

    assert chosen(case(counted(), count)) == Choice(lost)
    assert chosen(case(counted(), count), LATE) == Choice(lost)
    marked = msgspec.structs.replace(lost, remade=True)
    assert chosen(case(counted(remade=True), count)) == Choice(marked)


@pytest.mark.parametrize("name", [name for name in MORE if name not in {"critical", "actions"}])
def test_nothing_that_objects_hides_behind_an_accepted_loss(name: str) -> None:
    """It would never count, because a loss that is accepted does not end."""
    some = MORE[name]
    stored = counted()
    count = msgspec.structs.replace(counted(), **some)
    count = msgspec.structs.replace(
        count, coverage=replace(books(9), untimed_critical=int(name == "criticals without a time"))
    )
    accepted = replace(TERMS, accepted=frozenset({DAY}))
    lost = msgspec.structs.replace(count, lost=("records 10, now 9",))

    assert chosen(case(stored, count), accepted) == Choice(lost)
    # One that is not accepted objects by itself, and the report stays.
    for terms in (TERMS, replace(TERMS, accepted=frozenset({YESTERDAY}))):
        choice = chosen(case(stored, count), terms)
        assert choice.write == msgspec.structs.replace(stored, lost=("records 10, now 9",))


@pytest.mark.parametrize(
    "shown",
    [
        {"metrics": metrics(critical_alerts=1)},
        {"metrics": metrics(new_alerts=2)},
        {"metrics": metrics(parse_errors=1)},
        {"understanding": Understanding(unread_severity=1)},
        {"coverage": replace(books(10), complete=False)},
    ],
)
def test_what_the_report_shows_does_not_give_way_to_what_an_accepted_loss_hides(
    shown: dict[str, Any],
) -> None:
    """A count that lacks something that objects would make the verdict milder."""
    stored = msgspec.structs.replace(counted(), **shown)
    count = counted(events=9, understanding=Understanding(danger=1))

    choice = chosen(case(stored, count), replace(TERMS, accepted=frozenset({DAY})))

    assert choice.write == msgspec.structs.replace(stored, lost=choice.losses)
    # It is not accepted with the loss.
    assert choice.losses[0] == "dangers 0, now 1"
    assert any(text.startswith("records ") for text in choice.losses)
    assert chosen(case(choice.write, count)) == Choice(None, choice.losses)


def test_what_old_markdown_hides_is_named_too() -> None:
    """Markdown has alerts that the count lacks, and no place for the danger that it shows."""
    day = day_of_old_markdown(DAY, old_markdown(severities="[('info', 7)]"))
    count = summary(understanding=Understanding(danger=2), metrics=metrics(operator_actions=1))

    choice = chosen(case(day, count))

    assert choice.write
    assert choice.write.lost == ("dangers 0, now 2", "alerts 2, now 0")


def test_a_critical_alert_does_not_hide_behind_old_markdown() -> None:
    """Markdown of the earlier scripts gives way in the same case."""
    day = day_of_old_markdown(DAY, old_markdown(severities="[('info', 7)]"))
    count = summary(metrics=metrics(new_alerts=1, critical_alerts=1, operator_actions=1))

    choice = chosen(case(day, count))

    assert choice == Choice(msgspec.structs.replace(count, lost=("alerts 2, now 1",)))


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


def test_what_the_day_before_does_not_contain_lies_in_the_later_window() -> None:
    """Nothing of it is left out."""
    each = moving()
    quiet = replace(eve(), now=summary(end_of(YESTERDAY, 10)))

    assert choose([each], TERMS, [quiet]) == [Choice(each.now)]


def test_a_report_of_the_day_before_is_compared_with_the_count_of_its_own_window() -> None:
    """By that count it shows less than there was, so that it vouches for nothing."""
    each = moving()
    late, more = (
        summary(end_of(YESTERDAY, 11), metrics=metrics(critical_alerts=count)) for count in (1, 2)
    )
    whole = replace(eve(late), then=late)
    poor = replace(whole, then=more)
    unknown = replace(whole, then=None)

    assert choose([each], TERMS, [whole]) == [Choice(each.now)]
    for before in (poor, unknown):
        assert choose([each], TERMS, [before]) == [Choice(None, first=YESTERDAY)]


def test_a_quiet_later_window_waits_too() -> None:
    """It shows no critical event that could not wait, and would leave out the danger."""
    danger = Understanding(danger=1)
    early = summary(end_of(DAY, 8), understanding=danger)
    each = Case(day_of_summary(early), summary(end_of(DAY, 10)), early, None)
    before = replace(eve(), now=summary(end_of(YESTERDAY, 10), understanding=danger))

    assert choose([each], TERMS, [before]) == [Choice(None, first=YESTERDAY)]


def test_a_report_that_was_made_again_keeps_its_mark_in_every_case() -> None:
    """With losses, in its own window, and where a critical event cannot wait."""
    danger = Understanding(danger=1)
    early = summary(end_of(DAY, 8), understanding=danger, remade=True)
    late = summary(end_of(DAY, 10), metrics=ONE)
    more = replace(early, metrics=metrics(new_alerts=1), remade=msgspec.UNSET)
    stained = counted(remade=True, lost=("dangers 1, now 0",), metrics=ONE)

    cases = [
        Case(day_of_summary(early), late, replace(early, remade=msgspec.UNSET), None),
        Case(day_of_summary(early), summary(end_of(DAY, 7)), more, None),
        case(stained, counted(metrics=metrics(critical_alerts=1, new_alerts=1))),
    ]
    before = replace(eve(), now=summary(end_of(YESTERDAY, 10), understanding=danger))
    written = [choose([each], TERMS, [before])[0].write for each in cases]

    assert [each and (each.created_at_utc, each.remade) for each in written] == [
        (late.created_at_utc, True),
        (early.created_at_utc, True),
        (stained.created_at_utc, True),
    ]


def test_a_report_that_is_not_written_shows_the_next_day_nothing() -> None:
    """A command that marks nothing leaves such a report out, and the next day must know."""
    friday, saturday = DAY - timedelta(days=2), DAY - timedelta(days=1)
    danger = Understanding(danger=1)
    before = Case(
        missing_day(friday), summary(end_of(friday, 10), understanding=danger), None, None
    )
    early = summary(end_of(saturday, 8), understanding=danger)
    waits = Case(day_of_summary(early), summary(end_of(saturday, 10), metrics=ONE), early, None)
    each = moving()

    marked = choose([waits, each], TERMS, [before])
    unmarked = choose([waits, each], TERMS, [before], marks=False)

    assert [choice.write is not None for choice in marked] == [True, True]
    assert [choice.write for choice in unmarked] == [None, None]
    assert [choice.first for choice in unmarked] == [friday, saturday]


def test_a_command_that_marks_nothing_leaves_each_report_that_would_get_a_mark() -> None:
    """That is one of which something is lost, and one that waits for the day before."""
    poor = case(counted(metrics=ONE), counted())
    more = summary(end_of(DAY, 8), metrics=metrics(critical_alerts=2))
    waits = replace(moving(), then=more)

    for each, before in ((poor, []), (waits, [eve()])):
        [marked] = choose([each], TERMS, before)
        [unmarked] = choose([each], TERMS, before, marks=False)
        assert marked.write is not None
        assert unmarked == replace(marked, write=None)


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

    assert (aged.aged, aged.is_mark) == (True, True)
    assert aged.write == msgspec.structs.replace(stored, aged=True, lost=msgspec.UNSET)
    assert not chosen(
        case(stored, count), msgspec.structs.replace(LATE, range_end=END + timedelta(days=7))
    ).aged


def test_a_report_that_has_aged_out_already_stays_as_it_is() -> None:
    """Its losses are told at every run."""
    stored = counted(aged=True)

    choice = chosen(case(stored, counted(events=3)), LATE)

    assert choice == Choice(None, ("records 10, now 3",), aged=True)


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


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ("not_understood", "unread_severity"),
        ("danger", "danger"),
        ("critical_actions", "critical_actions"),
        ("legacy_critical", "legacy_critical"),
    ],
)
def test_an_unlisted_report_that_lacks_what_the_trend_found_is_made_again_with_a_mark(
    rule: str, field: str
) -> None:
    """It is an older copy, and the report that the trend was made from is gone."""
    copy = day_of_summary(counted(), trust="unlisted", sha256="a")
    row = TrendRow(DAY, 0, 0, 0, 0, records=10)
    marked = counted(remade=True)

    assert chosen(case(with_row(copy, row, objections={rule}), counted())) == Choice(marked)
    assert chosen(case(with_row(copy, row), counted())) == Choice(counted())
    # One of the two shows it.
    graver = counted(understanding=replace(Understanding(), **{field: 1}))
    assert chosen(case(with_row(copy, row, objections={rule}), graver)) == Choice(graver)
    own = day_of_summary(of_settings("b" * 64, graver), trust="unlisted", sha256="a")
    assert chosen(case(with_row(own, row, objections={rule}), counted())) == Choice(counted())


def test_an_unlisted_report_with_fewer_parse_errors_than_its_row_is_made_again_with_a_mark() -> (
    None
):
    """So is a day without a file, of which the trend had a row."""
    row = TrendRow(DAY, 0, 0, 1, 0, records=10)
    copy = with_row(day_of_summary(counted(), trust="unlisted", sha256="a"), row)
    gone = with_row(gone_day(DAY, "unlisted"), row)

    for day in (copy, gone):
        assert chosen(case(day, counted())) == Choice(counted(remade=True))
        assert chosen(case(day, counted(errors=1))) == Choice(counted(errors=1))


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

    assert choice.losses == ("parse errors 0, now 1", "alerts 2, now 1")
    assert choice.is_mark
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
