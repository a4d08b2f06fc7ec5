"""Tests of `peaktrade_ops.stage1.classify`."""

from __future__ import annotations

import copy
import pickle

import msgspec
import pytest

from peaktrade_ops.config import (
    Alerts,
    Config,
    Fields,
    Format,
    FormatKeys,
    SeverityRules,
    Sources,
)
from peaktrade_ops.formats import reading_of
from peaktrade_ops.stage1.classify import Stage1Classifier
from peaktrade_ops.stage1.kind_aspect import KindAspect
from peaktrade_ops.stage1.names import (
    ALERTS,
    CRITICALS,
    DANGER_WORDS,
    LEGACY_CRITICAL,
    UNKNOWN_SEVERITY,
)
from peaktrade_ops.stage1.rule_aspect import RuleAspect
from peaktrade_ops.telemetry.records.keys import wanted_keys
from tests.stage1.helpers import (
    classes_of,
)


def test_events_of_legacy_sources_do_not_count_but_their_criticals_object() -> None:
    """Only what is critical, unknown, unread or a danger is marked, actions too."""
    classifier = Stage1Classifier(Config())
    assert not classifier.kind_of("live_runs/alerts/2024/a.jsonl").is_counted
    assert classifier.kind_of("logs/alerts.jsonl").is_counted

    classes = classes_of(
        "live_runs/alerts/a.jsonl",
        '{"type":"ack","severity":"fatal"}',
        '{"severity":"halt"}',
        '{"state":"critical"}',
        '{"type":"liquidation"}',
        '{"type":"alert","severity":"error"}',
        '{"type":"ack"}',
    )

    assert [each.marks for each in classes] == [(LEGACY_CRITICAL,)] * 4 + [()] * 2
    assert {(each.names, each.exhibits, each.untimed_exhibits) for each in classes} == {
        ((), (), ())
    }


def test_rules_are_read_of_events_that_count_only() -> None:
    """No report shows the rule of an event of a legacy source."""
    classifier = Stage1Classifier(Config())
    types = [
        [type(each) for each in classifier.kind_of(path).aspects]
        for path in ("a.jsonl", "live_runs/alerts/a.jsonl")
    ]

    assert types == [[KindAspect, RuleAspect], [KindAspect]]


def test_an_alert_log_is_classified_by_its_name() -> None:
    """The same record is an alert in an alert file only."""
    alerts = [
        ALERTS in each.marks
        for path in ("logs/alerts.jsonl", "logs/a.jsonl")
        for each in classes_of(path, '{"type":"tick"}')
    ]

    assert alerts == [True, False]


def test_files_are_read_by_the_first_format_that_matches() -> None:
    """Files that are read alike share what is known of them."""
    formats = (Format(files=("a/*",), unpack=("x",)), Format(files=("**",), embedded=("y",)))
    classifier = Stage1Classifier(Config(formats=formats))

    assert classifier.kind_of("a/b").unpack == ("x",)
    assert classifier.kind_of("b/c").embedded == ("y",)
    assert classifier.kind_of("b/c") is classifier.kind_of("b/d")


def test_each_format_has_its_own_scale() -> None:
    """A number means what the format of its file says; without a format it is unknown."""
    formats = (
        Format(files=("p/*",), severity=SeverityRules(scale="pino")),
        Format(files=("s/*",), severity=SeverityRules(scale="syslog")),
    )
    classifier = Stage1Classifier(Config(formats=formats))
    lines = ('{"level":60}', '{"level":1}')
    marks = {
        path: [each.marks[0] for each in classes_of(path, *lines, classifier=classifier)]
        for path in ("p/x.jsonl", "s/x.jsonl", "x.jsonl")
    }

    assert marks == {
        "p/x.jsonl": [CRITICALS, UNKNOWN_SEVERITY],
        "s/x.jsonl": [UNKNOWN_SEVERITY, CRITICALS],
        "x.jsonl": [UNKNOWN_SEVERITY, UNKNOWN_SEVERITY],
    }


