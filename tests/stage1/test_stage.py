"""Tests of `peaktrade_ops.stage1.stage`."""

from __future__ import annotations

import ast
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

import peaktrade_ops
from peaktrade_ops.stage1.models import Index
from peaktrade_ops.stage1.stage import PROJECT, STAGE1, stage_of

PACKAGE = Path(peaktrade_ops.__file__).parent
STAGE2 = stage_of("stage2")


def test_stage1_has_the_names_of_the_contract() -> None:
    """Readers of the reports rely on the folder, the file names, the titles and the label."""
    assert PROJECT == "Peak_Trade"
    assert STAGE1.key == "stage1"
    assert STAGE1.name == "Stage 1"
    assert STAGE1.title == "Stage 1 (dry run)"
    assert STAGE1.folder == Path("obs/stage1")
    assert STAGE1.trend_json == "stage1_trend.json"
    assert STAGE1.trend_html == "stage1_trend.html"
    assert STAGE1.trend_markdown == "stage1_trend.md"
    assert STAGE1.index_version == "stage1_index.v1"
    assert STAGE1.label == "1"
    assert STAGE1.mark is msgspec.UNSET


def test_another_stage_has_names_of_its_own() -> None:
    """No name of another stage is one of stage 1."""
    assert STAGE2.name == STAGE2.title == "Stage 2"
    assert STAGE2.folder == Path("obs/stage2")
    assert STAGE2.trend_json == "stage2_trend.json"
    assert STAGE2.index_version == "stage2_index.v1"
    assert STAGE2.label == "2"
    assert STAGE2.mark == "stage2"


def test_a_stage_without_a_number_is_called_as_it_is_written() -> None:
    """The key is the label, and the title as far as none is given."""
    paper = stage_of("paper-trading_eu", title="Paper (EU)", folder="paper/eu")

    assert paper.name == "Paper trading eu"
    assert paper.title == "Paper (EU)"
    assert paper.folder == Path("paper/eu")
    assert paper.label == "paper-trading_eu"


def test_stage1_is_one_value() -> None:
    """The key of stage 1 gives its profile, with its own title."""
    assert stage_of("stage1") is STAGE1


@pytest.mark.parametrize("stage", [STAGE1, STAGE2, stage_of("a-b_c9")])
def test_the_index_has_the_schema_version_of_the_stage(stage: object) -> None:
    """A reader of the model accepts the schema version of every stage."""
    version = getattr(stage, "index_version", "")
    document = dict.fromkeys(("run_date", "generated_at")) | {"root": ".", "entries": []}

    assert msgspec.convert(document | {"schema_version": version}, Index).schema_version == version


@pytest.mark.parametrize("version", ["stage1_index.v2", "Stage1_index.v1", "../x_index.v1", "1"])
def test_an_index_of_no_stage_is_refused(version: str) -> None:
    """A reader accepts no other schema version."""
    document: dict[str, object] = {
        "run_date": None,
        "generated_at": None,
        "root": ".",
        "entries": [],
    }

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(document | {"schema_version": version}, Index)


def test_a_stage_is_a_value() -> None:
    """Stages with the same names are equal, and a stage is immutable."""
    assert replace(STAGE1) == STAGE1
    with pytest.raises(AttributeError):
        STAGE1.name = "Stage 2"  # type: ignore[misc]  # refused by types, too


def test_an_artifact_belongs_to_one_stage() -> None:
    """An artifact of stage 1 has no mark, as those of earlier versions."""
    assert STAGE1.owns(msgspec.UNSET)
    assert not STAGE1.owns("stage2")
    assert STAGE2.owns("stage2")
    assert not STAGE2.owns(msgspec.UNSET)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("run stage1-run, then look", "run peaktrade-ops run --stage stage2, then look"),
        ("with stage1-trends --adopt", "with peaktrade-ops trends --stage stage2 --adopt"),
        ("stage1-snapshot --from x", "peaktrade-ops snapshot --stage stage2 --from x"),
        (
            "run verify and peaktrade-ops inspect x",
            "run verify --stage stage2 and peaktrade-ops inspect --stage stage2 x",
        ),
        ("allow more under [policy]", "allow more under [stages.stage2.policy]"),
        ("say why\n[[accepted]]\nx = 1", "say why\n[[stages.stage2.accepted]]\nx = 1"),
        ("[fields.more]", "[stages.stage2.fields.more]"),
        # Neither the names of files nor other brackets.
        ("logs/stage1-run.jsonl", "logs/stage1-run.jsonl"),
        ("a [policy] of no table", "a [policy] of no table"),
        ("lines of stage1.toml", "lines of stage1.toml"),
    ],
)
def test_texts_are_in_the_words_of_the_stage(text: str, words: str) -> None:
    """Commands and tables are those of the stage; texts of stage 1 stay as they are."""
    assert STAGE2.in_words(text) == words
    assert STAGE1.in_words(text) == text


def texts_of(module: Path) -> list[str]:
    """Return the texts of a module, without its docstrings."""
    tree = ast.parse(module.read_text("utf-8"))
    docs = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]


def test_every_text_of_a_verdict_fits_another_stage() -> None:
    """No text of a rule, a hint or a view names a command of stage 1 in a form that stays."""
    modules = {*PACKAGE.glob("stage1/*.py"), *PACKAGE.glob("reports/**/*.py")}
    modules.remove(PACKAGE / "stage1" / "stage.py")
    texts = [text for module in modules for text in texts_of(module) if "stage1-" in text]

    assert len(texts) > 10
    assert [text for text in texts if "stage1-" in STAGE2.in_words(text)] == []
    assert not [text for module in modules for text in texts_of(module) if "Stage 1" in text]
