"""Tests of `peaktrade_ops.telemetry.records.utf8`."""

from __future__ import annotations

import codecs
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.records import utf8
from peaktrade_ops.telemetry.records.utf8 import Utf8, Utf8Check, check_utf8, lines_not_utf8
from tests.support import oracle
from tests.support.examples import examples

SHORT_BYTES = st.one_of(
    st.binary(max_size=6),
    st.builds(
        lambda text, lost: text.encode()[: -lost or None], st.text(max_size=3), st.integers(0, 3)
    ),
)


@settings(max_examples=examples(200), deadline=None)
@given(SHORT_BYTES, st.lists(st.integers(0, 6)))
def test_pieces_are_checked_like_the_whole(data: bytes, cuts: list[int]) -> None:
    """The result does not depend on where the bytes are cut, and is that of the oracle."""
    check = Utf8Check()
    borders = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in pairwise(borders):
        check.feed(data[start:end])
    cut = not oracle.is_utf8(data) and oracle.text_so_far(data) is not None
    expected = Utf8(valid=oracle.is_utf8(data), cut=cut)

    assert expected == check.result()
    assert expected == check_utf8(data)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (b"", Utf8(valid=True, cut=False)),
        (b"\xe2\x82", Utf8(valid=False, cut=True)),
        (b"\xff", Utf8(valid=False, cut=False)),
        (b"\xf4\x90", Utf8(valid=False, cut=False)),
    ],
)
@pytest.mark.parametrize("shift", [0, 1, 2])
def test_a_character_may_cross_the_border_of_two_pieces(
    shift: int, end: bytes, expected: Utf8
) -> None:
    """A line that is too long for one piece has the same result as a short one."""
    data = b"x" * shift + "\u20ac".encode() * 400_000 + end

    assert len(data) > 2**20
    assert expected == check_utf8(data)


@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(SHORT_BYTES.filter(lambda line: b"\n" not in line), min_size=1, max_size=9),
    st.sampled_from((0, 1, 5, utf8._FIRST_BYTES)),  # noqa: SLF001 (so that short lines are several pieces)
)
def test_the_lines_of_a_block_are_checked_one_by_one(lines: list[bytes], first: int) -> None:
    """The positions are those of the lines that the oracle refuses, in pieces of any size."""
    expected = [i for i, line in enumerate(lines) if not oracle.is_utf8(line)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utf8, "_FIRST_BYTES", first)
        assert expected == list(lines_not_utf8(b"\n".join(lines)))
        assert expected == list(lines_not_utf8(b"\n".join(lines) + b"\n"))


def test_the_work_on_bad_lines_does_not_grow_with_their_square(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An error copies the bytes that are checked, which are few as long as lines are bad."""
    checked: list[int] = []
    decode = codecs.utf_8_decode

    def measuring(data: bytes, errors: str, final: bool) -> object:  # noqa: FBT001 (as the function)
        checked.append(len(data))
        return decode(data, errors, final)

    monkeypatch.setattr(codecs, "utf_8_decode", measuring)

    assert len(list(lines_not_utf8(b"\xff\n" * 20_000))) == 20_000
    assert sum(checked) < 20_000 * 1100
    checked.clear()
    assert list(lines_not_utf8("\u20ac\n".encode() * 200_000)) == []
    assert len(checked) < 10
