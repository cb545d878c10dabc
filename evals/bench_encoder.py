"""Quality and speed of the embedded encoder beside other models: ``python -m evals.bench_encoder``.

Sections: speed, of encoding and of late interaction; translations, found among others; questions to sentences in a
mixed pool; questions to paragraphs of the documents that ship. Those on translations and sentences need ``--data``,
the folder that the encoder is trained from. Every model gets the same texts, and nothing is downloaded.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.retrieve import RERANKED
from assistant.settings import Settings, load_settings
from corpus.encoder import EMBEDDED_MODEL, Encoder, StaticEncoder, load_encoder
from corpus.encoder.figures import Precision, precision_at_1
from corpus.encoder.training_data import Row, Split, read_sources, split_development
from corpus.errors import EncoderError, NmirfError
from corpus.language import Language
from evals import encoder_passages, encoder_questions, encoder_speed
from evals.encoder_passages import Method, Pool
from evals.encoder_questions import AskedRow, is_whole
from evals.encoder_speed import Speed
from evals.examples import OF_EACH_LANGUAGE, WatchedAssistant, development_questions
from evals.metrics import DEPTH
from evals.questions import SHIPPED, EvalQuestion, load_questions
from evals.run import write_figures
from evals.shipped import library_of, shipped_folder

OF_THE_TUTORIALS = "all-MiniLM-L6-v2"
EMBEDDED = "embedded"
TEXTS = 6_000
ENGLISH, ALL_SIX = "English", "six languages"


class Remembering:
    """An encoder that encodes no text twice. Satisfies ``corpus.encoder.Encoder``."""

    def __init__(self, encoder: Encoder, label: str) -> None:
        self._encoder = encoder
        self._label = label
        self._passages: dict[str, NDArray[np.float32]] = {}
        self._queries: dict[str, NDArray[np.float32]] = {}
        self.name = encoder.name
        self.dimensions = encoder.dimensions

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Encoder``."""
        return self._rows(texts, self._passages, self._encoder.encode_passages)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Encoder``."""
        return self._rows(texts, self._queries, self._encoder.encode_queries)

    def _rows(
        self,
        texts: Sequence[str],
        known: dict[str, NDArray[np.float32]],
        encode: Callable[[Sequence[str]], NDArray[np.float32]],
    ) -> NDArray[np.float32]:
        new = list(dict.fromkeys(text for text in texts if text not in known))
        if new:
            if len(new) > 1_000 and not isinstance(self._encoder, StaticEncoder):
                print(f"{self._label} encodes {len(new):,} texts ...", file=sys.stderr)
            known |= dict(zip(new, encode(new), strict=True))
        return np.array([known[text] for text in texts], dtype=np.float32).reshape(len(texts), self.dimensions)


@dataclass(frozen=True)
class Model:
    """A model to measure. ``static`` is the folder of one that ``StaticEncoder`` opens, else ``name`` tells which."""

    label: str
    encoder: Remembering
    folder: Path
    static: Path | None = None
    name: str | None = None


def static_model(folder: Path, label: str) -> tuple[Model, StaticEncoder]:
    """The embedded model, or another of its kind, and its encoder."""
    encoder = StaticEncoder(folder)
    return Model(label, Remembering(encoder, label), folder, static=folder), encoder


def other_model(name: str) -> Model:
    """A sentence-transformers model by path or name. Raises EncoderError when it is not on this machine."""
    encoder = load_encoder(name)
    # Folders are often called "model"; the one above says more.
    label = "/".join(Path(name).parts[-2:])
    return Model(label, Remembering(encoder, label), _folder_of(name), name=name)


def _folder_of(name: str) -> Path:
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(name if "/" in name else f"sentence-transformers/{name}", local_files_only=True))


def _other_models(names: Sequence[str] | None) -> list[Model]:
    """Those that are named, else the one of the tutorials where it is in the local cache."""
    if names:
        return [other_model(name) for name in names]
    try:
        return [other_model(OF_THE_TUTORIALS)]
    except EncoderError:
        print(f"{OF_THE_TUTORIALS} is not in the local cache; compare with any model by --model PATH_OR_NAME.\n")
        return []


# Speed.


def speed_section(models: Sequence[Model], pools: Mapping[Language, Pool], queries: Sequence[str]) -> dict[str, Any]:
    """Paragraphs a second and the rest of ``Speed``, by model; printed as a table."""
    each = {language: encoder_speed.paragraphs_of(_text(pool), TEXTS // len(pools)) for language, pool in pools.items()}
    mixed = [text for row in zip(*each.values(), strict=True) for text in row]
    texts = {ALL_SIX: mixed}
    if Language.EN in pools:
        texts = {ENGLISH: encoder_speed.paragraphs_of(_text(pools[Language.EN]), TEXTS), **texts}
    measured = {m.label: encoder_speed.measure(m.static, m.name, texts, queries) for m in models}
    size = {m.label: sum(f.stat().st_size for f in m.folder.rglob("*") if f.is_file()) for m in models}
    rows = [["", *texts, "load s", "question ms", "MB", "dimensions"]]
    for model in models:
        speed = measured[model.label]
        rates = [f"{speed.rates[name]:,.0f}" for name in texts]
        cost = [f"{speed.load_s:.2f}", f"{1000 * speed.query_s:.2f}", f"{size[model.label] / 1e6:.1f}"]
        rows.append([model.label, *rates, *cost, str(model.encoder.dimensions)])
    how = f"{encoder_speed.THREADS} threads, best of {encoder_speed.RUNS}"
    _show(f"Speed: paragraphs of {encoder_speed.TOKENS} tokens a second, {how}", rows)
    first = models[0].label
    for model in models[1:]:
        print(f"{first} is {_ratios(measured[first], measured[model.label])} as {model.label}.")
    return {
        m.label: {**asdict(measured[m.label]), "bytes": size[m.label], "dimensions": m.encoder.dimensions}
        for m in models
    }


def late_section(encoder: StaticEncoder, pools: Mapping[Language, Pool]) -> dict[str, Any]:
    """The time of late interaction over as many paragraphs as the project compares; printed as a line."""
    mixed = [(pool.language, text) for pool in pools.values() for text in pool.texts]
    texts = [mixed[row] for row in np.random.default_rng(0).permutation(len(mixed))[:RERANKED]]
    times = encoder_passages.late_times(encoder, development_questions(), texts)
    print(
        f"\nLate interaction: a question over {times.paragraphs} paragraphs takes {1000 * times.median_s:.1f} ms "
        f"(median; at most {1000 * times.longest_s:.1f}), {1000 * times.first_s:.0f} when their words are new."
    )
    return asdict(times)


def _text(pool: Pool) -> str:
    records = pool.library.documents()
    stored = (p for r in records for p in pool.library.all_paragraphs(r.symbol, pool.language))
    return "\n".join(p.paragraph.text for p in stored if not p.paragraph.within)


def _ratios(fast: Speed, slow: Speed) -> str:
    return ", ".join(f"{fast.rates[name] / slow.rates[name]:,.0f} times as fast in {name}" for name in fast.rates)


# Translations.


def translations_section(models: Sequence[Model], split: Split) -> dict[str, Any]:
    """P@1 of the development rows in 30 directions, by source and model; printed as a table a source."""
    return {
        source: _translations(models, source, rows, [row for row in split.training[source] if is_whole(row)])
        for source, rows in split.development.items()
        if rows
    }


def _translations(models: Sequence[Model], source: str, rows: Sequence[Row], others: Sequence[Row]) -> dict[str, Any]:
    alone, among = len(rows), len(rows) + len(others)
    cells = [["", f"among {alone:,}: mean", "lowest", f"among {among:,}: mean", "lowest"]]
    figures: dict[str, Any] = {}
    for model in models:
        found = {
            "among_themselves": precision_at_1(model.encoder, rows),
            "among_all": precision_at_1(model.encoder, rows, others),
        }
        cells.append([model.label, *(cell for each in found.values() for cell in _mean_and_lowest(each))])
        figures[model.label] = {
            name: {"mean": float(np.mean(list(each.values()))), **{f"{a}-{b}": p for (a, b), p in each.items()}}
            for name, each in found.items()
        }
    _show(f"Translations: P@1 of {alone} development rows of {source}, 30 directions", cells)
    return {"rows": alone, "rows_of_source": among, "models": figures}


def _mean_and_lowest(precision: Precision) -> tuple[str, str]:
    one, other = min(precision, key=lambda direction: precision[direction])
    return f"{np.mean(list(precision.values())):.3f}", f"{precision[one, other]:.3f} ({one}-{other})"


# Questions to sentences.


def questions_section(
    models: Sequence[Model], asked: Sequence[AskedRow], rows: Sequence[Row], split: Split
) -> dict[str, Any]:
    """mAP in the mixed pool and nDCG@10 within a language, by model; printed as two tables."""
    pool = encoder_questions.pool_of(asked, rows, (row for each in split.development.values() for row in each))
    found = {model.label: encoder_questions.find(model.encoder, asked, pool) for model in models}
    size = f"{len(asked)} questions in each language, {len(pool)} sentences in each"
    _show(
        f"Questions to sentences: {size}; mean average precision over all six together",
        _shares({label: each.mean_average_precision for label, each in found.items()}),
    )
    _show(
        f"The same within the language of the question: nDCG@{encoder_questions.DEPTH}",
        _shares({label: each.ndcg for label, each in found.items()}),
    )
    return {
        "questions": len(asked),
        "sentences": len(pool),
        "models": {label: asdict(each) for label, each in found.items()},
    }


def _shares(by_model: Mapping[str, Mapping[str, float]]) -> list[list[str]]:
    columns = list(next(iter(by_model.values())))
    rows = [[label, *(f"{each[column]:.3f}" for column in columns)] for label, each in by_model.items()]
    return [["", *columns], *rows]


# Questions to paragraphs.


@dataclass(frozen=True)
class Searched:
    """The questions that go to the search: development ones, and reporting ones, which are only ever counted."""

    development: list[EvalQuestion]
    reporting: list[EvalQuestion]


def searched_questions(folder: Path, encoder: StaticEncoder) -> Searched:
    """Those answerable questions whose reply rests on a search, in a library of the documents that ship."""
    with library_of([folder], encoder) as library:
        assistant = WatchedAssistant(library, encoder)

        def searched(questions: Sequence[EvalQuestion]) -> list[EvalQuestion]:
            return [q for q in questions if q.answerable and assistant.search_behind(q.question)]

        developed = development_questions(OF_EACH_LANGUAGE)
        return Searched(searched(developed), searched(load_questions(SHIPPED / "report.jsonl")))


def methods_of(models: Sequence[Model], static: StaticEncoder) -> dict[str, Method]:
    """What is compared, by name: everything for the static encoder, and the vectors of the others."""
    late = encoder_passages.late(static)
    first, *others = models
    return {
        f"{first.label}: vectors": encoder_passages.dense(first.encoder),
        f"{first.label}: vectors, content words": encoder_passages.dense(first.encoder, content_words=True),
        "BM25": encoder_passages.lexical,
        f"{first.label}: late interaction": late,
        "late interaction + BM25": encoder_passages.fused([late, encoder_passages.lexical]),
        "all evidence, no structure": encoder_passages.evidence(static),
        **{f"{model.label}: vectors": encoder_passages.dense(model.encoder) for model in others},
    }


def paragraphs_section(
    methods: Mapping[str, Method], searched: Searched, pools: Mapping[Language, Pool]
) -> dict[str, Any]:
    """How often gold is in the first five, by method and language of the question; printed as two tables."""
    ways: dict[str, Callable[[EvalQuestion], Pool]] = {
        "paragraphs in the language of the question": lambda question: pools[question.language],
        "Chinese paragraphs alone": lambda question: pools[Language.ZH],
    }
    languages = [language for language in Language if any(q.language == language for q in searched.development)]
    totals = {
        "all": len(searched.development),
        **{str(each): sum(q.language == each for q in searched.development) for each in languages},
        "report": len(searched.reporting),
    }
    figures: dict[str, Any] = {"questions": totals}
    for way, pool_of in ways.items():
        rows = [["", *(f"{name} ({total})" for name, total in totals.items())]]
        figures[way] = {}
        for name, method in methods.items():
            hits = [q.language for q in searched.development if encoder_passages.finds(method, q, pool_of(q))]
            report = sum(encoder_passages.finds(method, q, pool_of(q)) for q in searched.reporting)
            counts = {"all": len(hits), **{str(each): hits.count(each) for each in languages}, "report": report}
            figures[way][name] = counts
            rows.append([name, *map(str, counts.values())])
        _show(f"Questions to paragraphs: gold in the first {DEPTH}, {way}", rows)
    return figures


# The command.


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as lines: the first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for first, *others in rows:
        cells = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        lines.append("  ".join([first.ljust(widths[0]), *cells]).rstrip())
    return "\n".join(lines)


def _show(heading: str, rows: Sequence[Sequence[str]]) -> None:
    print(f"\n{heading}\n\n{aligned(rows)}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the sections; 2 when they cannot be made."""
    parser = argparse.ArgumentParser(
        prog="python -m evals.bench_encoder", description="Quality and speed of the embedded encoder beside others."
    )
    parser.add_argument("--data", type=Path, help="the folder that the encoder is trained from, a folder a source")
    parser.add_argument(
        "--model",
        nargs="+",
        metavar="PATH_OR_NAME",
        help=f"sentence-transformers models to compare with (default: {OF_THE_TUTORIALS}, where it is installed)",
    )
    parser.add_argument(
        "--encoder", type=Path, metavar="FOLDER", help="a static model in the place of the embedded one"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to this file")
    named = parser.parse_args(arguments)
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        _bench(load_settings(), named.data, named.model, named.encoder, named.json)
    except NmirfError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _bench(
    settings: Settings, folder: Path | None, names: Sequence[str] | None, encoder: Path | None, json_path: Path | None
) -> None:
    if json_path:
        write_figures(json_path, "", mode="a")  # what stands there stays until there is something better
    # All that can be wrong with what was named is found out before anything takes long.
    sources = read_sources(folder) if folder else {}
    split = split_development(sources) if folder else None
    asked = encoder_questions.load_asked_rows() if folder else []
    first, static = static_model(encoder or EMBEDDED_MODEL, "/".join(encoder.parts[-2:]) if encoder else EMBEDDED)
    models = [first, *_other_models(names)]
    documents = shipped_folder(settings)
    with ExitStack() as stack:
        pools = {}
        for language in Language:
            library = stack.enter_context(library_of([documents / language], static))
            pools[language] = Pool(library, language)
        figures: dict[str, Any] = {"models": {m.label: m.encoder.name for m in models}}
        figures["speed"] = speed_section(models, pools, [q.question for q in development_questions()])
        figures["late"] = late_section(static, pools)
        if split:
            figures["translations"] = translations_section(models, split)
            rows = [row for each in sources.values() for row in each]
            figures["questions"] = questions_section(models, asked, rows, split)
        else:
            print("\nTranslations and questions to sentences need --data, the folder that the encoder is trained from.")
        searched = searched_questions(documents, static)
        figures["paragraphs"] = paragraphs_section(methods_of(models, static), searched, pools)
    if json_path:
        write_figures(json_path, json.dumps(figures, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
