"""The rows that the embedded encoder is trained on, and those it is judged by. Imports no model library."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from corpus.errors import EncoderError
from corpus.language import Language
from corpus.library import Library
from corpus.symbol import Symbol
from corpus.vocabulary import names_in, table

Row = dict[str, str]
"""Texts by the code of their language, translations of each other."""

DOMAIN = "unpc_dev"
"""The source that is the domain itself."""


@dataclass(frozen=True)
class Kept:
    """How many rows of a source are kept to judge by, all in six languages, and how long their English texts are."""

    rows: int
    characters: range


# Of the domain any row, as in the corpus's own test set; of the other, which has many fragments, whole sentences.
DEVELOPMENT = {DOMAIN: Kept(500, range(1, 10_000)), "tico19": Kept(200, range(60, 351))}

VOCABULARY = "vocabulary"
"""The name of the rows that the project's own tables give."""
# Names of one thing are paired in their order, preferred ones first; the last of many are seldom alike.
_NAMES_PAIRED = 6


def read_sources(data: Path) -> dict[str, list[Row]]:
    """The rows of every source under a folder, by the name of its own folder, in alphabetical order.

    A source is a folder with ``pairs.jsonl``, an object a line: ``{"t": {language: text, ...}}``. Raises EncoderError,
    with file and line, on a line that is something else, or when there is no source.
    """
    sources = {path.parent.name: _rows_of(path) for path in sorted(data.glob("*/pairs.jsonl"))}
    if not sources:
        raise EncoderError(f"{data} holds no source; name a folder with folders that hold a pairs.jsonl each.")
    return sources


def _rows_of(path: Path) -> list[Row]:
    rows: list[Row] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            texts = json.loads(line)["t"]
        except (ValueError, LookupError, TypeError) as error:
            raise EncoderError(f"{path}, line {number}: no object with texts under t; mend the line.") from error
        if not isinstance(texts, dict) or not all(isinstance(t, str) and t for t in texts.values()):
            raise EncoderError(f"{path}, line {number}: a text is missing or no text; mend the line.")
        rows.append(texts)
    return rows


@dataclass(frozen=True)
class Split:
    """Rows by source: those to judge by, and those to train on, none of which shares a text with the former."""

    development: dict[str, list[Row]]
    training: dict[str, list[Row]]


def split_development(sources: dict[str, list[Row]]) -> Split:
    """The split depends on the texts alone: not on the order of the rows, nor on a seed.

    Raises EncoderError when a source to judge by is missing.
    """
    missing = sorted(DEVELOPMENT.keys() - sources.keys())
    if missing:
        raise EncoderError(f"There is no {missing[0]}/pairs.jsonl, which development rows are taken from; add it.")
    development = {}
    for name, kept in DEVELOPMENT.items():
        rows = [r for r in sources[name] if len(r) == len(Language) and len(r["en"]) in kept.characters]
        development[name] = sorted(rows, key=lambda row: hashlib.sha256(row["en"].encode()).digest())[: kept.rows]
    held_out = {text for rows in development.values() for row in rows for text in row.values()}
    training = {name: [row for row in rows if held_out.isdisjoint(row.values())] for name, rows in sources.items()}
    return Split(development, training)


def vocabulary_rows() -> list[Row]:
    """The names of terms, bodies and openings in the project's tables, as rows of translations."""
    entries = [
        (entry, "names") for name, kind in (("terms", "term"), ("bodies", "body")) for entry in table(name)[kind]
    ]
    entries += [(entry, kind) for entry in table("openings")["opening"] for kind in ("operative", "preambular")]
    rows: list[Row] = []
    for entry, kind in entries:
        names = {language: names_in(entry, kind, language)[:_NAMES_PAIRED] for language in Language}
        named = {language: listed for language, listed in names.items() if listed}
        for place in zip_longest(*named.values()):
            # A language with fewer names repeats its last one.
            row = {str(e): n if n is not None else named[e][-1] for e, n in zip(named, place, strict=True)}
            if len(row) > 1:
                rows.append(row)
    return _different(rows)


def title_rows(library: Library) -> list[Row]:
    """The titles of the documents of a library, and their headings where all versions have as many."""
    rows: list[Row] = []
    for symbol in {record.symbol: None for record in library.documents()}:
        versions = library.versions(symbol)
        rows.append({str(v.language): v.masthead.title for v in versions if v.masthead.title})
        headings = [_headings(library, v.language, symbol) for v in versions]
        if len({len(listed) for listed in headings}) == 1:
            languages = [str(v.language) for v in versions]
            rows += [dict(zip(languages, place, strict=True)) for place in zip(*headings, strict=True)]
    return _different(row for row in rows if len(row) > 1)


def _headings(library: Library, language: Language, symbol: Symbol) -> list[str]:
    stored = library.all_paragraphs(symbol, language)
    return list(dict.fromkeys(heading for each in stored for heading in each.paragraph.headings))


def _different(rows: Iterable[Row]) -> list[Row]:
    """The rows without those that were there before."""
    return [dict(items) for items in dict.fromkeys(tuple(row.items()) for row in rows)]
