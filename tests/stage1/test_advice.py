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
        (
            b"plain words",
            (
                "no line is a JSON object: the writer must write one object a line, which most "
                "logging libraries can"
            ),
        ),
        (b'{\n  "a": 1\n}', "jq -c . converts"),
        (b'\xef\xbb\xbf{\n"a": 1}', "jq -c . converts"),
        (b'  [\n{"a": 1}\n]', "jq -c '.[]' converts"),
        (b"\x1b[31mcoloured words\x1b[0m", "which most logging libraries can"),
        (
            b"\x00\x01\x02\x03",
            (
                "this is not text: the writer must write JSON lines; a compressed file needs its "
                "ending, such as .gz"
            ),
        ),
        (b"\x01" * 6 + b"x" * 94, "this is not text"),
        (b"\x01" * 5 + b"x" * 95, "which most logging libraries can"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "iconv -f UTF-16 -t UTF-8 converts"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "iconv -f UTF-16 -t UTF-8 converts"),
        (TEXT.encode("utf-16-le"), "iconv -f UTF-16LE -t UTF-8 converts"),
        (TEXT.encode("utf-16-be"), "iconv -f UTF-16BE -t UTF-8 converts"),
    ],
)
def test_the_beginning_of_a_file_says_what_it_is(content: bytes, advice: str) -> None:
    """Each advice says what the writer must write, or what converts the file."""
    assert advice in advice_for(content.split(b"\n"), "scanned")


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"a\0" * 68 + b"aa" * 32, "UTF-16LE"),
        (b"a\0" * 66 + b"aa" * 34, ""),
        (b"a\0" * 90 + b"\0a" * 10, "UTF-16LE"),
        (b"\0a" * 90 + b"a\0" * 10, "UTF-16BE"),
        (b"a\0" * 89 + b"\0a" * 11, ""),
        (b"\0\0aa" * 50, ""),
    ],
)
def test_zero_bytes_on_one_side_are_those_of_wide_characters(content: bytes, encoding: str) -> None:
    """More than a third of the bytes are zero, and at least 9 of 10 of these on the same side."""
    expected = f"iconv -f {encoding} -t" if encoding else "this is not text"

    assert expected in advice_for([content], "scanned")


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
