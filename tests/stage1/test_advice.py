"""Tests of `peaktrade_ops.stage1.advice`."""

from __future__ import annotations

import pytest

from peaktrade_ops.stage1.advice import advice_for

TEXT = "one line\nand \u00e9 another\n" * 20


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"", "no line with text"),
        (b" \r\n\t", "no line with text"),
        (b"plain words", "must write one object a line, which most logging libraries can"),
        (b'{\n  "a": 1\n}', "jq -c . converts"),
        (b'\xef\xbb\xbf{\n"a": 1}', "jq -c . converts"),
        (b'  [\n{"a": 1}\n]', "jq -c '.[]' converts"),
        (b"\x1b[31mcoloured words\x1b[0m", "which most logging libraries can"),
        (b"\x00\x01\x02\x03", "this is not text"),
        (b"\x01" * 6 + b"x" * 94, "this is not text"),
        (b"\x01" * 5 + b"x" * 95, "which most logging libraries can"),
        (TEXT.encode("utf-16"), "iconv -f UTF-16 -t UTF-8 converts"),
        (TEXT.encode("utf-16-le"), "iconv -f UTF-16LE -t UTF-8 converts"),
        (TEXT.encode("utf-16-be"), "iconv -f UTF-16BE -t UTF-8 converts"),
    ],
)
def test_the_beginning_of_a_file_says_what_it_is(content: bytes, advice: str) -> None:
    """Each advice says what the writer must write, or what converts the file."""
    assert advice in advice_for(content.split(b"\n"), "scanned")


@pytest.mark.parametrize(
    ("taken", "advice"),
    [
        ("archive", "the file is an archive: unpack it"),
        (
            "compression not supported",
            "the compression is not supported: use gzip, zstd, bzip2 or xz",
        ),
    ],
)
def test_a_name_can_say_more_than_the_beginning(taken: str, advice: str) -> None:
    """What is in an archive is not looked at."""
    assert advice_for([b"[", b"]"], taken) == advice
