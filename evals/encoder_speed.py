"""How fast encoders are: each measured in a fresh process of its own, on two threads and without a GPU."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import EncoderError, LibraryError
from corpus.language import is_cjk
from corpus.tokens import count_tokens

TOKENS = 60  # of a paragraph, as corpus.tokens counts them
THREADS = 2
RUNS = 3
# A run takes as many texts as two seconds hold, but so many at least.
SECONDS = 2.0
FEWEST = 200
WARMING = 64

_ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"), str(THREADS)),
    "TOKENIZERS_PARALLELISM": "true",
    "CUDA_VISIBLE_DEVICES": "",
    "HF_HUB_OFFLINE": "1",
}
_WORKER = "from evals.encoder_speed import worker; worker()"


@dataclass(frozen=True)
class Speed:
    """Best of ``RUNS``. ``rates`` are paragraphs a second, and ``texts`` how many a run had, by name of the texts.

    ``load_s``: importing and opening in a fresh process, until the first vector is there. ``query_s``: one question by
    itself, the median.
    """

    load_s: float
    query_s: float
    rates: Mapping[str, float]
    texts: Mapping[str, int]


def paragraphs_of(text: str, how_many: int) -> list[str]:
    """Paragraphs of at most ``TOKENS`` tokens, and hardly less, that begin at even distances all over a text.

    They overlap where there are many, and differ as long as the text has so many words; the last run on at its
    beginning. Raises LibraryError on a text without words.
    """
    units = _units(text)
    if not units:
        raise LibraryError("The documents hold no words to measure with; name another corpus in NMIRF_CORPUS.")
    longest = min(4 * TOKENS, len(units))
    running = units + units[:longest]
    starts = (number * len(units) // how_many for number in range(how_many))
    return [_first_tokens(running[start : start + longest]) for start in starts]


def _first_tokens(units: Sequence[str]) -> str:
    ends = range(1, len(units) + 1)
    fitting = bisect_right(ends, TOKENS, key=lambda end: count_tokens("".join(units[:end]).strip()))
    return "".join(units[: max(fitting, 1)]).strip()


def _units(text: str) -> list[str]:
    """Words, each with the space before it; characters where words are written without spaces."""
    return [
        unit
        for word in text.split()
        for unit in ([f" {word}"] if not any(map(is_cjk, word)) else [" " + word[0], *word[1:]])
    ]


def measure(folder: Path | None, name: str | None, texts: Mapping[str, Sequence[str]], queries: Sequence[str]) -> Speed:
    """The speed of the static encoder in a folder, or else of the model of a name, as ``load_encoder`` takes it.

    Raises EncoderError, with what the process said last, when it fails.
    """
    job: dict[str, Any] = {"folder": str(folder) if folder else None, "name": name, "queries": list(queries)}
    loads = [_run({**job, "texts": {}})["load_s"] for _ in range(RUNS - 1)]
    measured = _run({**job, "texts": {key: list(each) for key, each in texts.items()}})
    return Speed(
        load_s=min([*loads, measured["load_s"]]),
        query_s=measured["query_s"],
        rates=measured["rates"],
        texts=measured["texts"],
    )


def _run(job: Mapping[str, Any]) -> dict[str, Any]:
    finished = subprocess.run(
        [sys.executable, "-c", _WORKER],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        env={**os.environ, **_ENVIRONMENT},
        check=False,
    )
    if finished.returncode:
        said = finished.stderr.strip().rsplit("\n", 1)[-1] or f"exit code {finished.returncode}"
        raise EncoderError(f"The speed of {job['folder'] or job['name']} cannot be measured ({said.rstrip('.')}).")
    answer: dict[str, Any] = json.loads(finished.stdout.rsplit("\n", 2)[-2])
    return answer


def worker() -> None:
    """What the process does: one job from standard input, one line of JSON to standard output."""
    job = json.load(sys.stdin)
    start = time.perf_counter()
    from corpus.encoder import Encoder, StaticEncoder, load_encoder

    encoder: Encoder = StaticEncoder(Path(job["folder"])) if job["folder"] else load_encoder(job["name"])
    encoder.encode_queries(job["queries"][:1])
    load_s = time.perf_counter() - start
    rates, texts = {}, {}
    for name, each in job["texts"].items():
        warm = each[:WARMING]
        taken = min(len(each), max(FEWEST, int(SECONDS * len(warm) / _seconds(encoder.encode_passages, warm))))
        fastest = min(_seconds(encoder.encode_passages, each[:taken]) for _ in range(RUNS))
        rates[name], texts[name] = taken / fastest, taken
    query_s = statistics.median(_seconds(encoder.encode_queries, [query]) for query in job["queries"])
    print(json.dumps({"load_s": load_s, "query_s": query_s, "rates": rates, "texts": texts}))


def _seconds(encode: Any, texts: Sequence[str]) -> float:
    start = time.perf_counter()
    encode(texts)
    return time.perf_counter() - start
