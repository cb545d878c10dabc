"""Whether a pool of all languages favours one: ``python -m evals.language_share``. Prints a table.

Every paragraph of the shipped documents is in the pool in six languages, and every parallel question of both splits is
asked in six. The nearest paragraphs of the pool are counted by language, whatever the language of the question: were no
language favoured, each would have a sixth of them. It is here that languages compete; of what is found a paragraph
counts once, and is cited in the language of the question.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping

from assistant.question import understand
from assistant.retrieve import Retriever
from assistant.settings import load_settings
from assistant.weights import load_weights
from corpus.encoder import load_encoder
from corpus.errors import NmirfError
from corpus.language import Language
from corpus.library import DocumentRecord, Library
from evals.questions import PARALLEL, EvalQuestion, shipped_questions
from evals.shipped import library_of, shipped_folder

NEAREST = 30  # as many as five paragraphs have versions
AIM = 0.1  # how far from equal a share may be, of an equal one


def language_counts(retriever: Retriever, questions: Iterable[EvalQuestion]) -> dict[Language, int]:
    """How many of the nearest paragraphs of all questions are in each language."""
    records = retriever.library.documents()
    language_of = {row: d.language for d in records for row in _rows(retriever.library, d)}
    found: Counter[Language] = Counter()
    for question in questions:
        query = understand(question.question, question.language)
        found.update(language_of[row] for row, _ in retriever.nearest(query, NEAREST)[:NEAREST])
    return {language: found[language] for language in Language}


def _rows(library: Library, document: DocumentRecord) -> list[int]:
    return [stored.row for stored in library.all_paragraphs(document.symbol, document.language)]


def shares(counts: Mapping[Language, int]) -> dict[Language, float]:
    """The share of each language, of an equal one: 1 is equal."""
    equal = sum(counts.values()) / len(counts)
    return {language: count / equal for language, count in counts.items()}


def main() -> int:
    """Print the shares; 1 when one is further from equal than ``AIM``, 2 when it cannot be run."""
    try:
        settings = load_settings()
        encoder = load_encoder(settings.encoder, allow_download=settings.allow_download)
        questions = [q for q in shipped_questions() if q.split in PARALLEL and q.answerable and not q.after]
        with library_of([shipped_folder(settings)], encoder) as library:
            reached = shares(language_counts(Retriever(library, encoder, load_weights()), questions))
    except NmirfError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(questions)} questions, the nearest {NEAREST} paragraphs of each; 1.00 is an equal share")
    for language, share in reached.items():
        print(f"  {language}: {share:.2f}")
    return int(any(abs(share - 1.0) > AIM for share in reached.values()))


if __name__ == "__main__":
    sys.exit(main())
