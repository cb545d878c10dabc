"""From a question to a Reply: what is asked decides where the answer is looked for.

Addresses, votes, adoption, requests and deadlines are answered from structured facts, completely; everything else from
the paragraphs that speak of it. What the corpus does not answer is said, with the reason.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.address import ParagraphMention
from assistant.compose.extractive import Composer
from assistant.conversation import Turn, follow
from assistant.instruments import Instruments
from assistant.question import Kind, Query, restored, understand
from assistant.reply import Answer, Reply
from assistant.retrieve import Address, Hit, Mentioned, Retriever
from assistant.weights import Weights, load_weights
from corpus.bodies import english_name, headed_by
from corpus.document import DocumentKind, ParagraphId, ParagraphKind
from corpus.encoder import Encoder
from corpus.errors import QuestionError
from corpus.language import Language
from corpus.library import DocumentRecord, Library
from corpus.mandate import Mandate, asks
from corpus.openings import is_act, reported_acts
from corpus.states import states_in
from corpus.symbol import Symbol

MOST_CITATIONS = 5
MOST_SHOWN = 3
# One of so many paragraphs tells an attribute that is asked for; one further down tells it of something else.
TELLING = 2
# A title is described as well as another when it shares this much of what the best shares.
TITLE_OVERLAP = 0.8
FIRST_ASSEMBLY = 1946  # the year of the first session of the General Assembly
# How many sub-paragraphs among the best hits make a question for a list one for their whole list.
LISTED = 2
# Of the paragraphs that set a time, those are shown whose score comes this near to the best.
CLOSE_DEADLINE = 0.8
# A way to answer: None where it does not apply.
Attempt = Callable[[Query, tuple[Symbol, ...]], Reply | None]
# Where paragraphs of several documents come as near as this, a question that says little may mean any of them.
ALIKE_DEADLINE = 0.8
# Terms of the glossary by which a question asks for a date.
_DATES = frozenset({"date_and_place"})


class Assistant:
    """Answers questions over one library."""

    def __init__(self, library: Library, encoder: Encoder, weights: Weights | None = None) -> None:
        self.library = library
        self.weights = weights or load_weights()
        self.retriever = Retriever(library, encoder, self.weights)
        self._compose = Composer(self.retriever)
        self._instruments = Instruments(self.retriever)
        # The page asks from several threads over one connection to the library.
        self._lock = threading.Lock()

    def reply(self, question: str, language: Language | None = None, earlier: Sequence[str] = ()) -> Reply:
        """The answer to a question, or the abstention with its reason.

        ``earlier`` are the questions asked before it in the conversation, the oldest first. Raises QuestionError when
        the question cannot be asked: empty, too long, in none of the six languages.
        """
        with self._lock:
            self.retriever.refresh()
            asked, query = self._read(question, language, earlier)
            reply = self._reply(query)
        return replace(reply, question=asked.text, read_as=query.text if query.text != asked.text else None)

    def _read(self, question: str, language: Language | None, earlier: Sequence[str]) -> tuple[Query, Query]:
        """A question as it was asked, and as it is read: its slips mended, what a follow-up leaves unsaid added."""
        before: Turn | None = None
        for text in earlier:
            try:
                before = follow(self._mended(understand(text, None, _language_of(before))), before)
            except QuestionError:  # it could not be asked then, and adds nothing now
                continue
        asked = understand(question, language, _language_of(before))
        return asked, follow(self._mended(asked), before).full

    def _mended(self, query: Query) -> Query:
        kept = [(s.start, s.end) for s in query.symbols] + [(p.start, p.end) for p in query.paragraphs]
        mended = self.retriever.spelling.mended(query.text, query.language, kept)
        return understand(mended, query.language) if mended != query.text else query

    def _reply(self, query: Query) -> Reply:
        mentioned = [self.retriever.find(m) for m in query.symbols]
        unclear = next((m for m in mentioned if len(m.held) > 1), None)
        if unclear is not None:
            return self._compose.ambiguous(query, unclear.held)
        missing = [m for m in mentioned if not m.held]
        documents = _asked_about(query, [m for m in mentioned if m.held])
        if missing and not (documents and not query.paragraphs):
            reply = self._not_held(query, missing[0], documents)
            if reply is not None:
                return reply
        if not documents:
            documents = self._documents_by_title(query)
        return self._answer(restored(query, [m.mention for m in missing]), documents)

    # Documents that the question names and the library does not hold.

    def _not_held(self, query: Query, missing: Mentioned, documents: tuple[Symbol, ...]) -> Reply | None:
        """An abstention, unless paragraphs that name the document answer what is asked of it."""
        if not missing.naming:
            return None if documents else self._compose.document_not_in_corpus(query, missing)
        if not query.paragraphs and self._told_of(query, missing):
            addresses = {Address(p.symbol, p.paragraph.id) for p in missing.naming}
            hits = [h for h in self.retriever.search(restored(query, [missing.mention])) if h.address in addresses]
            if hits:
                return self._compose.content(query, hits[:MOST_CITATIONS], self._shown(hits))
        return self._compose.named_but_not_held(query, missing)

    def _told_of(self, query: Query, missing: Mentioned) -> bool:
        """Whether paragraphs that name a document also tell what is asked of it: its date, what it requested, all else.

        "Recalling that the Council, in its resolution 51/33, requested the Office to …" tells; a reference does not.
        """
        if {Kind.ADOPTION, Kind.COMPARISON, Kind.TIME} & set(query.kinds) or _DATES & set(query.terms):
            return True
        asks = Kind.REQUEST in query.kinds or bool(query.acts)
        for stored in missing.naming:
            place = stored.paragraph.text.find(missing.mention.number)
            tells = place >= 0 and reported_acts(stored.paragraph.text[place:], stored.language)
            if tells and (asks or self.retriever.coverage_by(stored, query) >= self.weights.thresholds["told"]):
                return True
        return False

    def _documents_by_title(self, query: Query) -> tuple[Symbol, ...]:
        """The one document that a question describes ("the 2024 resolution on …", "the latest resolution on …").

        It must speak of a resolution or a report, and give a year, ask for the latest, or name a paragraph of it.
        """
        if not (query.years or query.latest or query.paragraphs):
            return ()
        described = self._described(query)
        return described if len(described) == 1 else ()

    def _described(self, query: Query) -> tuple[Symbol, ...]:
        """The documents that a question may describe: of its kind and year, with the most of its words in the title."""
        described = [d for d in self._records() if str(d.kind) in query.document_kinds]
        if query.years:
            described = [d for d in described if year_of(d) in query.years]
        shared = {d.symbol: self.retriever.title_overlap(d.symbol, query) for d in described}
        most = max(shared.values(), default=0.0)
        close = [d for d in described if shared[d.symbol] >= most * TITLE_OVERLAP]
        if query.latest:
            close = [d for d in close if most > 0.0]
            newest = max((year_of(d) or 0 for d in close), default=0)
            close = [d for d in close if year_of(d) == newest]
        return tuple(d.symbol for d in close)

    def _records(self) -> list[DocumentRecord]:
        """Each document once."""
        return [next(iter(self.retriever.versions(s).values())) for s in self.retriever.symbols()]

    # What is asked.

    def _answer(self, query: Query, documents: tuple[Symbol, ...]) -> Reply:
        """The first reply that anything that is asked gives; else what the paragraphs say that the search finds."""
        by_kind: dict[Kind, Attempt] = {
            Kind.VOTE: self._vote,
            Kind.ADOPTION: self._adoption,
            Kind.ABOUT: self._about,
            Kind.COMPARISON: self._comparison,
            Kind.DEADLINE: self._deadline,
            Kind.REQUEST: self._request,
            Kind.LIST: self._request,
        }
        attempts: list[Attempt] = [self._by_address, self._why_voted, self._state_vote, self._of_a_body]
        attempts += [by_kind[kind] for kind in query.kinds if kind in by_kind]
        attempts += [self._adopted, self._about]
        for attempt in attempts:
            reply = attempt(query, documents)
            if reply is not None:
                return reply
        return self._content(query, documents)

    def _of_a_body(self, query: Query, documents: tuple[Symbol, ...]) -> Reply | None:
        """What a body is asked, where that is all that a question says beside the document ("OHCHR tasks 60/27")."""
        if query.subject or query.subject_terms:
            return None
        said = len(query.bodies) == 1 and query.kinds == (Kind.CONTENT,)
        return self._request(query, documents) if said or {Kind.REQUEST, Kind.DEADLINE} <= set(query.kinds) else None

    def _adopted(self, query: Query, documents: tuple[Symbol, ...]) -> Reply | None:
        """When documents were adopted, where a question says no more than that they were."""
        said = documents and "adoption" in query.terms and not query.subject
        return self._adoption(query, documents) if said else None

    def _why_voted(self, query: Query, documents: tuple[Symbol, ...]) -> Reply | None:
        """No document says why States voted as they did."""
        if not {Kind.VOTE, Kind.REASON} <= set(query.kinds):
            return None
        voted = documents or self._voted(query, documents)
        return self._compose.vote_unexplained(query, voted) if voted else None

    def _state_vote(self, query: Query, documents: tuple[Symbol, ...]) -> Reply | None:
        return self._compose.vote(query, documents) if self._asks_how_a_state_voted(query, documents) else None

    def _asks_how_a_state_voted(self, query: Query, documents: tuple[Symbol, ...]) -> bool:
        """Whether a question about a recorded vote names a State and little else ("did Morocco support 56/2?")."""
        for symbol in documents:
            vote = self._compose.vote_of(symbol, query.language)
            if vote is None or vote.without_a_vote:
                continue
            names = [*vote.in_favour, *vote.against, *vote.abstaining]
            states = states_in(query.text, query.language, names)
            # A word or two beside each name; in Chinese every character counts as a word.
            if states and len(query.subject) <= len(states) * (6 if query.language is Language.ZH else 2):
                return True
        return False

    def _by_address(self, query: Query, documents: tuple[Symbol, ...]) -> Reply | None:
        if not query.paragraphs:
            return None
        if not documents:
            if query.subject and not query.document_kinds:
                return None
            return self._compose.ambiguous(query, self._described(query) or tuple(self.retriever.symbols()))
        found: list[Address] = []
        for mention in query.paragraphs:
            for symbol in documents:
                found += self._addressed(symbol, mention, query.language)
        if not found:
            mention = query.paragraphs[0]
            return self._compose.no_such_paragraph(query, documents[0], mention.label)
        return self._compose.paragraphs(query, found)

    def _addressed(self, symbol: Symbol, mention: ParagraphMention, language: Language) -> list[Address]:
        """The paragraph that is meant, followed by its sub-paragraphs where these stand on their own."""
        address = Address(symbol, mention.label)
        if self.retriever.read(address, language) is None:
            return []
        return [address, *self.retriever.below(address, language)]

    def _vote(self, query: Query, documents: tuple[Symbol, ...]) -> Reply | None:
        voted = self._voted(query, documents)
        return self._compose.vote(query, voted) if voted else None

    def _voted(self, query: Query, documents: tuple[Symbol, ...]) -> list[Symbol]:
        """The documents whose votes are asked about; where none is named, those whose title a question may describe."""
        voted = [s for s in documents or self.retriever.symbols() if self._has(s, "vote", query.language)]
        if documents:
            return voted
        if query.subject and not query.states:
            voted = [s for s in voted if self.retriever.title_overlap(s, query) > 0.0]
        votes = {s: self._compose.vote_of(s, query.language) for s in voted}
        if "none" in query.vote_sides:
            return [s for s in voted if (v := votes[s]) and v.without_a_vote] or voted
        recorded = [s for s in voted if (v := votes[s]) and not v.without_a_vote]
        return recorded if len(recorded) == 1 and Kind.LIST not in query.kinds else voted

    def _has(self, symbol: Symbol, label: str, language: Language) -> bool:
        return self.retriever.read(Address(symbol, ParagraphId(label)), language) is not None

    def _adoption(self, query: Query, documents: tuple[Symbol, ...]) -> Reply | None:
        adopted = [s for s in documents if self._has(s, "adoption", query.language)]
        if adopted:
            return self._compose.adoption(query, adopted)
        if documents:
            return None
        if not query.subject:
            return self._compose.ambiguous(query, tuple(self.retriever.symbols()))
        hits = [h for h in self.retriever.search(query) if str(h.address.paragraph) == "adoption"]
        if hits and hits[0].evidence.get("coverage", 0.0) >= self.weights.thresholds["adoption_coverage"]:
            return self._compose.adoption(query, [hits[0].address.symbol])
        return None

    def _about(self, query: Query, documents: tuple[Symbol, ...]) -> Reply | None:
        if not documents or _says_more(query):
            return None
        addresses = [Address(s, ParagraphId(label)) for s in documents for label in ("title", "summary")]
        return self._compose.about(query, [a for a in addresses if self.retriever.read(a, query.language)])

    def _comparison(self, query: Query, documents: tuple[Symbol, ...]) -> Reply | None:
        if len(documents) < 2:
            return None
        if not query.subject:
            return self._compose.comparison(
                query, [Address(s, ParagraphId("title")) for s in documents], len(documents)
            )
        best: list[Address] = []
        further: list[Address] = []
        for symbol in documents:
            hits = self.retriever.search(query, [symbol])
            best += [h.address for h in hits[:1]]
            further += [h.address for h in hits[1:2]]
        return self._compose.comparison(query, best + further, len(best), searched=True)

    def _request(self, query: Query, documents: tuple[Symbol, ...]) -> Reply | None:
        """Everything that a document asks of a body; with a subject of its own the question goes to the search."""
        of_a_body = bool(query.bodies) and not query.subject_terms
        if not documents or query.attributes or (query.subject and not of_a_body):
            return None
        chosen = self._all_asked(query, documents)
        headed = tuple(headed_by(body) or body for body in query.bodies)
        if not chosen and headed != query.bodies:
            # Nothing is asked of the head of a body: what is asked of the body then, since people name either.
            query = replace(query, bodies=headed)
            chosen = self._all_asked(query, documents)
        if query.subject and chosen:
            found = [h.address for h in self.retriever.search(query, documents)]
            chosen.sort(key=lambda address: found.index(address) if address in found else len(found))
        return self._compose.requests(query, documents, chosen) if chosen else None

    def _all_asked(self, query: Query, documents: tuple[Symbol, ...]) -> list[Address]:
        """The paragraphs of documents that ask the bodies of a question to act; those that ask anybody without any."""
        return [
            Address(symbol, ParagraphId(label))
            for symbol in documents
            for label, mandates in self.retriever.mandates_of(symbol, query.language).items()
            if any(self._asked(m, query) for m in mandates)
        ]

    def _asked(self, mandate: Mandate, query: Query) -> bool:
        if not mandate.directed:
            return False
        return not query.bodies or asks(mandate, query.bodies)

    def _deadline(self, query: Query, documents: tuple[Symbol, ...]) -> Reply | None:
        due = [
            Address(symbol, ParagraphId(label))
            for symbol in documents or self.retriever.symbols()
            if self._kind_of(symbol) is not DocumentKind.REPORT
            for label, mandates in self.retriever.mandates_of(symbol, query.language).items()
            if any((m.sessions or m.dates) and is_act(m.directed, m.strength) for m in mandates)
        ]
        if not due:
            return None
        if documents and not query.subject:
            asked = [a for a in due if not query.bodies or self.retriever.asks_a_body(a, query)]
            return self._compose.deadline(query, asked or due, len(asked or due))
        hits = self.retriever.search(query, documents)
        for hit in hits:
            if hit.address in due:
                hit.evidence["deadline"] = 1.0
        self.retriever.rank(hits)
        if not hits or hits[0].address not in due or not self._answers(hits, bool(documents) or query.own_from > 0):
            return None
        first = [h for h in hits if h.address in due]
        if not documents and _says_little(query):
            alike = {h.address.symbol for h in first if h.score >= ALIKE_DEADLINE * first[0].score}
            if len(alike) > 1:
                return self._compose.ambiguous(query, [s for s in self.retriever.symbols() if s in alike])
        close = [h for h in first if h.score >= CLOSE_DEADLINE * first[0].score]
        further = [h for h in hits if h not in close][: max(MOST_CITATIONS - len(close), 0)]
        return self._compose.deadline(query, [h.address for h in (*close, *further)], len(close), searched=True)

    def _kind_of(self, symbol: Symbol) -> DocumentKind:
        return next(iter(self.retriever.versions(symbol).values())).kind

    def _content(self, query: Query, documents: tuple[Symbol, ...]) -> Reply:
        if not (query.subject or query.bodies or query.terms) and not documents:
            return self._compose.ambiguous(query, tuple(self.retriever.symbols()))
        hits = self._of_part(query, self.retriever.search(query, documents), documents)
        if not hits or not self._answers(hits, bool(documents) or query.own_from > 0):
            return self._compose.not_answered(query, self._off_topic(query))
        instrument = self._instrument_alone(query, hits)
        if instrument is not None:
            return instrument
        best = hits[:MOST_CITATIONS]
        listed = self._whole_list(query, best)
        if listed:
            return self._compose.listed(query, listed, [h.address for h in best if h.address not in listed])
        return self._compose.content(query, best, self._shown(best))

    def _of_part(self, query: Query, hits: list[Hit], documents: tuple[Symbol, ...]) -> list[Hit]:
        """The hits of the preamble alone, where a follow-up turns to it ("and the preamble?")."""
        if not (query.preambular and query.own_from and documents):
            return hits
        return [h for h in hits if h.stored.paragraph.kind is ParagraphKind.PREAMBULAR] or hits

    def _whole_list(self, query: Query, best: Sequence[Hit]) -> list[Address]:
        """A paragraph with all its sub-paragraphs in their order, when a list is asked for and most of it was found."""
        if not {Kind.LIST, Kind.COUNT} & set(query.kinds):
            return []
        first = best[0].address
        parent = Address(first.symbol, first.paragraph.parent or first.paragraph)
        below = [a for a in self.retriever.below(parent, query.language) if a.paragraph.parent == parent.paragraph]
        return [parent, *below] if sum(h.address in below for h in best) >= LISTED else []

    def _shown(self, hits: Sequence[Hit]) -> int:
        """How many of the hits answer: those close to the best."""
        close = sum(h.score >= 0.85 * hits[0].score for h in hits)
        return max(1, min(close, MOST_SHOWN))

    def _instrument_alone(self, query: Query, hits: Sequence[Hit]) -> Reply | None:
        """An abstention when the corpus only names the instrument (a convention, a framework) that is asked about."""
        named = self._instruments.named_in(query)
        if not named or Kind.REFERENCE in query.kinds:
            return None
        if Kind.TIME in query.kinds and self._instruments.dated(named, hits):
            return None
        rest = self._instruments.rest_covered(query, named, hits[:MOST_CITATIONS])
        if rest >= self.weights.thresholds["rest"]:
            return None
        places = self._instruments.naming(query, named)
        if places is None:
            return None
        if not places:
            return self._compose.not_answered(query, off_topic=False)
        return self._compose.named(query, self._instruments.printed(query, named), places)

    def _answers(self, hits: Sequence[Hit], within: bool) -> bool:
        """Whether the best hits tell what is asked, and one is good enough: within documents or talks, sooner."""
        if all(h.evidence.get("untold") for h in hits[:TELLING]):
            return False
        bar = self.weights.thresholds["answer_within" if within else "answer"]
        return max(self.weights.confidence(h.evidence) for h in hits[:MOST_SHOWN]) >= bar

    def _off_topic(self, query: Query) -> bool:
        """Whether nothing in the question belongs to the field: no body, no term, no symbol, no State."""
        return not (query.symbols or query.bodies or query.terms or query.states)


_CLAUSE = re.compile(r"[^.!?؟。！？,،，;；؛]+[.!?؟。！？,،，;；؛]*")
# With so many words a clause says something of the documents that it names.
CLAUSE_WORDS = 2


def _asked_about(query: Query, mentioned: Sequence[Mentioned]) -> tuple[Symbol, ...]:
    """The documents that a question names; where its last clause asks of some, and others say what is known, those.

    "36/29 dates it to 2008. What date does 56/2 give?" asks about 56/2.
    """
    everything = tuple(dict.fromkeys(m.held[0] for m in mentioned))
    clauses = [m.span() for m in _CLAUSE.finditer(query.text)]
    if len(everything) < 2 or len(clauses) < 2 or Kind.COMPARISON in query.kinds:
        return everything
    *known, asking = ([m for m in mentioned if start <= m.mention.start < end] for start, end in clauses)
    said = [(start, end) for (start, end), named in zip(clauses, known, strict=False) if named]
    told = all(sum(start <= w.start < end for w in query.content) >= CLAUSE_WORDS for start, end in said)
    return tuple(dict.fromkeys(m.held[0] for m in asking)) if asking and told else everything


def _language_of(turn: Turn | None) -> Language | None:
    return turn.asked.language if turn else None


def _says_little(query: Query) -> bool:
    """Whether a question names one thing at most: "At which session is the panel discussion?"."""
    return len(query.subject_terms) <= 1 and not (query.states or query.years or query.sessions)


def _says_more(query: Query) -> bool:
    """Whether a question says more than which document it is about."""
    return bool(query.subject or query.bodies or query.sessions or query.subject_terms)


def year_of(record: DocumentRecord) -> int | None:
    """The year of a document: of its adoption, or of the session of the General Assembly in its symbol."""
    if record.masthead.adopted_on is not None:
        return record.masthead.adopted_on.year
    if record.masthead.body == english_name("general_assembly") and record.masthead.session:
        return FIRST_ASSEMBLY + record.masthead.session - 1
    return None


def is_answer(reply: Reply) -> bool:
    """Whether a reply answers."""
    return isinstance(reply, Answer)
