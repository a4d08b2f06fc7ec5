"""Tests of `peaktrade_ops.serve.exposition`, with the parsers of the Prometheus client."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
from prometheus_client.parser import text_string_to_metric_families as read_text

from peaktrade_ops.serve.exposition import OPEN_METRICS, PLAIN, Family, expose
from tests.support.examples import examples

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def test_each_format_is_as_specified() -> None:
    """The two formats differ in the escapes of the help text and in the last line."""
    family = Family("peak_x", 'Says "a\\b"\nand c.', ("by",), {("one",): 1, ("two",): 2.5})

    plain, plain_type = expose([family], {"stage": "1"})
    opened, open_type = expose([family], {"stage": "1"}, open_metrics=True)

    samples = (
        '# TYPE peak_x gauge\npeak_x{stage="1",by="one"} 1.0\npeak_x{stage="1",by="two"} 2.5\n'
    )
    assert plain.decode() == '# HELP peak_x Says "a\\\\b"\\nand c.\n' + samples
    assert opened.decode() == ('# HELP peak_x Says \\"a\\\\b\\"\\nand c.\n' + samples + "# EOF\n")
    assert (plain_type, open_type) == (PLAIN, OPEN_METRICS)


@pytest.mark.parametrize("open_metrics", [False, True])
@settings(max_examples=examples(200))
@given(label=TEXTS, value=st.floats(allow_nan=False) | st.integers(0, 2**63 - 1))
def test_no_text_breaks_out_of_a_label(label: str, value: float, *, open_metrics: bool) -> None:
    """Quotes, backslashes and ends of lines in a label come back as they were, in one sample."""
    family = Family("peak_x", "Any.", ("by",), {(label,): value})

    text, _ = expose([family], {}, open_metrics=open_metrics)

    read = read_open if open_metrics else read_text
    [found] = read(text.decode())
    [sample] = found.samples
    assert (sample.name, sample.labels, sample.value) == ("peak_x", {"by": label}, float(value))


def test_a_long_text_is_cut() -> None:
    """A label has at most 200 characters: a longer one can make Prometheus refuse the scrape."""
    text, _ = expose([Family("peak_x", "Any.", ("by",), {("x" * 10**6,): 1})], {})

    [family] = read_text(text.decode())
    assert family.samples[0].labels == {"by": "x" * 199 + "…"}


def test_a_text_that_is_no_unicode_is_replaced() -> None:
    """Half of a surrogate pair, as in a name that is not UTF-8, does not stop the export."""
    text, _ = expose([Family("peak_x", "Any.", ("by",), {("a\udcffb",): 1})], {})

    assert text.decode().splitlines()[-1] == 'peak_x{by="a?b"} 1.0'
