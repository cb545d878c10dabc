"""From an operative paragraph to its mandates: who is asked to do what, and by when."""

from __future__ import annotations

import re

from corpus.bodies import body_phrases
from corpus.document import Document, Paragraph, ParagraphKind
from corpus.language import Language, western_digits
from corpus.lexical import words
from corpus.mandate import Mandate
from corpus.numerals import dates_in, sessions_in
from corpus.openings import acts_in

# A date right before a resolution's number tells when that resolution was adopted, not when anything is due.
_RESOLUTION_BEHIND = re.compile(r"^[^.;。；]{0,12}\d+/\d+")
_RESOLUTION_BEFORE = re.compile(r"\d+/\d+\D{0,16}$")
# Who is asked stands right behind the verb: how many characters behind it a name may begin.
_ADDRESSEE_REACH = 60
# A further addressee follows the one before over a conjunction and a word or two ("and other relevant").
CHAINED = 4


def mandates_of(document: Document) -> dict[str, list[Mandate]]:
    """The mandates of a document by the labels of its operative paragraphs."""
    return {
        str(p.id): found
        for p in document.paragraphs
        if p.kind is ParagraphKind.OPERATIVE and not p.within and (found := mandates_in(p, document.language))
    }


def mandates_in(paragraph: Paragraph, language: Language) -> list[Mandate]:
    """The acts of one operative paragraph, each with the part of the text up to the next."""
    acts = acts_in(paragraph.text, language)
    if not acts:
        return []
    ends = [start for _, start, _ in acts[1:]] + [len(paragraph.text)]
    mandates = []
    for (opening, start, verb_end), end in zip(acts, ends, strict=True):
        clause = paragraph.text[verb_end:end]
        mandates.append(
            Mandate(
                opening=opening.id,
                strength=opening.strength,
                directed=opening.directed,
                addressees=_addressees(clause, language) if opening.directed else (),
                sessions=tuple(dict.fromkeys(s.value for s in sessions_in(clause, language))),
                dates=tuple(
                    d.value for d in dates_in(clause, language) if not _dates_a_resolution(clause, d.start, d.end)
                ),
                start=start,
                end=end,
            )
        )
    return mandates


def _addressees(clause: str, language: Language) -> tuple[str, ...]:
    """The bodies named one after another behind the verb ("the Office, other agencies and the States concerned")."""
    reach = 24 if language is Language.ZH else _ADDRESSEE_REACH
    found: list[str] = []
    end = 0
    for match in body_phrases(language).find(clause):
        if match.start - end > reach or (found and len(words(clause[end : match.start], language)) > CHAINED):
            break
        if match.id not in found:
            found.append(match.id)
        end, reach = match.end, reach // 2
    return tuple(found)


def _dates_a_resolution(clause: str, start: int, end: int) -> bool:
    plain = western_digits(clause)
    return bool(_RESOLUTION_BEHIND.match(plain[end:]) or _RESOLUTION_BEFORE.search(plain[:start]))
