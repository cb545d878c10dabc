"""From a question to the paragraph that answers it, by one method at a time and without structure.

The questions are those that go to the search; symbols stay words of theirs. No addresses, votes, mandates or glossary
help. A pool is the documents in one language: the question's, or Chinese whatever the language of the question.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.late import LateInteraction, WordCutter
from assistant.question import Kind, Query, restored, understand
from assistant.retrieve import Retriever
from assistant.weights import load_weights
from corpus.encoder import Encoder, StaticEncoder
from corpus.language import Language
from corpus.lexical import index_tokens, words
from corpus.library import Library
from evals.ablation import GROUPS
from evals.metrics import DEPTH, is_gold
from evals.questions import EvalQuestion
from ingest.chunk import chunks_of

# A paragraph: symbol and label.
Place = tuple[str, str]
Scores = Mapping[Place, float]
# The paragraphs of the pool that a method finds, with their scores.
Method = Callable[[EvalQuestion, "Pool"], Scores]

# A text and its language.
Text = tuple[Language, str]

OFF = frozenset((*GROUPS["all structure"], *GROUPS["all of the glossary"]))


@dataclass(frozen=True)
class LateTimes:
    """Seconds of a question over so many paragraphs: when their words are new, and when they are known."""

    paragraphs: int
    first_s: float
    median_s: float
    longest_s: float


class Pool:
    """The documents in one language: a library of them, and the chunks with the texts that are indexed."""

    def __init__(self, library: Library, language: Language) -> None:
        self.library = library
        self.language = language
        self.places: list[Place] = []
        self.texts: list[str] = []
        for record in library.documents():
            document = library.document(record.symbol, language)
            for chunk in chunks_of(document) if document else ():
                self.places.append((str(record.symbol), chunk.label))
                self.texts.append(chunk.indexed_text)

    def best(self, scores: Sequence[float]) -> Scores:
        """The scores of chunks, in their order, as scores of paragraphs: each by its best chunk."""
        found: dict[Place, float] = {}
        for place, score in zip(self.places, scores, strict=True):
            found[place] = max(score, found.get(place, score))
        return found


def plain_query(question: EvalQuestion) -> Query:
    """The question as words alone: its symbols among them, and nothing understood."""
    query = understand(question.question, question.language)
    query = restored(query, query.symbols)
    return replace(query, symbols=(), kinds=(Kind.CONTENT,), bodies=(), sessions=(), terms=(), numbers=())


def dense(encoder: Encoder, content_words: bool = False) -> Method:
    """Cosine of the question, as it is asked or by its content words alone, and what is indexed."""

    def found(question: EvalQuestion, pool: Pool) -> Scores:
        asked = plain_query(question).content_text if content_words else question.question
        cosines = encoder.encode_passages(pool.texts) @ encoder.encode_queries([asked])[0]
        return pool.best([float(cosine) for cosine in cosines])

    return found


def lexical(question: EvalQuestion, pool: Pool) -> Scores:
    """BM25 over the content words of the question."""
    query = plain_query(question)
    tokens = index_tokens(query.content_text, query.language)
    rows = dict(pool.library.search(tokens, pool.language, len(pool.texts)))
    stored = pool.library.paragraphs(rows)
    return {(str(stored[row].symbol), str(stored[row].paragraph.id)): score for row, score in rows.items()}


def late(encoder: StaticEncoder) -> Method:
    """Each content word meets the nearest word of what is indexed: the mean cosine, by the rarity of the words."""
    cutter = WordCutter(encoder)
    rooms: dict[Language, LateInteraction] = {}

    def found(question: EvalQuestion, pool: Pool) -> Scores:
        query = plain_query(question)
        room = rooms.setdefault(pool.language, LateInteraction(encoder))
        units = [unit.text for unit in cutter.units(query.blanked, query.content)]
        rarity = np.array([_rarity(unit, query.language, pool.library) for unit in units])

        def units_of(chunks: list[int]) -> list[list[str]]:
            texts = (pool.texts[chunk] for chunk in chunks)
            return [[unit.text for unit in cutter.units(text, words(text, pool.language))] for text in texts]

        nearest = room.nearest(room.vectors(units), range(len(pool.texts)), units_of)
        return pool.best([float(score) for score in nearest @ rarity / max(rarity.sum(), 1e-9)])

    return found


def late_times(encoder: StaticEncoder, questions: Sequence[EvalQuestion], texts: Sequence[Text]) -> LateTimes:
    """How long late interaction takes for questions over texts, those of some language, in a room of its own."""
    cutter, room = WordCutter(encoder), LateInteraction(encoder)
    asked = []
    for question in questions:
        query = plain_query(question)
        asked.append([unit.text for unit in cutter.units(query.blanked, query.content)])

    def units_of(rows: list[int]) -> list[list[str]]:
        return [
            [unit.text for unit in cutter.units(text, words(text, lang))] for lang, text in map(texts.__getitem__, rows)
        ]

    times = []
    for units in [asked[0], *asked]:
        start = time.perf_counter()
        room.nearest(room.vectors(units), range(len(texts)), units_of)
        times.append(time.perf_counter() - start)
    first, *known = times
    return LateTimes(len(texts), first, float(np.median(known)), max(known))


def _rarity(word: str, language: Language, library: Library) -> float:
    """The inverse document frequency in the pool; in a pool of another language all words are as rare."""
    held = library.frequency((tuple(index_tokens(word, language)),), language)
    return float(np.log(1.0 + (library.count_chunks_in(language) - held + 0.5) / (held + 0.5)))


def fused(methods: Sequence[Method]) -> Method:
    """The sum of what several methods find, each as shares of its best."""

    def found(question: EvalQuestion, pool: Pool) -> Scores:
        total: dict[Place, float] = {}
        for method in methods:
            scores = method(question, pool)
            top = max(scores.values(), default=0.0)
            for place, score in scores.items() if top > 0 else ():
                total[place] = total.get(place, 0.0) + score / top
        return total

    return found


def evidence(encoder: StaticEncoder) -> Method:
    """The project's search with the weights that ship, but none for structure and the glossary."""
    weights = load_weights()
    weights = replace(weights, weights={kind: w for kind, w in weights.weights.items() if kind not in OFF})
    retrievers: dict[Language, Retriever] = {}

    def found(question: EvalQuestion, pool: Pool) -> Scores:
        if pool.language not in retrievers:
            retrievers[pool.language] = Retriever(pool.library, encoder, weights)
        hits = retrievers[pool.language].search(plain_query(question))
        return {(str(hit.address.symbol), str(hit.address.paragraph)): hit.score for hit in hits}

    return found


def finds(method: Method, question: EvalQuestion, pool: Pool) -> bool:
    """Whether a gold paragraph is among the first five that a method finds."""
    scores = method(question, pool)
    best = sorted(scores, key=lambda place: -scores[place])[:DEPTH]
    return any(is_gold({"symbol": symbol, "paragraph": label}, question.gold) for symbol, label in best)
