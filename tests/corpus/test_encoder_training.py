"""The training of the embedded encoder: its rows, its tokenizer, and a small model made from end to end."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from corpus.encoder import StaticEncoder
from corpus.encoder.tokenizer import normalizer, pre_tokenizer
from corpus.encoder.training_data import (
    DEVELOPMENT,
    DOMAIN,
    Row,
    read_sources,
    split_development,
    title_rows,
    vocabulary_rows,
)
from corpus.errors import EncoderError
from corpus.language import Language
from corpus.library import Library
from ingest.pipeline import Pipeline
from tests.conftest import FILES
from tests.encoders import HashEncoder

WORDS = {
    Language.AR: "التقرير اللجنة القرار الدول التعاون الحقوق الآلية المتابعة",
    Language.EN: "report committee resolution states cooperation rights mechanism follow-up",
    Language.ES: "informe comité resolución estados cooperación derechos mecanismo seguimiento",
    Language.FR: "rapport comité résolution états coopération droits mécanisme suivi",
    Language.RU: "доклад комитет резолюция государства сотрудничество права механизм осуществление",
    Language.ZH: "报告 委员会 决议 国家 合作 权利 机制 后续行动",
}


def rows_of(count: int, start: int = 0) -> list[Row]:
    """Rows in all six languages, each with a number and words of its own."""
    rows = []
    for number in range(start, start + count):
        chosen = random.Random(number).sample(range(8), 8)
        rows.append(
            {str(lang): " ".join([*(listed.split()[i] for i in chosen), str(number)]) for lang, listed in WORDS.items()}
        )
    return rows


def write_source(data: Path, name: str, rows: list[Row]) -> None:
    folder = data / name
    folder.mkdir(parents=True)
    lines = (json.dumps({"src": name, "t": row}, ensure_ascii=False) for row in rows)
    (folder / "pairs.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    (folder / "SOURCE.txt").write_text(f"source: rows of {name}\nlicence: CC0\nacknowledgement: nobody\n", "utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    write_source(folder, DOMAIN, rows_of(560))
    write_source(folder, "tico19", rows_of(240, start=1000))
    write_source(folder, "everyday", [{"en": row["en"], "ru": row["ru"]} for row in rows_of(40, start=2000)])
    return folder


def train(data: Path, out: Path, *further: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "corpus.encoder.train", "--data", str(data), "--out", str(out), "--steps", "3"]
    return subprocess.run([*command, *further], capture_output=True, text=True, timeout=300, check=False)


# Rows.


def test_development_rows_are_apart_from_training() -> None:
    sources = {DOMAIN: rows_of(560), "tico19": rows_of(240, start=1000), "other": rows_of(700)}
    split = split_development(sources)
    assert {name: len(rows) for name, rows in split.development.items()} == {
        name: kept.rows for name, kept in DEVELOPMENT.items()
    }
    held_out = {text for rows in split.development.values() for row in rows for text in row.values()}
    assert all(held_out.isdisjoint(row.values()) for rows in split.training.values() for row in rows)
    # A row of another source with a held-out text is left out there as well.
    assert len(split.training["other"]) == 700 - 500


def test_split_does_not_depend_on_order() -> None:
    sources = {DOMAIN: rows_of(560), "tico19": rows_of(240, start=1000)}
    turned = {name: rows[::-1] for name, rows in sources.items()}
    assert split_development(sources).development == split_development(turned).development


def test_rows_shorter_or_in_fewer_languages_are_not_judged_by() -> None:
    short = [{**row, "en": f"no {number}"} for number, row in enumerate(rows_of(30, start=5000))]
    fewer = [{k: v for k, v in row.items() if k != "zh"} for row in rows_of(30, start=6000)]
    sources = {DOMAIN: rows_of(560) + fewer, "tico19": [*short, *rows_of(240, start=1000)]}
    judged = split_development(sources).development
    assert all(len(row) == len(Language) for rows in judged.values() for row in rows)
    assert all(len(row["en"]) >= 60 or name == DOMAIN for name, rows in judged.items() for row in rows)


def test_vocabulary_rows_name_one_thing_each() -> None:
    rows = vocabulary_rows()
    assert len(rows) > 1000
    assert {language for row in rows for language in row} == {str(language) for language in Language}
    assert all(len(row) > 1 and all(row.values()) for row in rows)
    assert len({tuple(row.items()) for row in rows}) == len(rows)


def test_title_rows_pair_the_versions_of_a_document(tmp_path: Path) -> None:
    library = Library(tmp_path)
    shortest = min(FILES, key=lambda file: file.stat().st_size)
    versions = [file for file in FILES if file.stem == shortest.stem]
    assert len(list(Pipeline(library, HashEncoder()).ingest(versions))) == len(versions) > 1
    titles = {str(record.language): record.masthead.title for record in library.documents()}
    assert title_rows(library)[0] == titles
    library.close()


# Spellings and pieces.


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("l'homme", ["▁l", "▁'", "▁homme"]),
        ("(follow-up)", ["▁(", "▁follow", "▁-", "▁up", "▁)"]),
        ("A/HRC/RES/60/27", ["▁a", "▁/", "▁hrc", "▁/", "▁res", "▁/", "▁60", "▁/", "▁27"]),
        ("والتقرير في اللجنة", ["▁وال", "▁تقرير", "▁في", "▁ال", "▁لجنه"]),
        ("للدول", ["▁لل", "▁دول"]),
        # Too short a rest for an article: the word is the name of the thing itself.
        ("الى", ["▁الي"]),
        ("国家执行、报告2024年", ["国家执行", "▁、", "报告", "▁2024", "年"]),
        ("Ёлка  и   ЙОД", ["▁елка", "▁и", "▁йод"]),
        ("État", ["▁etat"]),
        ("٦٠/٢٧", ["▁60", "▁/", "▁27"]),
    ],
)
def test_words_are_the_same_wherever_they_stand(text: str, pieces: list[str]) -> None:
    folded = normalizer().normalize_str(text)
    assert [piece for piece, _ in pre_tokenizer().pre_tokenize_str(folded)] == pieces


# From end to end.


def test_a_model_is_made_that_others_open(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "model"
    made = train(data, out)
    assert made.returncode == 0, made.stderr
    ours = StaticEncoder(out)
    texts = ["report of the committee", "доклад комитета", "委员会报告"]
    vectors = ours.encode_passages(texts)

    from model2vec import StaticModel
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(out), local_files_only=True).encode(texts)
    assert np.allclose(vectors, theirs, atol=1e-5)
    assert np.allclose(vectors, StaticModel.from_pretrained(str(out)).encode(texts), atol=1e-5)
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "{" not in card
    for source in (DOMAIN, "tico19", "everyday"):
        assert f"**{source}**: rows of {source}. licence: CC0. nobody." in card


def test_a_seed_gives_the_same_model_and_a_teacher_another(data: Path, tmp_path: Path) -> None:
    assert train(data, tmp_path / "one").returncode == 0
    assert train(data, tmp_path / "again").returncode == 0
    # Any model can teach; one of these makes the other's teacher.
    taught = train(data, tmp_path / "taught", "--teacher", str(tmp_path / "one"), "--credit", "a model of ours (CC0)")
    assert taught.returncode == 0, taught.stderr
    one, again, other = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("one", "again", "taught"))
    assert one == again
    assert "an English teacher, a model of ours (CC0), off" in (tmp_path / "taught" / "README.md").read_text("utf-8")
    uncredited = train(data, tmp_path / "none", "--teacher", str(tmp_path / "one"))
    assert uncredited.returncode == 2
    assert "--teacher and --credit go together" in uncredited.stderr
    assert one != other


@pytest.mark.parametrize(
    ("name", "line", "expected"),
    [
        (None, None, "holds no source; name a folder with folders that hold a pairs.jsonl each"),
        ("other", '{"t": {"en": "a", "fr": "b"}}', "There is no tico19/pairs.jsonl"),
        ("other", "{", "other/pairs.jsonl, line 1: no object with texts under t; mend the line"),
        ("other", '{"t": {"en": ""}}', "other/pairs.jsonl, line 1: a text is missing or no text; mend the line"),
    ],
)
def test_bad_data_is_one_sentence(tmp_path: Path, name: str | None, line: str | None, expected: str) -> None:
    if name is not None and line is not None:
        (tmp_path / name).mkdir()
        (tmp_path / name / "pairs.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(EncoderError, match=expected.replace(".", r"\.")):
        split_development(read_sources(tmp_path))
