"""Parsing of pages, and rules that hold for every page."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from peaktrade_ops.reports.store.names import INDEX, is_artifact

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode


def parse(page: str) -> LexborHTMLParser:
    """Return the parsed page, with the parser rules of a browser."""
    return LexborHTMLParser(page)


def text_of(node: LexborNode | None) -> str:
    """Return the text of an element, with white space collapsed."""
    assert node is not None
    return " ".join(node.text().split())


def texts(page: str, selector: str) -> list[str]:
    """Return the text of every selected element, with white space collapsed."""
    return [text_of(node) for node in parse(page).css(selector)]


def rows(page: str, caption: str) -> list[list[str]]:
    """Return the cells of the table body of the only table with a caption."""
    [table] = [t for t in parse(page).css("table") if text_of(t.css_first("caption")) == caption]
    return [[text_of(cell) for cell in row.css("th, td")] for row in table.css("tbody tr")]


def shape(page: str) -> list[tuple[str, tuple[tuple[str, str | None], ...]]]:
    """Return every element with its attributes, without text."""
    root = parse(page).root
    assert root is not None
    return [
        (node.tag or "", tuple(sorted(node.attributes.items())))
        for node in root.traverse(include_text=False)
    ]


def check_rules(page: str) -> None:
    """Check the rules that every page follows: structure, accessibility, safety, links."""
    tree = parse(page)
    assert page.startswith('<!doctype html><html lang="en">')
    assert page.endswith("</html>\n")
    for one in ("title", "h1", "main", "header", "footer", "nav[aria-label]"):
        assert len(tree.css(one)) == 1, one
    assert "default-src 'none'" in (
        tree.css("meta[http-equiv=Content-Security-Policy]")[0].attributes["content"] or ""
    )
    assert not tree.css("script, iframe, object, embed, form, base, img, link:not([rel=icon])")
    _check_headings([int((node.tag or "h0")[1]) for node in tree.css("h1, h2, h3, h4")])
    for table in tree.css("table"):
        assert text_of(table.css_first("caption"))
        assert all(head.attributes.get("scope") in {"col", "row"} for head in table.css("th"))
    for picture in tree.css("svg"):
        assert picture.attributes["role"] == "img"
        assert picture.attributes["aria-label"]
    ids = [node.attributes["id"] for node in tree.css("[id]")]
    assert len(ids) == len(set(ids))
    for node in tree.css("*"):
        assert not [name for name in node.attributes if name.startswith("on")]
    for link in tree.css("a"):
        href = link.attributes["href"] or ""
        assert text_of(link)
        if href.startswith("#"):
            assert href[1:] in ids
        else:
            assert is_artifact(href) or href == INDEX
    for node in tree.css("[style]"):
        assert re.fullmatch(r"--share: [0-9]{1,3}%", node.attributes["style"] or "")


def _check_headings(levels: list[int]) -> None:
    """Check that headings start with the highest level and skip none."""
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
