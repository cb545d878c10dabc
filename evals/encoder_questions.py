"""Questions to sentences in a mixed pool, as in XQuAD-R: every sentence is there in all six languages.

A question is a line of ``encoder_questions.jsonl``: the first 12 hexadecimal digits of the SHA-256 of the English text
of the row that answers it, and the question in each language. The sentences are rows of the encoder's data folder,
which is not part of this project, so the file names rows and quotes none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.encoder import Encoder
from corpus.encoder.training_data import Row
from corpus.errors import QuestionError
from corpus.language import Language

FILE = Path(__file__).parent / "encoder_questions.jsonl"
DEPTH = 10


@dataclass(frozen=True)
class AskedRow:
    """A question in every language, and the row whose sentence answers it."""

    row: str
    questions: Mapping[Language, str]


@dataclass(frozen=True)
class Found:
    """Mean average precision over the mixed pool, by language of the question and over all ("all").

    ``ndcg``: nDCG@10 by language, when the pool holds the sentences of the question's language alone.
    """

    mean_average_precision: Mapping[str, float]
    ndcg: Mapping[str, float]


def row_key(row: Row) -> str:
    """What the file of questions calls a row."""
    return hashlib.sha256(row["en"].encode()).hexdigest()[:12]


def is_whole(row: Row) -> bool:
    """Whether a row is in all six languages."""
    return all(language in row for language in Language)


def load_asked_rows(path: Path = FILE) -> list[AskedRow]:
    """The questions of a file. Raises QuestionError, with file and line, on one that is not what it should be."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise QuestionError(f"{path}: the questions cannot be read ({why}); name a JSONL file.") from error
    asked: dict[str, AskedRow] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        each = _asked_row(line, f"{path}, line {number}")
        if each.row in asked:
            raise QuestionError(f"{path}, line {number}: the row {each.row} is asked about twice; leave one out.")
        asked[each.row] = each
    if not asked:
        raise QuestionError(f"{path}: the file holds no question; write one JSON object a line.")
    return list(asked.values())


def _asked_row(line: str, where: str) -> AskedRow:
    names = ("row", *Language)
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as error:
        raise QuestionError(f"{where}: this is not JSON ({error}).") from error
    if not isinstance(fields, dict) or not all(isinstance(v := fields.get(n), str) and v.strip() for n in names):
        raise QuestionError(f"{where}: a line is an object with the texts {', '.join(names)}.")
    return AskedRow(fields["row"], {language: fields[language] for language in Language})


def pool_of(asked: Iterable[AskedRow], rows: Iterable[Row], held_out: Iterable[Row]) -> dict[str, Row]:
    """The rows that are asked about, then those held out, by their keys; all in six languages.

    Raises QuestionError when rows that are asked about are not among ``rows``.
    """
    whole = {row_key(row): row for row in rows if is_whole(row)}
    wanted = [each.row for each in asked]
    missing = [key for key in wanted if key not in whole]
    if missing:
        raise QuestionError(
            f"The data lack {len(missing)} of the {len(wanted)} rows that are asked about ({missing[0]} is the first); "
            "--data names the folder that the questions were made from."
        )
    return {key: whole[key] for key in wanted} | {row_key(row): row for row in held_out}


def find(encoder: Encoder, asked: Sequence[AskedRow], pool: Mapping[str, Row]) -> Found:
    """Ask every question in every language. In the mixed pool six sentences answer it, within a language one."""
    places = {key: place for place, key in enumerate(pool)}
    answers = np.array([places[each.row] for each in asked])
    sentences = [encoder.encode_passages([row[language] for row in pool.values()]) for language in Language]
    mixed = np.concatenate(sentences)
    of_row = np.tile(np.arange(len(pool)), len(Language))
    precisions, gains = {}, {}
    for own, language in zip(sentences, Language, strict=True):
        queries = encoder.encode_queries([each.questions[language] for each in asked])
        scores, own_scores = queries @ mixed.T, queries @ own.T
        precisions[str(language)] = float(
            np.mean([average_precision(s, of_row == row) for s, row in zip(scores, answers, strict=True)])
        )
        gains[str(language)] = float(
            np.mean([gain_at(s, int(row)) for s, row in zip(own_scores, answers, strict=True)])
        )
    return Found({"all": float(np.mean(list(precisions.values()))), **precisions}, gains)


def average_precision(scores: NDArray[np.float32], relevant: NDArray[np.bool_]) -> float:
    """The mean, over the relevant items, of the share of relevant ones down to the place of each."""
    ranks = np.flatnonzero(relevant[np.argsort(-scores, kind="stable")]) + 1
    return float(np.mean(np.arange(1, len(ranks) + 1) / ranks))


def gain_at(scores: NDArray[np.float32], relevant: int, depth: int = DEPTH) -> float:
    """nDCG where one item is relevant: 1 at the first place, less further down, 0 beyond ``depth``."""
    rank = int(np.flatnonzero(np.argsort(-scores, kind="stable") == relevant)[0]) + 1
    return float(1 / np.log2(1 + rank)) if rank <= depth else 0.0
