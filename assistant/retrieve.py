"""From a Query to Hits: exact addresses, lexical and dense candidates, evidence fused; one hit a paragraph.

Each language has its own lexical index, dense vectors are one space, and the language versions of a paragraph count
once, by its best evidence, so that a large language cannot crowd out a small one. It is long because every kind of
evidence is found here, and weighed in one place (``assistant.weights``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.address import SymbolMention
from assistant.question import Kind, Query
from assistant.weights import Weights
from corpus.bodies import body_names, body_phrases
from corpus.document import ParagraphId, ParagraphKind
from corpus.encoder import Encoder, StaticEncoder
from corpus.language import Language, is_cjk
from corpus.lexical import Word, fold, index_tokens, words
from corpus.library import DocumentRecord, Library, StoredParagraph
from corpus.mandate import Mandate, asks
from corpus.numerals import sessions_in
from corpus.symbol import Symbol
from corpus.terms import is_instrument, term_names, term_phrases
from corpus.vectors import ChromaVectors, ExactVectors, open_vectors

# A figure that counts something: no year, no part of a symbol or of a date's number.
_FIGURE = re.compile(r"(?<![\d/.,\-])\d{1,3}(?![\d/.]|\s*[年月日])")

_SENTENCE = re.compile(r"[.;!?؛؟。；！？]")

CANDIDATES = 150  # how many paragraphs each kind of search proposes
RERANKED = 120  # how many of them are looked at word by word
ROWS_REMEMBERED = 50_000
WORDS_REMEMBERED = 100_000
UNSEEN = 4.0  # the rarity of a word that no chunk holds: it may still lie near one that some do
RARE = 8.0  # the shared rarity of terms at which more says nothing
NAMING = 5  # how many paragraphs are shown that name a text which is not held


@dataclass(frozen=True)
class Address:
    """The identity of a paragraph in all languages."""

    symbol: Symbol
    paragraph: ParagraphId


@dataclass
class Hit:
    """A paragraph with its score and the evidence for it, each between 0 and 1."""

    address: Address
    stored: StoredParagraph
    score: float
    evidence: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Mentioned:
    """A document that a question names: held (``symbol``), only named in texts of the corpus, or neither."""

    mention: SymbolMention
    held: tuple[Symbol, ...]
    naming: tuple[StoredParagraph, ...] = ()

    @property
    def printed(self) -> str:
        """How to print the document: its symbol when known, else its number."""
        return str(self.held[0]) if self.held else self.mention.symbol or self.mention.number


class Retriever:
    """Searches one library. Its caches follow the library when another process writes to it."""

    def __init__(self, library: Library, encoder: Encoder, weights: Weights) -> None:
        self.library = library
        self.encoder = encoder
        # Words meet words in the static table, whichever model encodes whole texts.
        self.words = encoder if isinstance(encoder, StaticEncoder) else StaticEncoder()
        self.weights = weights
        self._generation = -1
        self._refresh()

    def _refresh(self) -> None:
        generation = self.library.generation()
        if generation == self._generation:
            return
        self._generation = generation
        self.documents = self.library.documents()
        self._versions: dict[Symbol, dict[Language, DocumentRecord]] = {}
        for document in self.documents:
            self._versions.setdefault(document.symbol, {})[document.language] = document
        self.vectors: ExactVectors | ChromaVectors = open_vectors(self.library)
        self.chunks = {language: self.library.count_chunks_in(language) for language in Language}
        self._by_row: dict[int, StoredParagraph] = {}
        self.stored = lru_cache(maxsize=20_000)(self._stored)
        self.mandates_of = lru_cache(maxsize=2_000)(self._mandates_of)
        self.word_vectors = lru_cache(maxsize=4_000)(self._word_vectors)
        self.sentence_vectors = lru_cache(maxsize=4_000)(self._sentence_vectors)
        self._word_vector: dict[str, NDArray[np.float32]] = {}
        self.tokens_of = lru_cache(maxsize=20_000)(self._tokens_of)
        self.sessions_of = lru_cache(maxsize=20_000)(self._sessions_of)
        self.terms_of = lru_cache(maxsize=20_000)(self._terms_of)
        self.frequency = lru_cache(maxsize=50_000)(self.library.frequency)

    # Documents and paragraphs.

    def symbols(self) -> list[Symbol]:
        """The documents that the library holds, each once."""
        return list(self._versions)

    def versions(self, symbol: Symbol) -> dict[Language, DocumentRecord]:
        """The language versions of a document."""
        return self._versions.get(symbol, {})

    def reading_language(self, symbol: Symbol, wanted: Language) -> Language | None:
        """The language to show a document in: the one wanted, else the official version, else English, else any."""
        if wanted in self.versions(symbol):
            return wanted
        ranked = self._by_preference(symbol)
        return ranked[0].language if ranked else None

    def find(self, mention: SymbolMention) -> Mentioned:
        """What a symbol or number of a question stands for."""
        self._refresh()
        held = self._held(mention)
        if held:
            return Mentioned(mention, tuple(held))
        return Mentioned(mention, (), tuple(self._naming(mention)))

    def _held(self, mention: SymbolMention) -> list[Symbol]:
        symbols = self.symbols()
        if mention.symbol is not None:
            exact = [s for s in symbols if s.text == mention.symbol]
            # "HRC/RES/60/27" leaves out the Assembly's letter.
            return exact or [s for s in symbols if s.text.endswith("/" + mention.symbol)]
        number = mention.number.replace(" ", "")
        return [s for s in symbols if s.text.replace(" ", "").endswith("/" + number)]

    def _naming(self, mention: SymbolMention) -> list[StoredParagraph]:
        number = mention.symbol or mention.number
        if mention.symbol and Symbol(mention.symbol).resolution_number:
            number = mention.number
        pattern = re.compile(rf"(?<![\d/]){re.escape(number)}(?![\d/])")
        rows = [row for row, text in self.library.texts_with(number) if pattern.search(text)]
        return sorted(self.library.paragraphs(rows).values(), key=lambda p: p.row)

    def _stored(self, address: Address, language: Language) -> StoredParagraph | None:
        return self.library.paragraph(address.symbol, address.paragraph, language)

    def read(self, address: Address, wanted: Language) -> StoredParagraph | None:
        """A paragraph in the language wanted, or the best other; None when there is no such paragraph."""
        stored = self.stored(address, wanted)
        if stored is not None:
            return stored
        others = (self.stored(address, d.language) for d in self._by_preference(address.symbol))
        return next((s for s in others if s is not None), None)

    def _by_preference(self, symbol: Symbol) -> list[DocumentRecord]:
        versions = self.versions(symbol).values()
        return sorted(versions, key=lambda d: (not d.official, d.language is not Language.EN, d.language))

    def paragraphs(self, symbol: Symbol, language: Language) -> list[StoredParagraph]:
        """The paragraphs of a document in the reading language."""
        reading = self.reading_language(symbol, language)
        return self.library.all_paragraphs(symbol, reading) if reading else []

    def _mandates_of(self, symbol: Symbol, language: Language) -> dict[str, list[Mandate]]:
        """The mandates of a document by label, as the reading language states them."""
        reading = self.reading_language(symbol, language)
        found: dict[str, list[Mandate]] = {}
        if reading is not None:
            for _, label, mandate in self.library.mandates(reading, symbol):
                found.setdefault(str(label), []).append(mandate)
        return found

    def asks_a_body(self, address: Address, query: Query) -> bool:
        """Whether a paragraph, or the one that it is part of, asks a body of the question to act."""
        mandates = self.mandates_of(address.symbol, query.language).get(str(address.paragraph.root), [])
        return any(asks(m, query.bodies) for m in mandates)

    def below(self, address: Address, language: Language) -> list[Address]:
        """The sub-paragraphs of a paragraph at any depth that stand on their own, in their order."""
        return [
            Address(address.symbol, p.paragraph.id)
            for p in self.paragraphs(address.symbol, language)
            if str(p.paragraph.id).startswith(f"{address.paragraph}(") and not p.paragraph.within
        ]

    # Search.

    def search(self, query: Query, symbols: Iterable[Symbol] = ()) -> list[Hit]:
        """The paragraphs that speak of what a query asks, best first; within ``symbols`` when any are given."""
        self._refresh()
        within = frozenset(symbols)
        evidence = self._candidates(query, within)
        hits: list[Hit] = []
        for address, found in evidence.items():
            stored = self.read(address, query.language)
            if stored is not None:
                hits.append(Hit(address, stored, 0.0, found))
        self._match_words(query, hits)
        for hit in hits:
            hit.score = self.weights.score(hit.evidence)
        hits.sort(key=lambda h: (-h.score, str(h.address.symbol), h.stored.row))
        return hits

    def _candidates(self, query: Query, within: frozenset[Symbol]) -> dict[Address, dict[str, float]]:
        evidence: dict[Address, dict[str, float]] = {}
        limit = CANDIDATES * (3 if within else 1)
        own = index_tokens(query.content_text, query.language)
        self._add(evidence, "lexical", self.library.search(own, query.language, limit), within)
        for language in Language:
            expanded = self._expanded(query, language)
            if expanded:
                self._add(evidence, "glossary", self.library.search(expanded, language, limit), within)
        vector = self.encoder.encode_queries([query.content_text.strip() or query.blanked])[0]
        self._add(evidence, "dense", self._nearest(vector, query, limit), within, top_only=False)
        return evidence

    def _nearest(self, vector: NDArray[np.float32], query: Query, limit: int) -> list[tuple[int, float]]:
        """The nearest paragraphs in the question's language and in all of them together."""
        own = self.vectors.nearest(vector, query.language, limit)
        seen = {row for row, _ in own}
        return own + [hit for hit in self.vectors.nearest(vector, None, limit) if hit[0] not in seen]

    def _expanded(self, query: Query, language: Language) -> list[str]:
        """The tokens of the other names, in a language, of the terms and bodies that the question names."""
        tokens: list[str] = []
        for term in query.subject_terms:
            for name in term_names(term, language):
                tokens += index_tokens(name, language)
        return list(dict.fromkeys(tokens))

    def _add(
        self,
        evidence: dict[Address, dict[str, float]],
        kind: str,
        found: list[tuple[int, float]],
        within: frozenset[Symbol],
        top_only: bool = True,
    ) -> None:
        """Scores of one search, as shares of its best, kept for the best language version of each paragraph."""
        if not found:
            return
        stored = self._rows([row for row, _ in found])
        top = max(score for _, score in found)
        for row, score in found:
            paragraph = stored[row]
            if within and paragraph.symbol not in within:
                continue
            address = Address(paragraph.symbol, paragraph.paragraph.id)
            share = score / top if top_only and top > 0 else max(score, 0.0)
            kinds = evidence.setdefault(address, {})
            kinds[kind] = max(kinds.get(kind, 0.0), share)

    def _rows(self, rows: list[int]) -> dict[int, StoredParagraph]:
        """Paragraphs by their rows, remembered."""
        missing = [row for row in rows if row not in self._by_row]
        if missing:
            if len(self._by_row) > ROWS_REMEMBERED:
                self._by_row = {}
                missing = rows
            self._by_row |= self.library.paragraphs(missing)
        return self._by_row

    # Word by word.

    def _match_words(self, query: Query, hits: list[Hit]) -> None:
        """Late interaction, coverage of words and terms, structure, for the candidates of most promise."""
        hits.sort(key=lambda h: -self.weights.score(h.evidence))
        question = self._question_words(query)
        best = np.zeros(len(question[1]), dtype=np.float32)
        whole = self.words.encode_queries([query.content_text or query.blanked])[0]
        for hit in hits[:RERANKED]:
            nearest = self._nearest_words(question[0], hit)
            best = np.maximum(best, nearest)
            hit.evidence["late"] = _weighted(nearest**2, question[1])
            sentences = self.sentence_vectors(hit.address, hit.stored.language)
            if len(sentences):
                hit.evidence["sentence"] = float((sentences @ whole).max())
        alien = _weighted(1.0 - best**2, question[1])
        for hit in hits:
            hit.evidence["alien"] = alien
        self._match_terms(query, hits)
        tokens = list(dict.fromkeys(index_tokens(query.content_text, query.language)))
        idf = {t: self._idf(((t,),), query.language) for t in tokens}
        mass = sum(idf.values())
        for hit in hits:
            if mass and hit.stored.language == query.language:
                present = self.tokens_of(hit.address, hit.stored.language)
                shared = sum(idf[t] for t in tokens if t in present)
                hit.evidence["coverage"] = shared / mass
            self._structure(query, hit)

    def _match_terms(self, query: Query, hits: list[Hit]) -> None:
        """The shared terms and bodies: as a share of the question's, and by their rarity alone."""
        rarity = {
            t: self._rarity(t, query.language) for t in (*query.subject_terms, *(f"body:{b}" for b in query.bodies))
        }
        total = sum(rarity.values())
        if not total:
            return
        absent = sum(self._absent(t, query.language) for t in rarity) / len(rarity)
        for hit in hits:
            hit.evidence["absent"] = absent
            found = self.terms_of(hit.address, hit.stored.language)
            shared = sum(value for term, value in rarity.items() if term in found)
            hit.evidence["terms"] = shared / total
            hit.evidence["rare_terms"] = min(shared / RARE, 1.0)

    def _structure(self, query: Query, hit: Hit) -> None:
        """What kind of paragraph it is, and whether it names the number, session or addressee of the question."""
        kind = hit.stored.paragraph.kind
        hit.evidence["preambular"] = float(kind is ParagraphKind.PREAMBULAR)
        if query.numbers:
            hit.evidence["number"] = float(
                any(n in self.tokens_of(hit.address, hit.stored.language) for n in query.numbers)
            )
        if query.sessions:
            named = self.sessions_of(hit.address, hit.stored.language)
            hit.evidence["session"] = float(any(s in named for s in query.sessions))
        if Kind.COUNT in query.kinds:
            hit.evidence["figure"] = float(_FIGURE.search(hit.stored.paragraph.text) is not None)
        if query.bodies:
            hit.evidence["addressee"] = float(self.asks_a_body(hit.address, query))

    def _sessions_of(self, address: Address, language: Language) -> frozenset[int]:
        """The sessions that a paragraph names."""
        stored = self.stored(address, language)
        return frozenset(s.value for s in sessions_in(stored.paragraph.text, language)) if stored else frozenset()

    def _question_words(self, query: Query) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The vectors of a question's content words (words x dimensions) and how rare each is."""
        units = self._units(query.blanked, query.content, query.language)
        vectors = self._vectors_of(units)
        rarity = [self._idf((tuple(index_tokens(unit, query.language)),), query.language, UNSEEN) for unit in units]
        if not units:
            return np.zeros((0, self.words.dimensions), dtype=np.float32), np.zeros(0, dtype=np.float32)
        return vectors, np.array(rarity, dtype=np.float32)

    def _nearest_words(self, question: NDArray[np.float32], hit: Hit) -> NDArray[np.float32]:
        """Late interaction: for each word of the question the cosine of its nearest word of the paragraph, 0 to 1."""
        paragraph = self.word_vectors(hit.address, hit.stored.language)
        if not len(question) or not len(paragraph):
            return np.zeros(len(question), dtype=np.float32)
        nearest: NDArray[np.float32] = np.clip((question @ paragraph.T).max(axis=1), 0.0, 1.0)
        return nearest

    def _word_vectors(self, address: Address, language: Language) -> NDArray[np.float32]:
        """The vectors of a paragraph's different words."""
        stored = self.stored(address, language)
        text = self._searchable(stored) if stored else ""
        units = dict.fromkeys(self._units(text, words(text, language), language))
        return self._vectors_of(list(units))

    def _sentence_vectors(self, address: Address, language: Language) -> NDArray[np.float32]:
        """The vectors of a paragraph's sentences and clauses, each with the headings above it."""
        stored = self.stored(address, language)
        if stored is None:
            return np.zeros((0, self.words.dimensions), dtype=np.float32)
        headings = " ".join(stored.paragraph.headings)
        parts = [p for p in _SENTENCE.split(stored.paragraph.text) if len(p.strip()) > 3]
        vectors: NDArray[np.float32] = self.words.encode_passages([f"{p} {headings}" for p in parts])
        return vectors

    def _vectors_of(self, units: list[str]) -> NDArray[np.float32]:
        """The vectors of words (words x dimensions), remembered; those that are new are encoded together."""
        missing = list(dict.fromkeys(u for u in units if u not in self._word_vector))
        if missing:
            if len(self._word_vector) > WORDS_REMEMBERED:
                self._word_vector = {}
                missing = list(dict.fromkeys(units))
            self._word_vector |= dict(zip(missing, self.words.encode_passages(missing), strict=True))
        if not units:
            return np.zeros((0, self.words.dimensions), dtype=np.float32)
        return np.stack([self._word_vector[u] for u in units])

    def _units(self, text: str, found: Sequence[Word], language: Language) -> list[str]:
        """The words of a text as written; a run of Han characters gives the pieces that the encoder knows."""
        units: list[str] = []
        run_start = run_end = -1
        for word in found:
            if not is_cjk(word.stem[0]):
                units.append(fold(text[word.start : word.end]))
                continue
            if word.start != run_end:
                units += self._pieces(text[run_start:run_end])
                run_start = word.start
            run_end = word.end
        return [*units, *self._pieces(text[run_start:run_end])]

    def _pieces(self, run: str) -> list[str]:
        """A run of Han characters in pieces; single ones say little, and are left out where there are longer ones."""
        pieces = [p.strip("▁") for p in self.words.token_vectors(run)[0]] if run else []
        return [p for p in pieces if len(p) > 1] or [p for p in pieces if p]

    def _searchable(self, stored: StoredParagraph) -> str:
        paragraph = stored.paragraph
        notes = " ".join(n.text for n in paragraph.footnotes)
        lead_in = ""
        if paragraph.id.parent is not None:
            parent = self.stored(Address(stored.symbol, paragraph.id.parent), stored.language)
            lead_in = parent.paragraph.text if parent else ""
        return " ".join(t for t in (*paragraph.headings, lead_in, paragraph.text, notes) if t)

    def _tokens_of(self, address: Address, language: Language) -> frozenset[str]:
        """The tokens of a paragraph, as the lexical index has them."""
        stored = self.stored(address, language)
        return frozenset(index_tokens(self._searchable(stored), language)) if stored else frozenset()

    def _terms_of(self, address: Address, language: Language) -> frozenset[str]:
        """The terms and bodies that a paragraph names."""
        stored = self.stored(address, language)
        if stored is None:
            return frozenset()
        text = self._searchable(stored)
        found = {m.id for m in term_phrases(language).find(text)}
        return frozenset(found | {f"body:{m.id}" for m in body_phrases(language).find(text)})

    def title_overlap(self, symbol: Symbol, query: Query) -> float:
        """How much of a question's words and terms stands in a document's title, by rarity."""
        title = Address(symbol, ParagraphId("title"))
        stored = self.read(title, query.language)
        if stored is None:
            return 0.0
        present = self.tokens_of(title, stored.language)
        tokens = dict.fromkeys(index_tokens(query.content_text, query.language))
        terms = self.terms_of(title, stored.language)
        return sum(self._idf(((t,),), query.language) for t in tokens if t in present) + sum(
            self._rarity(t, query.language) for t in query.subject_terms if t in terms
        )

    # Instruments: texts that a glossary term names and the library need not hold.

    def instruments_in(self, query: Query) -> tuple[str, ...]:
        """The conventions, declarations, frameworks that a question names, by the ids of the glossary."""
        return tuple(t for t in query.terms if is_instrument(t))

    def naming_instruments(self, query: Query, named: tuple[str, ...]) -> list[Address]:
        """The paragraphs that name one of the instruments, in the question's language or the one read in its place."""
        found: list[Address] = []
        for symbol in self.symbols():
            for stored in self.paragraphs(symbol, query.language):
                address = Address(symbol, stored.paragraph.id)
                if not stored.paragraph.within and self._own_terms(stored) & set(named):
                    found.append(address)
        return found[:NAMING]

    def _own_terms(self, stored: StoredParagraph) -> frozenset[str]:
        notes = " ".join(n.text for n in stored.paragraph.footnotes)
        return frozenset(m.id for m in term_phrases(stored.language).find(f"{stored.paragraph.text} {notes}"))

    def rest_covered(self, query: Query, named: tuple[str, ...], hits: list[Hit]) -> float:
        """How much of the question besides the instruments' names the best paragraph that names one covers (0 to 1)."""
        spans = [(m.start, m.end) for m in term_phrases(query.language).find(query.blanked) if m.id in named]
        rest = [w for w in query.subject if not any(start <= w.start < end for start, end in spans)]
        kept = [" "] * len(query.blanked)
        for word in rest:
            kept[word.start : word.end] = query.blanked[word.start : word.end]
        tokens = list(dict.fromkeys(index_tokens("".join(kept), query.language)))
        if not tokens:
            return 0.0
        idf = {t: self._idf(((t,),), query.language) for t in tokens}
        naming = [h for h in hits if self._own_terms(h.stored) & set(named)]
        return max(
            (
                sum(idf[t] for t in tokens if t in self.tokens_of(h.address, h.stored.language)) / sum(idf.values())
                for h in naming
            ),
            default=0.0,
        )

    def printed_instrument(self, query: Query, named: tuple[str, ...]) -> str:
        """The instrument's name as the question writes it."""
        spans = [m for m in term_phrases(query.language).find(query.blanked) if m.id in named]
        return query.text[spans[0].start : spans[0].end] if spans else self._names(named[0], query.language)[0]

    def _absent(self, term: str, language: Language) -> bool:
        """Whether no chunk of a language names a term or body."""
        return self.frequency(self._phrases_of(term, language), language) == 0

    def _rarity(self, term: str, language: Language) -> float:
        """How rare a term or body is among the chunks of a language."""
        return self._idf(self._phrases_of(term, language), language)

    def _phrases_of(self, term: str, language: Language) -> tuple[tuple[str, ...], ...]:
        """The names of a term or body, as the tokens of the lexical index."""
        is_body = term.startswith("body:")
        names = body_names(term.removeprefix("body:"), language) if is_body else self._names(term, language)
        return tuple(tuple(index_tokens(name, language)) for name in names)

    def _names(self, term: str, language: Language) -> list[str]:
        return term_names(term, language)

    def _idf(self, phrases: tuple[tuple[str, ...], ...], language: Language, unseen: float | None = None) -> float:
        """The inverse document frequency of phrases; ``unseen`` stands for those that no chunk holds."""
        frequency = self.frequency(phrases, language)
        if frequency == 0 and unseen is not None:
            return unseen
        return float(np.log(1.0 + (self.chunks[language] - frequency + 0.5) / (frequency + 0.5)))


def _weighted(values: NDArray[np.float32], weights: NDArray[np.float32]) -> float:
    """The mean of values by weights; 0 where there are none."""
    return float((values * weights).sum() / weights.sum()) if weights.sum() else 0.0
