"""From a Query to Hits: exact addresses, lexical and dense candidates, evidence fused; one hit a paragraph.

Each language has its own lexical index, dense vectors are one space, and the language versions of a paragraph count
once, by its best evidence, so that a large language cannot crowd out a small one. It is long because every kind of
evidence is found here, and weighed in one place (``Retriever.rank``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.address import SymbolMention
from assistant.late import LateInteraction, WordCutter, sentences_in
from assistant.matches import Compared, asked_names, matches, shared_names
from assistant.question import Kind, Query, content_words
from assistant.rarity import BODY, Rarity
from assistant.reply import Match
from assistant.spelling import Spelling
from assistant.times import tells_a_time
from assistant.weights import Weights
from corpus.attributes import tells_attribute
from corpus.bodies import body_phrases
from corpus.document import ParagraphId, ParagraphKind
from corpus.encoder import Encoder, StaticEncoder
from corpus.language import Language
from corpus.lexical import Word, index_tokens, words
from corpus.library import DocumentRecord, Library, StoredParagraph
from corpus.mandate import Mandate, asks
from corpus.numerals import sessions_in
from corpus.states import state_phrases
from corpus.symbol import Symbol
from corpus.terms import term_names, term_phrases
from corpus.vectors import ChromaVectors, ExactVectors, open_vectors

# A figure that counts something: no year, no part of a symbol or of a date's number.
_FIGURE = re.compile(r"(?<![\d/.,\-])\d{1,3}(?![\d/.]|\s*[年月日])")

CANDIDATES = 150  # how many paragraphs each kind of search proposes
RERANKED = 500  # how many of them are compared word by word; where no more are asked, all are, proposed or not
ROWS_REMEMBERED = 50_000
SENTENCES_REMEMBERED = 20_000
UNSEEN = 4.0  # the rarity of a word that no chunk holds: it may still lie near one that some do
LEVEL = 20  # of so many paragraphs the versions are compared, to bring languages to one level
CONTEXT = 0.35  # what a word counts that a follow-up has from the question before it
BEGINNING = 30  # of so many words is the beginning of a paragraph
NAMES = 4  # bodies, terms and States in a question that speak for the field; more say nothing
FEW_STATES = 8  # a paragraph that names more, as in the lists of a vote, is about each of them the less
SHORTEST_ABBREVIATION = 3
RARE = 8.0  # the shared rarity of terms at which more says nothing


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
        self.static = encoder if isinstance(encoder, StaticEncoder) else StaticEncoder()
        self.cutter = WordCutter(self.static)
        self.by_word = LateInteraction(self.static)
        self.by_sentence = LateInteraction(self.static, SENTENCES_REMEMBERED)
        self.weights = weights
        self._generation = -1
        self.refresh()

    def refresh(self) -> None:
        """Follow the library when another process has changed it.

        Raises IndexMismatch when its index was made anew with another encoder.
        """
        generation = self.library.generation()
        if generation == self._generation:
            return
        self.library.check_makers(self.encoder.name, self.encoder.dimensions)
        self.documents = self.library.documents()
        self._versions: dict[Symbol, dict[Language, DocumentRecord]] = {}
        for document in self.documents:
            self._versions.setdefault(document.symbol, {})[document.language] = document
        self.vectors: ExactVectors | ChromaVectors = open_vectors(self.library)
        self.rarity = Rarity(self.library)
        self.spelling = Spelling(self.library)
        self._by_row: dict[int, StoredParagraph] = {}
        self.by_word.forget_texts()
        self.by_sentence.forget_texts()
        self.stored = lru_cache(maxsize=20_000)(self._stored)
        self.versions_of = lru_cache(maxsize=20_000)(self._versions_of)
        self.standing = lru_cache(maxsize=RERANKED)(self._standing)
        self.mandates_of = lru_cache(maxsize=2_000)(self._mandates_of)
        # Long enough for the evidence of one question, which looks at the same words more than once.
        self.words_of = lru_cache(maxsize=2 * RERANKED)(self._words_of)
        self.tokens_of = lru_cache(maxsize=20_000)(self._tokens_of)
        self.sessions_of = lru_cache(maxsize=20_000)(self._sessions_of)
        self.states_of = lru_cache(maxsize=20_000)(self._states_of)
        self.own_terms_of = lru_cache(maxsize=20_000)(self._own_terms_of)
        self.terms_of = lru_cache(maxsize=20_000)(self._terms_of)
        self._generation = generation

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
        self.refresh()
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
        self.refresh()
        hits: list[Hit] = []
        for address, found in self._candidates(query, frozenset(symbols)).items():
            stored = self.read(address, query.language)
            if stored is not None:
                hits.append(Hit(address, stored, 0.0, found))
        if len(hits) > RERANKED:
            self.rank(hits)
            del hits[RERANKED:]
        self._compare(query, hits)
        self._match_terms(query, hits)
        self._cover(query, hits)
        field = self._field(query)
        for hit in hits:
            hit.evidence["field"] = field
            self._structure(query, hit)
        self.rank(hits)
        return hits

    def rank(self, hits: list[Hit]) -> None:
        """Weigh the evidence of each hit, and sort them by it, best first."""
        for hit in hits:
            hit.score = self.weights.score(hit.evidence)
        hits.sort(key=lambda h: (-h.score, str(h.address.symbol), h.stored.row))

    def _candidates(self, query: Query, within: frozenset[Symbol]) -> dict[Address, dict[str, float]]:
        """What the searches say of the paragraphs that they propose; nothing of others, where all are compared."""
        everything = self._everything(within or frozenset(self.symbols()), query.language)
        evidence: dict[Address, dict[str, float]] = {}
        limit = CANDIDATES * (3 if within else 1)
        own = index_tokens(query.content_text, query.language)
        self._add(evidence, "lexical", self.library.search(own, query.language, limit), within)
        for language in Language:
            expanded = self._expanded(query, language)
            if expanded:
                self._add(evidence, "glossary", self.library.search(expanded, language, limit), within)
        nearest = self.nearest(query, limit, max(limit, len(everything)))
        self._add(evidence, "dense", nearest, within, top_only=False)
        for address in everything:
            evidence.setdefault(address, {})
        return evidence

    def _everything(self, symbols: frozenset[Symbol], language: Language) -> list[Address]:
        """All paragraphs of documents that stand on their own; none when they are too many to be compared."""
        found: list[Address] = []
        if len(symbols) > RERANKED:
            return found
        for symbol in symbols:
            found += self.standing(symbol, language)
            if len(found) > RERANKED:
                return []
        return found

    def _standing(self, symbol: Symbol, language: Language) -> list[Address]:
        """The paragraphs of a document that do not run on within another."""
        held = [p.paragraph for p in self.paragraphs(symbol, language)]
        return [Address(symbol, p.id) for p in held if not p.within and p.text.strip()]

    def nearest(self, query: Query, limit: int, own_limit: int | None = None) -> list[tuple[int, float]]:
        """The nearest paragraphs in the question's language and in each other, by cosines on one level, best first.

        Texts in some languages lie nearer to a question than others that say the same. The cosines of a language are
        raised or lowered by as much as its versions of the paragraphs nearest in the question's language lie off.
        """
        text = query.content_text.strip() or query.blanked
        vector = self.encoder.encode_queries([text])[0]
        own = self.vectors.nearest(vector, query.language, own_limit or limit)
        stored = self._rows([row for row, _ in own])
        level = {_address(stored[row]): cosine for row, cosine in own[:LEVEL]}
        found = list(own)
        for language in Language:
            if language != query.language:
                others = self.vectors.nearest(vector, language, limit)
                stored = self._rows([row for row, _ in others])
                off = [level[a] - cosine for row, cosine in others if (a := _address(stored[row])) in level]
                offset = sum(off) / len(off) if off else 0.0
                found += [(row, cosine + offset) for row, cosine in others]
        return sorted(found, key=lambda hit: -hit[1])

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

    def _compare(self, query: Query, hits: list[Hit]) -> None:
        """Late interaction with words and with sentences.

        The other language versions of a paragraph are further views of what it says, and what it begins with tells
        most of what it is about.
        """
        question, rarity = self._asked(query)
        share = rarity / rarity.sum() if rarity.any() else rarity
        versions = [self._read_first(h) for h in hits]
        texts = [each.row for of_hit in versions for each in of_hit]
        stored = {each.row: each for of_hit in versions for each in of_hit}
        # A row stands for a whole text, its negative for how the text begins.
        nearest = self.by_word.nearest(
            question.vectors,
            [*texts, *(-row for row in texts)],
            lambda rows: [self._units_of(stored, row) for row in rows],
        )
        late, early = np.split((nearest * share).sum(axis=1), 2)
        whole = self.static.encode_queries([query.content_text or query.blanked])
        sentences = self.by_sentence.nearest(whole, texts, lambda rows: [_sentences(stored[row]) for row in rows])
        counts = np.array([len(of_hit) for of_hit in versions], dtype=np.int64)
        evidence = {
            **dict(zip(("late", "late_others"), _own_and_others(late, counts), strict=True)),
            **dict(zip(("sentence", "sentence_others"), _own_and_others(sentences[:, 0], counts), strict=True)),
            "early": _sums(early, counts) / np.maximum(counts, 1),
        }
        for place, hit in enumerate(hits):
            hit.evidence |= {kind: float(values[place]) for kind, values in evidence.items()}

    def _read_first(self, hit: Hit) -> list[StoredParagraph]:
        """A paragraph in all languages that the library holds it in; first in the one that it is read in."""
        others = [s for s in self.versions_of(hit.address) if s.row != hit.stored.row]
        return [hit.stored, *others]

    def _versions_of(self, address: Address) -> tuple[StoredParagraph, ...]:
        """A paragraph in all languages that the library holds it in."""
        found = (self.stored(address, each) for each in self.versions(address.symbol))
        return tuple(s for s in found if s is not None)

    def _units_of(self, stored: Mapping[int, StoredParagraph], text: int) -> list[str]:
        """The units of a text that a row stands for, or of how it begins that its negative does."""
        if text > 0:
            return self._word_units(stored[text])
        begun = stored[-text]
        own = begun.paragraph.text
        return [u.text for u in self.cutter.units(own, words(own, begun.language))][:BEGINNING]

    def _asked(self, query: Query) -> tuple[Compared, NDArray[np.float32]]:
        """A question's content words, and how rare each is."""
        question = self._compared(query.text, query.content)
        tokens = [tuple(index_tokens(u.text, query.language)) for u in question.units]
        rarity = [self.rarity.of_tokens(t, query.language, UNSEEN) for t in tokens]
        # What a follow-up asks itself tells the paragraph; what it leans on, the neighbourhood.
        counts = [CONTEXT if u.start < query.own_from else 1.0 for u in question.units]
        return question, np.array(rarity, dtype=np.float32) * np.array(counts, dtype=np.float32)

    def _compared(self, text: str, found: Sequence[Word]) -> Compared:
        units = self.cutter.units(text, found)
        return Compared(text, units, self.by_word.vectors([u.text for u in units]))

    def _word_units(self, stored: StoredParagraph) -> list[str]:
        """The words of a paragraph, of what leads to it and of its notes."""
        return [u.text for u in self.cutter.units(*self.words_of(_address(stored), stored.language))]

    def _cover(self, query: Query, hits: list[Hit]) -> None:
        """How much of the question's words stands in the hits; in one of another language, how near its words lie."""
        own = [h for h in hits if h.stored.language == query.language]
        for hit, share in zip(own, self.coverage(query.content_text, query.language, own), strict=True):
            hit.evidence["coverage"] = share
        for hit in hits:
            hit.evidence.setdefault("coverage", hit.evidence["late"])

    def coverage(self, text: str, language: Language, hits: Sequence[Hit]) -> list[float]:
        """How much of the words of a text in a language stands in each hit, by their rarity (0 to 1)."""
        rarity = {t: self.rarity.of_tokens((t,), language) for t in dict.fromkeys(index_tokens(text, language))}
        mass = sum(rarity.values())
        present = [self.tokens_of(h.address, h.stored.language) for h in hits]
        return [sum(r for t, r in rarity.items() if t in tokens) / mass if mass else 0.0 for tokens in present]

    def coverage_by(self, stored: StoredParagraph, query: Query) -> float:
        """How much of a question's words, but for documents, stands in one paragraph, in the question's language."""
        address = _address(stored)
        read = self.read(address, query.language)
        if read is None or read.language != query.language:
            return 0.0
        return self.coverage(query.content_text, query.language, [Hit(address, read, 0.0)])[0]

    def _match_terms(self, query: Query, hits: list[Hit]) -> None:
        """The shared terms and bodies: as a share of the question's, and by their rarity alone."""
        terms = (*query.subject_terms, *(BODY + b for b in query.bodies))
        rarity = {t: self.rarity.of_term(t, query.language) for t in terms}
        total = sum(rarity.values())
        if not total:
            return
        absent = sum(self.rarity.is_absent(t) for t in rarity) / len(rarity)
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
        if query.preambular:
            hit.evidence["part"] = float(kind is ParagraphKind.PREAMBULAR)
        if query.numbers:
            hit.evidence["number"] = float(
                any(n in self.tokens_of(hit.address, hit.stored.language) for n in query.numbers)
            )
        if query.sessions:
            named = self.sessions_of(hit.address, hit.stored.language)
            hit.evidence["session"] = float(any(s in named for s in query.sessions))
        if Kind.COUNT in query.kinds:
            hit.evidence["figure"] = float(_FIGURE.search(hit.stored.paragraph.text) is not None)
            hit.evidence["uncounted"] = 1.0 - hit.evidence["figure"]
        if query.bodies:
            hit.evidence["addressee"] = float(self.asks_a_body(hit.address, query))
        if Kind.REQUEST in query.kinds or query.acts:
            hit.evidence["asks"] = float(self._asks(hit.address, query.language))
        if {Kind.DEADLINE, Kind.ADOPTION, Kind.TIME} & set(query.kinds):
            hit.evidence["time"] = float(tells_a_time(hit.stored.paragraph.text))
            hit.evidence["undated"] = 1.0 - hit.evidence["time"]
        if query.attributes:
            hit.evidence["untold"] = float(not any(self._told(hit, each) for each in query.attributes))
        if query.states:
            states = self.states_of(hit.address, hit.stored.language)
            shared = len(query.states & states) / len(query.states)
            hit.evidence["state"] = shared * min(FEW_STATES / max(len(states), 1), 1.0)
            hit.evidence["elsewhere"] = float(not query.states & states)

    def _field(self, query: Query) -> float:
        """How much a question speaks of the field: by bodies, terms, States, words in capitals that the library has."""
        written = [(w.stem, query.text[w.start : w.end]) for w in query.content]
        short = [stem for stem, text in written if text.isupper() and len(text) >= SHORTEST_ABBREVIATION]
        known = sum(not self.rarity.is_unknown((stem,), query.language) for stem in short)
        return min(len(query.bodies) + len(query.terms) + len(query.states) + known, NAMES) / NAMES

    def _told(self, hit: Hit, attribute: str) -> bool:
        text, found = self.words_of(hit.address, hit.stored.language)
        return tells_attribute(text, found, attribute, hit.stored.language)

    def _asks(self, address: Address, language: Language) -> bool:
        """Whether a paragraph, or the one that it is part of, asks anybody to act."""
        return any(m.directed for m in self.mandates_of(address.symbol, language).get(str(address.paragraph.root), []))

    def _states_of(self, address: Address, language: Language) -> frozenset[str]:
        """The States that a paragraph, or what leads to it, names."""
        return frozenset(m.id for m in state_phrases(language).find(self.words_of(address, language)[1]))

    def _sessions_of(self, address: Address, language: Language) -> frozenset[int]:
        """The sessions that a paragraph names."""
        stored = self.stored(address, language)
        return frozenset(s.value for s in sessions_in(stored.paragraph.text, language)) if stored else frozenset()

    def _searchable(self, stored: StoredParagraph) -> str:
        paragraph = stored.paragraph
        notes = " ".join(n.text for n in paragraph.footnotes)
        lead_in = ""
        if paragraph.id.parent is not None:
            parent = self.stored(Address(stored.symbol, paragraph.id.parent), stored.language)
            lead_in = parent.paragraph.text if parent else ""
        return " ".join(t for t in (*paragraph.headings, lead_in, paragraph.text, notes) if t)

    def _words_of(self, address: Address, language: Language) -> tuple[str, list[Word]]:
        """What is searched of a paragraph, and its words."""
        stored = self.stored(address, language)
        text = self._searchable(stored) if stored else ""
        return text, words(text, language)

    def _tokens_of(self, address: Address, language: Language) -> frozenset[str]:
        """The tokens of a paragraph, as the lexical index has them."""
        return frozenset(index_tokens(self.words_of(address, language)[0], language))

    def _terms_of(self, address: Address, language: Language) -> frozenset[str]:
        """The terms and bodies that a paragraph names."""
        found = self.words_of(address, language)[1]
        terms = {m.id for m in term_phrases(language).find(found)}
        return frozenset(terms | {BODY + m.id for m in body_phrases(language).find(found)})

    def _own_terms_of(self, address: Address, language: Language) -> frozenset[str]:
        """The terms that a paragraph itself names, in its text or its notes."""
        stored = self.stored(address, language)
        if stored is None:
            return frozenset()
        notes = " ".join(n.text for n in stored.paragraph.footnotes)
        return frozenset(m.id for m in term_phrases(language).find(f"{stored.paragraph.text} {notes}"))

    # Why a paragraph was found.

    def matches(self, query: Query, shown: Iterable[tuple[str, Language]]) -> list[tuple[Match, ...]]:
        """For each paragraph's text, which of its words met which words of the question."""
        question, rarity = self._asked(query)
        names = asked_names(query, self.rarity)
        found = []
        for text, language in shown:
            paragraph = self._compared(text, content_words(text, language))
            found.append(matches(question, rarity, paragraph, shared_names(names, text, language)))
        return found

    # Titles.

    def title_overlap(self, symbol: Symbol, query: Query) -> float:
        """How much of a question's words and terms stands in a document's title, by rarity."""
        title = Address(symbol, ParagraphId("title"))
        stored = self.read(title, query.language)
        if stored is None:
            return 0.0
        present = self.tokens_of(title, stored.language)
        tokens = dict.fromkeys(index_tokens(query.content_text, query.language))
        terms = self.terms_of(title, stored.language)
        return sum(self.rarity.of_tokens((t,), query.language) for t in tokens if t in present) + sum(
            self.rarity.of_term(t, query.language) for t in query.subject_terms if t in terms
        )


def _sums(values: NDArray[np.float32], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The sum of each run of so many values."""
    owners = np.repeat(np.arange(len(counts)), counts)
    return np.bincount(owners, weights=values, minlength=len(counts)).astype(np.float64)


def _own_and_others(
    values: NDArray[np.float32], counts: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each run of so many values the first, and the mean of the others; the first again where it has no others."""
    own = values[np.cumsum(counts) - counts].astype(np.float64)
    others = (_sums(values, counts) - own) / np.maximum(counts - 1, 1)
    return own, np.where(counts > 1, others, own)


def _address(stored: StoredParagraph) -> Address:
    return Address(stored.symbol, stored.paragraph.id)


def _sentences(stored: StoredParagraph) -> list[str]:
    """A paragraph's sentences and clauses, each with the headings above it."""
    headings = " ".join(stored.paragraph.headings)
    return [f"{sentence} {headings}" for sentence in sentences_in(stored.paragraph.text)]
