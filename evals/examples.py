"""Questions as examples to fit weights on: the evidence of each candidate paragraph, and which of them are gold.

An example is the search that the assistant's reply rests on. Questions that are answered from structured facts
(addresses, votes, requests of a whole document) say nothing of the weights, and a comparison searches each
document by itself; they give none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.answer import Assistant
from assistant.question import Query
from assistant.retrieve import Hit, Retriever
from assistant.weights import Weights
from corpus.encoder import Encoder
from corpus.library import Library
from corpus.symbol import Symbol
from evals.metrics import is_gold
from evals.questions import SHIPPED, EvalQuestion, load_questions

# What weights are fitted on. The reporting questions are never read here.
OF_EACH_LANGUAGE = ("develop.jsonl", "paraphrase.jsonl")
ANSWERABLE = (*OF_EACH_LANGUAGE, "parallel_develop.jsonl")
UNANSWERABLE = ("unanswerable.jsonl",)

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Search:
    """A search of the retriever: within which documents, if any, and what it found, best first."""

    within: frozenset[Symbol]
    hits: list[Hit]


class _WatchedRetriever(Retriever):
    """A retriever that keeps a list of its searches."""

    def __init__(self, library: Library, encoder: Encoder, weights: Weights) -> None:
        super().__init__(library, encoder, weights)
        self.searches: list[Search] = []

    def search(self, query: Query, symbols: Iterable[Symbol] = ()) -> list[Hit]:
        within = frozenset(symbols)
        hits = super().search(query, within)
        self.searches.append(Search(within, hits))
        return hits


class WatchedAssistant(Assistant):
    """An assistant that tells which search a reply rests on."""

    def __init__(self, library: Library, encoder: Encoder, weights: Weights | None = None) -> None:
        super().__init__(library, encoder, weights)
        self._watched = self.retriever = _WatchedRetriever(library, encoder, self.weights)

    def search_behind(self, question: str, earlier: Sequence[str] = ()) -> Search | None:
        """The search that found the paragraphs of the reply; None where none did.

        Its hits are as the reply left them, with the evidence that was added after the search (``deadline``).
        """
        self._watched.searches.clear()
        self.reply(question, earlier=earlier)
        searches = list(self._watched.searches)
        if not searches or len({search.within for search in searches}) > 1:
            return None
        return searches[-1]


@dataclass(frozen=True)
class Example:
    """One question: the evidence of its candidates (candidates x kinds) and which of them are gold."""

    question: EvalQuestion
    evidence: Matrix
    gold: NDArray[np.bool_]
    document_named: bool


def examples(assistant: WatchedAssistant, questions: Sequence[EvalQuestion], kinds: Sequence[str]) -> list[Example]:
    """The questions whose reply rests on a search, with their candidates, best first by the weights in use."""
    found = []
    for each in questions:
        search = assistant.search_behind(each.question, each.after)
        if search is None or not search.hits:
            continue
        evidence = np.array([[hit.evidence.get(kind, 0.0) for kind in kinds] for hit in search.hits])
        addresses = [{"symbol": str(h.address.symbol), "paragraph": str(h.address.paragraph)} for h in search.hits]
        gold = np.array([is_gold(address, each.gold) for address in addresses])
        found.append(Example(each, evidence, gold, bool(search.within)))
    return found


def development_questions(names: Sequence[str] = ANSWERABLE) -> list[EvalQuestion]:
    """The questions of these files of ``evals/questions``, the answerable ones to develop on by default."""
    return [question for name in names for question in load_questions(SHIPPED / name)]