def test_a_file_is_read_as_its_reading_says() -> None:
    """The reading of the file comes from its format, and a scan asks for parts of it."""
    layout = Format(
        files=("**",),
        fields=FormatKeys(time=("t",), text=("m",)),
        unpack=("x",),
        embedded=("y",),
    )
    config = Config(formats=(layout,))
    kind = Stage1Classifier(config).kind_of("a.jsonl")

    assert kind.reading == reading_of(config, layout)
    assert (kind.time_keys, kind.text_keys) == (("t",), ("m",))
    assert (kind.unpack, kind.embedded) == (("x",), ("y",))


def test_files_whose_events_can_count_otherwise_have_another_fingerprint() -> None:
    """A cache keeps counts under it: of one file, and of files that are read alike."""
    layouts = (
        Format(files=("t/*",), fields=FormatKeys(time=("t",))),
        Format(files=("m/*",), severity=SeverityRules(map={"halt": "critical"})),
        Format(files=("s/*",), severity=SeverityRules(scale="pino")),
    )
    config = Config(formats=layouts, sources=Sources(legacy=("old/*",)))
    paths = ("a", "alert", "old/a", "old/alert", "t/a", "m/a", "s/a")
    prints = [Stage1Classifier(config).kind_of(path).fingerprint for path in paths]
    others = Stage1Classifier(msgspec.structs.replace(config, alerts=Alerts(danger=("halt",))))
    again = [Stage1Classifier(config).kind_of(f"{path}s").fingerprint for path in paths]

    assert len({*prints, others.kind_of("a").fingerprint}) == len(paths) + 1
    assert again == prints


def test_a_danger_without_a_word_is_never_found() -> None:
    """The other ones of the list are."""
    classifier = Stage1Classifier(Config(alerts=Alerts(danger=("123", "halt"))))
    classes = classes_of(
        "a.jsonl", '{"type":"123"}', '{"type":""}', '{"type":"halt 123"}', classifier=classifier
    )

    assert [dict(each.names).get(DANGER_WORDS) for each in classes] == [None, None, "halt"]


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"b": "x" * 300, "a": ""}, "x" * 200),
        ({"a": True, "b": "x"}, "true"),
        ({"a": {"x": "y"}, "c": {"d": "path"}}, "path"),
        ({"a": ["x"]}, None),
        ({}, None),
    ],
)
def test_the_text_of_evidence_is_the_first_usable_one(
    event: dict[str, object], text: str | None
) -> None:
    """It is cut to 200 characters; without any there is none."""
    kind = Stage1Classifier(Config(fields=Fields(text=("a", "b", "c.d")))).kind_of("a.jsonl")

    assert kind.text_of(tuple(map(event.get, wanted_keys(kind.text_keys)))) == text


def test_a_classifier_can_be_sent_to_another_process() -> None:
    """A pickled classifier classifies like the original."""
    sent = Stage1Classifier(Config(sources=Sources(legacy=("old/**",))))
    arrived = pickle.loads(pickle.dumps(sent))  # noqa: S301 (made just here)

    assert arrived.marks == sent.marks
    assert not arrived.kind_of("old/a.jsonl").is_counted
    assert arrived.kind_of("a.jsonl").aspects[0].keys == sent.kind_of("a.jsonl").aspects[0].keys


@pytest.mark.parametrize("copied", ["pickle", "copy"])
def test_a_copy_of_a_classifier_that_has_worked_says_the_same(copied: str) -> None:
    """A classifier is sent to other processes, and what it remembers must not mislead them."""
    classifier = Stage1Classifier(Config())
    line = '{"ts":"2025-12-20T01:00:00Z","alert_type":0,"severity":"critical"}'
    first = classes_of("a.jsonl", line, line, classifier=classifier)
    assert [each.marks for each in first] != [(), ()]

    same: Stage1Classifier = (
        pickle.loads(pickle.dumps(classifier))  # noqa: S301 (our own bytes)
        if copied == "pickle"
        else copy.deepcopy(classifier)
    )

    found = classes_of("a.jsonl", line, line, classifier=same)
    assert list(map(repr, found)) == list(map(repr, first))
