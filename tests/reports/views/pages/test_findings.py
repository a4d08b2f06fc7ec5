"""The findings of a verdict on a page: what to do, with links to the evidence."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import htpy as h
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.config import Config
from peaktrade_ops.reports.views.pages.findings import (
    EVIDENCE,
    MOST_GROUPS,
    Targets,
    let_pass,
    what_to_do,
)
from peaktrade_ops.reports.views.pages.snapshot import Neighbours, snapshot_page
from peaktrade_ops.stage1.models import Finding, Understanding
from peaktrade_ops.stage1.rules import RULES
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.text import printable
from peaktrade_ops.window import window_until
from tests.support.artifacts import (
    DAY,
    END,
    coverage,
    days_until,
    metrics,
    named_everywhere,
    quiet_days,
    summary,
)
from tests.support.html import parse, text_of, texts

if TYPE_CHECKING:
    from peaktrade_ops.stage1.models import Rollups

pytestmark = pytest.mark.one_python

PAGE = f"{DAY}_snapshot.html"
NOWHERE = Targets({}, {}, {})
ROLLUPS = build_trend(quiet_days(), window=window_until(END), config=Config()).rollups


def rollups(*findings: Finding) -> Rollups:
    """Make the rollups of a HOLD with findings."""
    return msgspec.structs.replace(ROLLUPS, go_no_go="HOLD", findings=findings)


def shown(*findings: Finding, targets: Targets = NOWHERE) -> str:
    """Render what to do about findings."""
    return str(h.div[list(what_to_do(rollups(*findings), targets))])


def finding(rule: str = "any", *days: date, hint: str = "mend it") -> Finding:
    """Make a finding on days."""
    return Finding(rule, "HOLD", days or (DAY,), "something is wrong", hint)


def test_each_finding_says_what_is_wrong_where_and_what_to_do() -> None:
    """A finding is an item with its text, its days, the sentence of its hint, and its lines."""
    page = shown(finding(hint='name it\n[severity]\nmap."risk" = "warn"'))

    assert texts(page, ".todo > li > .why") == [f"something is wrong: {DAY}"]
    assert texts(page, ".todo > li > .hint") == ["name it"]
    [lines] = parse(page).css(".todo > li > pre")
    assert lines.text() == '[severity]\nmap."risk" = "warn"'


def test_the_lines_that_accept_a_finding_are_folded_away() -> None:
    """Acceptance is the last resort: its lines, with their comment, open by a click."""
    hint = (
        "mend it\n[alerts]\ndanger = []\n# or only for this day:\n"
        '[[accepted]]\ndate = 2025-12-20\nrule = "danger"'
    )
    page = shown(finding("danger", hint=hint))

    [mending] = parse(page).css("li > pre")
    [accepting] = parse(page).css("li > details pre")
    assert mending.text() == "[alerts]\ndanger = []"
    assert accepting.text().startswith("# or only for this day:\n[[accepted]]\n")
    assert texts(page, "summary") == ["The 4 lines of stage1.toml that would accept it"]


def test_a_finding_without_a_hint_has_none() -> None:
    """A finding of another program without a hint has neither a sentence nor lines."""
    page = shown(finding(hint=""))

    assert not parse(page).css(".hint, pre, details")


def test_a_day_leads_to_its_evidence() -> None:
    """A day leads to the place on its page that shows what the rule objects to."""
    critical = summary(metrics=metrics(critical_alerts=1))
    targets = Targets({}, {f"{DAY}": PAGE}, {DAY: critical})

    assert targets.of(DAY, "critical") == f"{PAGE}#critical"


def test_a_day_without_such_evidence_leads_to_its_page() -> None:
    """A rule without evidence, a day without it and a day without a summary lead to the page."""
    reports = {f"{DAY}": PAGE}

    assert Targets({}, reports, {DAY: summary()}).of(DAY, "gap") == PAGE
    assert Targets({}, reports, {DAY: summary()}).of(DAY, "critical") == PAGE
    assert Targets({}, reports, {}).of(DAY, "critical") == PAGE


def test_a_day_without_a_page_leads_to_its_row() -> None:
    """A day without a report leads to its row on the same page; any other day has no link."""
    assert Targets({f"{DAY}": "#day"}, {}, {}).of(DAY, "missing") == "#day"
    assert NOWHERE.of(DAY, "missing") is None


@pytest.mark.parametrize("rule", EVIDENCE)
def test_the_page_of_a_day_has_the_evidence(rule: str) -> None:
    """Every place that a finding leads to is there on the page of the day."""
    remade = summary(
        coverage=coverage(in_window=0, events=0, lines=0), remade=True, understanding=None
    )
    days = [
        msgspec.structs.replace(named_everywhere("x"), aged=msgspec.UNSET),
        remade,
        summary(understanding=Understanding(legacy_critical=1)),
    ]
    found = 0
    for each in days:
        target = Targets({}, {f"{DAY}": PAGE}, {DAY: each}).of(DAY, rule)
        assert target
        _, _, anchor = target.partition("#")
        if anchor:
            found += 1
            assert parse(snapshot_page(each, Neighbours())).css_first(f"#{anchor}") is not None
    assert found


def test_every_rule_with_evidence_is_a_rule() -> None:
    """The names of the table are those of the rules."""
    assert EVIDENCE.keys() < {rule.name for rule in RULES}


def test_neighbouring_days_are_one_range_of_two_links() -> None:
    """Neighbouring days are shown as one range with links to its ends."""
    days = days_until(DAY, 14)
    targets = Targets({f"{day}": f"#{day}" for day in days}, {}, {})
    page = shown(finding("any", *days), targets=targets)

    assert texts(page, ".why a") == [f"{days[0]}", f"{days[-1]}"]
    assert f"{days[0]} to {days[-1]}" in text_of(parse(page).css_first(".why"))


def test_the_last_of_many_days_are_folded_away() -> None:
    """Only the first days are in sight; the others open by a click, and none is lost."""
    days = [DAY + timedelta(days=2 * i) for i in range(MOST_GROUPS + 5)]
    targets = Targets({f"{day}": f"#{day}" for day in days}, {}, {})
    page = shown(finding("any", *days), targets=targets)

    assert texts(page, ".why > a") == [f"{day}" for day in days[:MOST_GROUPS]]
    assert texts(page, ".why details a") == [f"{day}" for day in days[MOST_GROUPS:]]
    assert texts(page, "summary") == ["and 5 more"]


def test_one_more_day_is_not_folded_away() -> None:
    """A single day more is shown, because its fold would need as much room."""
    days = [DAY + timedelta(days=2 * i) for i in range(MOST_GROUPS + 1)]

    assert not parse(shown(finding("any", *days))).css("details")


def test_a_go_has_only_its_reasons() -> None:
    """A trend without findings shows its reasons as sentences."""
    page = str(h.div[list(what_to_do(rollups(), NOWHERE))])

    assert texts(page, "li") == ["all checks passed"]
    assert "What to do" not in page


def test_what_is_let_pass_links_to_its_days() -> None:
    """What a verdict let pass is a list of sentences with links to their days."""
    targets = Targets({f"{DAY}": "#day"}, {}, {})
    page = str(let_pass([Finding("new_alerts", "GO", (DAY,), "1 new alert", "")], targets))

    assert texts(page, "li") == [f"1 new alert: {DAY}"]
    assert texts(page, "li a") == [f"{DAY}"]


@given(
    st.text(max_size=40)
    | st.sampled_from(["<h1>GO</h1>", "2025-13-45", "2025-12-20", "\u202e", "a\n[[accepted]]\n<b>"])
)
def test_a_finding_is_text(text: str) -> None:
    """A finding is shown as text, and days outside of the range have no link."""
    page = shown(Finding("any", "HOLD", (date(1999, 1, 1),), text, text))

    [item] = parse(page).css("li")
    [why] = item.css(".why")
    sentence, *lines = map(printable, text.split("\n"))
    assert why.text() == f"{printable(text)}: 1999-01-01"
    assert [each.text() for each in item.css(".hint")] == ([sentence] if sentence else [])
    assert "\n".join(each.text() for each in item.css("pre")) == "\n".join(lines)
    assert {node.tag for node in item.css("*")} <= {
        "li",
        "bdi",
        "div",
        "p",
        "pre",
        "details",
        "summary",
    }
