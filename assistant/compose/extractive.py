"""The extractive composer: a lead in the language of the question, then the paragraphs, verbatim. No model, no key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache

from assistant.compose.texts import phrase, print_address, print_date, print_paragraph
from assistant.question import Kind, Query
from assistant.reply import Abstention, Answer, Citation, Reason, Reply
from assistant.retrieve import Address, Hit, Mentioned, Retriever
from assistant.verify import verified
from corpus.bodies import official_name
from corpus.document import ParagraphId, ParagraphKind, RecordedVote
from corpus.language import SCRIPTS, Language
from corpus.library import StoredParagraph
from corpus.numerals import ordinal_words
from corpus.states import states_in
from corpus.symbol import Symbol

_NAMING_SHOWN = 5


class Composer:
    """Writes replies over one library; every citation is verified before it is given out."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever

    # Answers.

    def paragraphs(self, query: Query, addresses: Sequence[Address]) -> Reply:
        """The paragraphs that were asked for by their addresses."""
        if len(addresses) == 1:
            printed = print_address(addresses[0].symbol, addresses[0].paragraph, query.language)
            lead = phrase("lead.paragraph", query.language, address=printed)
        else:
            lead = phrase("lead.paragraphs", query.language)
        return self._answer(query, lead, addresses, len(addresses), "paragraph")

    def content(self, query: Query, hits: Sequence[Hit], shown: int) -> Reply:
        """The paragraphs that a search found."""
        addresses = [h.address for h in hits]
        printed = [print_address(a.symbol, a.paragraph, query.language) for a in addresses[:shown]]
        joined = phrase("separator.due", query.language).join(printed)
        lead = phrase("lead.content", query.language, address=joined)
        return self._answer(query, lead, addresses, shown, str(query.kind), searched=True)

    def listed(self, query: Query, addresses: Sequence[Address], further: Sequence[Address]) -> Reply:
        """A whole list: the paragraph that leads to it and its items in their order."""
        printed = print_address(addresses[0].symbol, addresses[0].paragraph, query.language)
        lead = phrase("lead.content", query.language, address=printed)
        return self._answer(query, lead, [*addresses, *further], len(addresses), "list", searched=True)

    def requests(self, query: Query, documents: Sequence[Symbol], addresses: Sequence[Address]) -> Reply:
        """Everything that documents ask, of one body or of all."""
        printed = self._printed(documents, query.language)
        if query.bodies:
            separator = phrase("separator.list", query.language)
            bodies = separator.join(official_name(b, query.language) for b in query.bodies)
            lead = phrase("lead.request", query.language, document=printed, body=bodies)
        else:
            lead = phrase("lead.requests", query.language, document=printed)
        due = self._due(addresses, query.language)
        if due and Kind.DEADLINE in query.kinds:
            lead = f"{phrase('lead.deadline', query.language, due=due)} {lead}"
        return self._answer(query, lead, addresses, len(addresses), "request")

    def deadline(self, query: Query, addresses: Sequence[Address], shown: int, searched: bool = False) -> Reply:
        """What is due when, from the mandates of the paragraphs, of all or of those that a search found."""
        due = self._due(addresses[:shown], query.language)
        lead = phrase("lead.deadline", query.language, due=due)
        return self._answer(query, lead, addresses, shown, "deadline", searched)

    def _due(self, addresses: Sequence[Address], language: Language) -> str:
        """By or at which sessions, or on which dates, what paragraphs ask is due."""
        due: list[str] = []
        for address in addresses:
            printed = print_address(address.symbol, address.paragraph, language)
            mandates = self._retriever.mandates_of(address.symbol, language).get(str(address.paragraph.root), [])
            for session in dict.fromkeys(s for m in mandates for s in m.sessions):
                ordinal = ordinal_words(session, language)
                due.append(phrase("due.session", language, ordinal=ordinal, address=printed))
            for day in dict.fromkeys(d for m in mandates for d in m.dates):
                due.append(phrase("due.date", language, date=print_date(day, language), address=printed))
        return phrase("separator.due", language).join(due)

    def vote(self, query: Query, documents: Sequence[Symbol]) -> Reply:
        """How documents were adopted: counts and, where they were asked for, the States of each side."""
        leads: list[str] = []
        for symbol in documents:
            vote = self.vote_of(symbol, query.language)
            if vote is None:
                continue
            if vote.without_a_vote:
                leads.append(phrase("lead.vote_without", query.language, document=symbol))
                continue
            leads.append(
                phrase(
                    "lead.vote_recorded",
                    query.language,
                    document=symbol,
                    in_favour=vote.in_favour_count,
                    against=vote.against_count,
                    abstaining=vote.abstaining_count,
                )
            )
            leads += self._sides(query, vote)
        addresses = [Address(s, ParagraphId("vote")) for s in documents]
        separator = "" if query.language is Language.ZH else " "
        return self._answer(query, separator.join(leads), addresses, len(addresses), "vote")

    def vote_of(self, symbol: Symbol, language: Language) -> RecordedVote | None:
        """The vote of a document, as its reading language lists it."""
        reading = self._retriever.reading_language(symbol, language)
        return self._retriever.library.vote(symbol, reading) if reading else None

    def _sides(self, query: Query, vote: RecordedVote) -> list[str]:
        lists = {"in_favour": vote.in_favour, "against": vote.against, "abstaining": vote.abstaining}
        asked = states_in(query.text, query.language, [name for names in lists.values() for name in names])
        leads = []
        for side, names in lists.items():
            whole_side = not asked and side in query.vote_sides
            chosen = [n for n in names if n in asked or whole_side]
            if chosen:
                leads.append(
                    phrase(
                        "lead.vote_side",
                        query.language,
                        side=phrase(f"vote_side.{side}", query.language),
                        count=len(chosen),
                        states=phrase("separator.list", query.language).join(chosen),
                    )
                )
        return leads

    def adoption(self, query: Query, documents: Sequence[Symbol]) -> Reply:
        """When and at which meeting documents were adopted."""
        leads = []
        for symbol in documents:
            masthead = next(iter(self._retriever.versions(symbol).values())).masthead
            if masthead.adopted_on and masthead.meeting:
                leads.append(
                    phrase(
                        "lead.adoption",
                        query.language,
                        document=symbol,
                        date=print_date(masthead.adopted_on, query.language),
                        meeting=_meeting(masthead.meeting, query.language),
                    )
                )
        addresses = [Address(s, ParagraphId("adoption")) for s in documents]
        separator = "" if query.language is Language.ZH else " "
        return self._answer(query, separator.join(leads), addresses, len(addresses), "adoption")

    def about(self, query: Query, addresses: Sequence[Address]) -> Reply:
        """Titles and summaries."""
        documents = list(dict.fromkeys(a.symbol for a in addresses))
        lead = phrase("lead.about", query.language, document=self._printed(documents, query.language))
        return self._answer(query, lead, addresses, len(addresses), "about")

    def comparison(self, query: Query, addresses: Sequence[Address], shown: int, searched: bool = False) -> Reply:
        """Paragraphs side by side: titles, or what a search found in each document."""
        lead = phrase("lead.comparison", query.language)
        return self._answer(query, lead, addresses, shown, "comparison", searched)

    # Abstentions.

    def ambiguous(self, query: Query, candidates: Iterable[Symbol]) -> Abstention:
        """Ask back which document is meant."""
        titles = []
        for symbol in candidates:
            versions = self._retriever.versions(symbol)
            version = versions.get(query.language) or next(iter(versions.values()))
            titles.append((symbol, version.masthead.title))
        lead = phrase("abstained.ambiguous", query.language)
        return Abstention(query.text, query.language, Reason.AMBIGUOUS, lead, candidates=tuple(titles))

    def document_not_in_corpus(self, query: Query, missing: Mentioned) -> Abstention:
        """The document is neither held nor named."""
        lead = phrase("abstained.document_not_in_corpus", query.language, document=missing.printed)
        return Abstention(query.text, query.language, Reason.NOT_IN_CORPUS, lead)

    def named_but_not_held(self, query: Query, missing: Mentioned) -> Abstention:
        """The document is named in paragraphs, which are cited, but its text is not held."""
        addresses = list(
            dict.fromkeys(Address(p.symbol, p.paragraph.id) for p in missing.naming if not p.paragraph.within)
        )
        return self.named(query, missing.printed, addresses[:_NAMING_SHOWN])

    def named(self, query: Query, printed: str, addresses: Sequence[Address]) -> Abstention:
        """A document or instrument is named in these paragraphs, but its text is not held."""
        lead = phrase("abstained.named_but_not_held", query.language, document=printed)
        citations = self._citations(addresses, query.language)
        return Abstention(query.text, query.language, Reason.NAMED_BUT_NOT_HELD, lead, citations)

    def no_such_paragraph(self, query: Query, symbol: Symbol, label: ParagraphId) -> Abstention:
        """The document has no paragraph of that label; says which it has."""
        lead = phrase(
            "abstained.no_such_paragraph",
            query.language,
            document=symbol,
            address=print_paragraph(label, query.language),
            counts=self._counts(symbol, query.language),
        )
        return Abstention(query.text, query.language, Reason.NO_SUCH_PARAGRAPH, lead)

    def not_answered(self, query: Query, off_topic: bool) -> Abstention:
        """Nothing in the corpus answers."""
        reason = Reason.OFF_TOPIC if off_topic else Reason.NOT_IN_CORPUS
        return Abstention(query.text, query.language, reason, phrase(f"abstained.{reason}", query.language))

    def vote_unexplained(self, query: Query, documents: Sequence[Symbol]) -> Abstention:
        """Why States voted as they did is in no document; how they did is pointed to."""
        citations = self._citations([Address(s, ParagraphId("vote")) for s in documents], query.language)
        return replace(self.not_answered(query, off_topic=False), citations=citations)

    def _counts(self, symbol: Symbol, language: Language) -> str:
        kinds = [
            p.paragraph.kind for p in self._retriever.paragraphs(symbol, language) if p.paragraph.id.parent is None
        ]
        parts = [
            phrase(f"counts.{kind}", language, count=kinds.count(kind))
            for kind in (ParagraphKind.OPERATIVE, ParagraphKind.PREAMBULAR, ParagraphKind.REPORT)
            if kind in kinds
        ]
        return phrase("counts.joint", language).join(parts)

    # Citations.

    def _answer(
        self, query: Query, lead: str, addresses: Sequence[Address], shown: int, kind: str, searched: bool = False
    ) -> Reply:
        citations = self._citations(addresses, query.language)
        if not citations:
            return self.not_answered(query, off_topic=False)
        if searched:
            citations = self._with_matches(query, citations)
        foreign = next((c.language for c in citations[:shown] if c.language is not query.language), None)
        if foreign is not None:
            lead = f"{lead} {phrase('note.other_language', query.language, name=SCRIPTS[foreign].own_name)}"
        return Answer(query.text, query.language, lead, citations, min(shown, len(citations)), kind)

    def _citations(self, addresses: Sequence[Address], language: Language) -> tuple[Citation, ...]:
        stored = [self._retriever.read(a, language) for a in dict.fromkeys(addresses)]
        return verified(tuple(_citation(s) for s in stored if s is not None), self._retriever.library)

    def _with_matches(self, query: Query, citations: Sequence[Citation]) -> tuple[Citation, ...]:
        """The citations with the words by which a search found them."""
        found = self._retriever.matches(query, [(c.text, c.language) for c in citations])
        return tuple(replace(c, matches=m) for c, m in zip(citations, found, strict=True))

    def _printed(self, documents: Sequence[Symbol], language: Language) -> str:
        return phrase("separator.list", language).join(str(s) for s in documents)


def _citation(stored: StoredParagraph) -> Citation:
    paragraph = stored.paragraph
    return Citation(
        stored.symbol,
        paragraph.id,
        stored.language,
        stored.official,
        paragraph.text,
        paragraph.headings,
        paragraph.footnotes,
    )


@cache
def _meeting(number: int, language: Language) -> str:
    """The number of a meeting as the language writes ordinals in figures."""
    if language is Language.EN:
        tail = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        return f"{number}{tail}"
    return {Language.FR: f"{number}e", Language.ES: f"{number}ª", Language.RU: f"{number}-е"}.get(language, str(number))
