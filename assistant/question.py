"""From a question to a Query: language, symbols, paragraphs, bodies, acts, sessions, terms, kind.

Nothing here looks into the library; what a number such as 60/27 stands for is found out by ``assistant.retrieve``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from corpus.bodies import body_phrases
from corpus.detection import accented_words, detect_language, function_words
from corpus.document import ParagraphId
from corpus.errors import QuestionError
from corpus.language import Language, script_counts
from corpus.lexical import Word, fold, words
from corpus.numerals import cardinal, ordinals_in, sessions_in
from corpus.openings import acts_named_in_question
from corpus.symbol import PATTERN as SYMBOL_PATTERN
from corpus.vocabulary import PhraseMatch, Phrases, names_in, table

MAX_CHARACTERS = 4_000


class Kind(StrEnum):
    """What a question wants to know."""

    PARAGRAPH = "paragraph"
    REQUEST = "request"
    DEADLINE = "deadline"
    VOTE = "vote"
    ADOPTION = "adoption"
    DEFINITION = "definition"
    COMPARISON = "comparison"
    LIST = "list"
    REASON = "reason"
    COUNT = "count"
    ABOUT = "about"
    REFERENCE = "reference"
    CONTENT = "content"


@dataclass(frozen=True)
class SymbolMention:
    """A document as a question names it: ``number`` (60/27) and, where it is written out, the full symbol."""

    number: str
    symbol: str | None
    start: int
    end: int


@dataclass(frozen=True)
class ParagraphMention:
    """A paragraph as a question names it: number, items (``b``, ``ii``), and whether it is of the preamble."""

    number: int
    items: tuple[str, ...]
    preambular: bool
    start: int
    end: int

    @property
    def label(self) -> ParagraphId:
        """The label that it has in a document."""
        if self.preambular:
            return ParagraphId(f"PP{self.number}")
        return ParagraphId(str(self.number) + "".join(f"({i})" for i in self.items))


@dataclass(frozen=True)
class Query:
    """A question understood. ``kinds`` are in the order of their claim.

    ``blanked`` is the text with symbols and addresses blanked out; ``content`` are its words that are no function
    words, ``subject`` those of them that name neither a body nor an act nor the kind of question.
    """

    text: str
    language: Language
    symbols: tuple[SymbolMention, ...] = ()
    paragraphs: tuple[ParagraphMention, ...] = ()
    kinds: tuple[Kind, ...] = (Kind.CONTENT,)
    vote_sides: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    sessions: tuple[int, ...] = ()
    terms: tuple[str, ...] = ()
    content: tuple[Word, ...] = ()
    subject: tuple[Word, ...] = ()
    blanked: str = ""
    years: tuple[int, ...] = ()
    latest: bool = False
    document_kinds: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    @property
    def content_text(self) -> str:
        """The question with everything but its content words blanked out."""
        kept = [" "] * len(self.blanked)
        for word in self.content:
            kept[word.start : word.end] = self.blanked[word.start : word.end]
        return "".join(kept)

    @property
    def subject_terms(self) -> tuple[str, ...]:
        """The terms that name a subject; those of form (preamble, vote, date) say what kind of thing is asked for."""
        return tuple(t for t in self.terms if not is_of_form(t))

    @property
    def kind(self) -> Kind:
        """The kind with the strongest claim."""
        return self.kinds[0]


def understand(text: str, language: Language | None = None) -> Query:
    """The query that a question makes; ``language`` overrides the language that is detected.

    Raises QuestionError when the question is empty, too long, not text, or in none of the six languages.
    """
    text = _checked(text)
    language = language or question_language(text)
    symbols = symbols_of(text)
    blanked = _blank(text, [(s.start, s.end) for s in symbols])
    paragraphs = paragraphs_of(blanked, language, after=[s.end for s in symbols])
    sessions = tuple(s.value for s in sessions_in(blanked, language))
    blanked = _blank(blanked, [(p.start, p.end) for p in paragraphs])
    kinds, sides = _kinds(blanked, language)
    bodies = body_phrases(language).find(blanked)
    acts = acts_named_in_question(blanked, language)
    content = content_words(blanked, language)
    terms = term_phrases(language).find(blanked)
    formal = [m for m in terms if is_of_form(m.id)]
    said = [(m.start, m.end) for m in (*bodies, *acts, *formal, *_cues(language).find_all(blanked))]
    return Query(
        text=text,
        language=language,
        symbols=symbols,
        paragraphs=paragraphs,
        kinds=kinds or ((Kind.PARAGRAPH,) if paragraphs else (Kind.CONTENT,)),
        vote_sides=sides,
        bodies=tuple(dict.fromkeys(m.id for m in bodies)),
        acts=tuple(dict.fromkeys(m.id for m in acts)),
        sessions=sessions,
        terms=tuple(dict.fromkeys(m.id for m in terms if is_instrument(m.id) or not _inside(m, bodies))),
        content=content,
        subject=tuple(w for w in content if not any(start <= w.start < end for start, end in said)),
        blanked=blanked,
        years=tuple(int(y) for y in re.findall(r"(?<![\d/.])(?:19|20)\d\d(?![\d/])", fold(blanked))),
        latest=bool(_latest(language).find(blanked)),
        document_kinds=_document_kinds(blanked, language),
    )


def restored(query: Query, mentions: Sequence[SymbolMention]) -> Query:
    """The query with documents that are not held put back among its words: their numbers stand in paragraphs too."""
    blanked = query.blanked
    found: list[Word] = []
    for mention in mentions:
        part = query.text[mention.start : mention.end]
        blanked = blanked[: mention.start] + part + blanked[mention.end :]
        found += [Word(w.stem, w.start + mention.start, w.end + mention.start) for w in words(part, query.language)]

    def among(listed: tuple[Word, ...]) -> tuple[Word, ...]:
        return tuple(sorted((*listed, *found), key=lambda w: w.start))

    numbers = tuple(m.number for m in mentions)
    return replace(query, blanked=blanked, content=among(query.content), subject=among(query.subject), numbers=numbers)


def _document_kinds(text: str, language: Language) -> tuple[str, ...]:
    """The kinds of document that a question speaks of without a number: resolution, decision, report."""
    references = table("questions")["reference_words"][str(language)]
    kinds = ("resolution", "decision", "report")
    names = Phrases(language, ((kind, n) for kind in kinds for n in references.get(kind, ()) if words(n, language)))
    return tuple(dict.fromkeys(m.id for m in names.find(text)))


@cache
def _latest(language: Language) -> Phrases:
    return Phrases(language, (("latest", name) for name in table("questions")["latest"][str(language)]))


def _inside(match: PhraseMatch, others: list[PhraseMatch]) -> bool:
    return any(o.start <= match.start < o.end for o in others)


def _checked(text: str) -> str:
    kept = "".join(c if c.isprintable() or c in "\n\t" else " " for c in unicodedata.normalize("NFC", text))
    cleaned = " ".join(kept.split())
    if not cleaned:
        raise QuestionError("The question is empty; ask in words, for example: What does 60/27 request of OHCHR?")
    if len(cleaned) > MAX_CHARACTERS:
        raise QuestionError(
            f"The question has {len(cleaned):,} characters; ask one question at a time, in at most {MAX_CHARACTERS:,}."
        )
    if not any(c.isalnum() for c in cleaned):
        raise QuestionError("The question has no words; ask in words, for example: What does 60/27 request of OHCHR?")
    return cleaned


def question_language(text: str) -> Language:
    """The language of a question. Raises QuestionError when it is none of the six.

    A question of symbols and figures alone is taken as English.
    """
    bare = SYMBOL_PATTERN.sub(" ", text)
    counts = script_counts(bare)
    if not any(counts.values()):
        return Language.EN
    # Names and terms in Latin letters stand in questions of every script.
    found = (
        _latin_language(bare) if counts["Latin"] * 0.15 > sum(counts.values()) - counts["Latin"] else _by_script(bare)
    )
    if found is None or counts["Other"] > sum(counts.values()) / 2 or _has_kana(bare):
        raise QuestionError(
            "The question is in none of the six languages; ask in Arabic, Chinese, English, French, Russian or Spanish."
        )
    return found


def _by_script(text: str) -> Language | None:
    return detect_language("".join(c if not c.isascii() else " " for c in text))


def _has_kana(text: str) -> bool:
    return any("\u3040" <= c <= "\u30ff" for c in text)


_LATIN = (Language.EN, Language.FR, Language.ES)
_MARKS = {Language.EN: "", Language.ES: "ñ¿¡áíóú", Language.FR: "çàèêùœ"}
# Letters that none of the three writes.
_FOREIGN = frozenset("ãõßäåøæłńśźżčšžğışþðőűřěůťďäö")
_LATIN_SCRIPT_NEIGHBOURS = (
    "de",
    "it",
    "pt",
    "nl",
    "sv",
    "pl",
    "ro",
    "tr",
    "id",
    "vi",
    "cs",
    "da",
    "fi",
    "hu",
    "sw",
)


def _latin_language(text: str) -> Language | None:
    """English, French or Spanish by function words; None when another language of the script is likelier.

    A question of a few names ("OHCHR report deadline") has no function words; it is taken as English.
    """
    found = {language: words(text, language) for language in _LATIN}
    typed = re.findall(r"[^\W\d_]{2,}", text.lower())
    scores = {
        language: sum(_says(w, text) and w.stem in function_words(language) for w in found[language])
        # A form typed with its accents (qué, où) tells languages apart that share the bare one.
        + 0.5 * sum(word in accented_words(language) for word in typed)
        + sum(text.lower().count(mark) for mark in _MARKS[language])
        for language in _LATIN
    }
    best = max(_LATIN, key=lambda language: scores[language])
    count = len(found[best])
    if count >= 4 and (scores[best] / count < 0.34 or _FOREIGN & set(text.lower())):
        likelier = _identified(text)
        if likelier is not None and likelier not in {str(each) for each in _LATIN}:
            return None
        if likelier is not None and scores[best] == 0:
            return Language(likelier)
    return best


def _says(word: Word, text: str) -> bool:
    """Whether a word tells of its language: a letter alone is an item ("8 c"), unless elided (d’adoption)."""
    return word.end - word.start > 1 or text[word.end : word.end + 1] in ("'", "’")


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([*(str(each) for each in _LATIN), *_LATIN_SCRIPT_NEIGHBOURS])
    return identifier


def _identified(text: str) -> str | None:
    language, probability = _identifier().classify(text)
    return str(language) if probability > 0.6 else None


# Numbers of documents and paragraphs, in every way people write them.

_NUMBER = re.compile(
    r"(?<![\d/.,])(?P<number>\d{1,3}\s?[/∕⁄]\s?\d{1,3})(?![\d/])"
    r"|(?<![\d/])(?P<council>\d{3,4}\s?\(\s?(?:19|20)\d\d\s?\))"
    r"|(?<=\bres\. )(?P<hyphened>\d{1,3}-\d{1,3})(?![\d\-/])|(?<=\bres )(?P<also_hyphened>\d{1,3}-\d{1,3})(?![\d\-/])"
)
# Symbols typed without care for capitals, strokes or the first letter: hrc/res/60/27, A-HRC-RES-60-27, A HRC RES 60 27.
_LOOSE_SYMBOL = re.compile(
    r"(?<![a-z0-9])(?P<series>a[/\s._-]?hrc|hrc|a|s|e)[/\s._-]{1,2}(?P<type>res|dec)[/\s._-]{1,2}(?P<first>\d{1,4})[/._-](?P<second>\d{1,3})(?!\d)"
)


def symbols_of(text: str) -> tuple[SymbolMention, ...]:
    """The documents that a question names by symbol or number, in order."""
    folded = fold(text)
    found: list[SymbolMention] = []
    for match in SYMBOL_PATTERN.finditer(folded.upper()):
        symbol = _restored(match.group())
        found.append(SymbolMention(_number_of(symbol), symbol, match.start(), match.end()))
    for match in _LOOSE_SYMBOL.finditer(folded):
        if not _overlaps(match.start(), match.end(), found):
            number = f"{match['first']}/{match['second']}"
            series = "A/HRC" if "hrc" in match["series"] else match["series"].upper()
            symbol = f"{series}/{match['type'].upper()}/{number}"
            found.append(SymbolMention(number, symbol, match.start(), match.end()))
    for match in _NUMBER.finditer(folded):
        if not _overlaps(match.start(), match.end(), found):
            number = re.sub(r"[∕⁄\-]", "/", re.sub(r"\s", "", match.group()))
            found.append(SymbolMention(number, None, match.start(), match.end()))
    for match in _bare_resolution().finditer(folded):
        if not _overlaps(match.start("number"), match.end("number"), found) and not _is_year(match["number"]):
            found.append(SymbolMention(match["number"], None, match.start("number"), match.end("number")))
    return tuple(sorted(found, key=lambda s: s.start))


def _is_year(number: str) -> bool:
    """Whether a bare figure is rather the year of a resolution than its number ("the 2024 resolution")."""
    return 1945 <= int(number) <= 2099


@lru_cache(maxsize=1)
def _bare_resolution() -> re.Pattern[str]:
    """A resolution called by a number alone, as the Security Council's are: ``resolution 1325``, ``第1325号决议``."""
    references = table("questions")["reference_words"]
    names = {fold(n).rstrip(". ") for entry in references.values() for n in entry.get("resolution", ())}
    words_pattern = "|".join(re.escape(n) for n in sorted(names, key=len, reverse=True))
    return re.compile(
        rf"(?:(?:{words_pattern})\S*(?:\s+\S+){{0,3}}?\s+(?:n[o°º]\.?\s*)?|第\s*)(?<![\d/])(?P<number>\d{{3,4}})(?![\d/]|\s*/)(?=\D|$)(?!\s*[年届次])"
    )


def _restored(symbol: str) -> str:
    """The symbol with the lower case of its usual components (Add.1, Sub.2), which the search for capitals lost."""
    return re.sub(
        r"\b(ADD|CORR|REV|SUB|WG|CONF|SR)\.",
        lambda m: m[1].capitalize() + "." if m[1] not in ("WG", "SR", "CONF") else m[0],
        symbol,
    )


def _number_of(symbol: str) -> str:
    parts = [p for p in symbol.split("/") if not p.startswith(("Add.", "Corr.", "Rev."))]
    return "/".join(parts[-2:]) if len(parts) > 2 else symbol


def _overlaps(start: int, end: int, found: list[SymbolMention]) -> bool:
    return any(start < s.end and s.start < end for s in found)


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


@cache
def _reference_pattern(language: Language) -> re.Pattern[str]:
    """Word for a paragraph, then its number and items: ``para. 8 (b)``, ``op5``, ``第8段(b)``, ``الفقرة 8 (ب)``."""
    named = {key: _alternatives(key, language) for key in ("preambular", "paragraph", "operative")}
    items = r"(?P<items>(?:\s?[(（]?\s?(?:[a-z]{1,4}|[а-я]|[أابجدهوزحطي])\s?[)）])*)"
    before = rf"(?:(?P<pre>{named['preambular']})|(?P<word>{named['paragraph']}))"
    between = rf"[\s.:°№#-]*(?:(?:{named['operative']})[\s.]*)?(?:{_NUMBER_WORD}\s*)?"
    number = rf"{between}(?P<number>\d{{1,3}}|(?<=\s)(?P<spelled>[a-zа-я]{{3,12}})){items}"
    return re.compile(rf"{_word_start(language)}{before}{number}(?![\w/])")


# What may stand between the word for a paragraph and its number.
_NUMBER_WORD = r"(?:n[o°º]\.?|no\.|number|numero|num\.|номер|№|رقم|第)"


def _word_start(language: Language) -> str:
    """Where a word may begin: anywhere in Chinese, which has no spaces, else not within another word."""
    return "" if language is Language.ZH else r"(?<![^\W\d_])"


_SIGN = re.compile(r"[§¶]\s*(?P<number>\d{1,3})(?P<items>(?:\s?\([a-z]{1,4}\))*)")
_AFTER_SYMBOL = re.compile(r"^\s*[:,(\[]?\s*(?P<number>\d{1,3})\s*[)\]]?(?P<items>(?:\s?\(?[a-z]{1,4}\))*)(?![\w/])")


def _alternatives(key: str, language: Language) -> str:
    """The names of a kind of paragraph in the language, the longest first, as one pattern."""
    listed: list[str] = table("questions")["reference_words"][str(language)].get(key, [])
    names = sorted({fold(name).rstrip(". ") for name in listed}, key=len, reverse=True)
    return "|".join(re.escape(n) for n in names if n) or r"(?!)"


def paragraphs_of(text: str, language: Language, after: list[int]) -> tuple[ParagraphMention, ...]:
    """The paragraphs that a question names. ``text`` has its symbols blanked out; they ended at ``after``."""
    folded = fold(text)
    found: list[ParagraphMention] = []

    def add(number: str | int, items: str, preambular: bool, start: int, end: int) -> None:
        if int(number) > 0 and not any(start < p.end and p.start < end for p in found):
            found.append(ParagraphMention(int(number), _items(items), preambular, start, end))

    for match in _reference_pattern(language).finditer(folded):
        preambular = match["pre"] is not None or _preamble_near(folded, match.start(), match.end(), language)
        number = match["number"] if match["spelled"] is None else cardinal(match["spelled"], language)
        if number is None:
            continue
        add(number, match["items"], preambular, match.start(), match.end())
        _add_further(folded, found[-1] if found else None, add)
    for match in _SIGN.finditer(folded):
        add(match["number"], match["items"], False, match.start(), match.end())
    _ordinal_paragraphs(text, folded, language, add)
    for end in after:
        if behind := _AFTER_SYMBOL.match(folded[end:]):
            add(behind["number"], behind["items"], False, end + behind.start("number"), end + behind.end())
    return tuple(sorted(found, key=lambda p: p.start))


_FURTHER = re.compile(
    r"^\s*(?:,|،|、|and|et|y|e|и|و|和|及|&|-|–|to|à|a|до|至|إلى)\s*(?P<number>\d{1,3})(?P<items>(?:\s?\([a-z]{1,4}\))*)(?![\w/])"
)


def _add_further(folded: str, last: ParagraphMention | None, add: Any) -> None:
    """``paragraphs 5, 6 and 8``: the numbers that follow the first."""
    while last is not None and (match := _FURTHER.match(folded[last.end :])):
        start, end = last.end + match.start("number"), last.end + match.end()
        add(match["number"], match["items"], last.preambular, start, end)
        last = ParagraphMention(int(match["number"]), (), last.preambular, start, end)


def _ordinal_paragraphs(text: str, folded: str, language: Language, add: Any) -> None:
    """``the fifth operative paragraph``, ``第五段``: an ordinal right before or behind the word for a paragraph."""
    words_pattern = rf"(?:{_alternatives('preambular', language)}|{_alternatives('paragraph', language)})"
    operative = _alternatives("operative", language)
    for start, end, value in ordinals_in(text, language):
        behind = re.match(
            rf"\s*(?:(?:{operative})\s+)?(?P<name>{words_pattern})(?:\s*[(（](?P<items>[a-z])[)）])?",
            folded[end:],
        )
        before = re.search(rf"(?P<name>{words_pattern})\s*$", folded[:start])
        if behind:
            preambular = _preamble_near(folded, start, end + behind.end(), language)
            add(
                value,
                f"({behind['items']})" if behind["items"] else "",
                preambular,
                start,
                end + behind.end(),
            )
        elif before:
            add(value, "", _preamble_near(folded, before.start(), end, language), before.start(), end)


def _preamble_near(folded: str, start: int, end: int, language: Language) -> bool:
    near = folded[max(0, start - 24) : end + 24]
    return re.search(rf"{_word_start(language)}(?:{_alternatives('preambular', language)})", near) is not None


def _items(text: str) -> tuple[str, ...]:
    item_table = table("numbering")["item"]
    letters, numerals = item_table["letters"], item_table["numerals"]
    latin, roman = str(letters["latin"]), list(numerals["roman"])
    marks: list[str] = []
    for mark in re.findall(r"[a-z]+|[а-я]|[أابجدهوزحطي]", text or ""):
        scripts = (letters["cyrillic"], [fold(each) for each in letters["arabic"]])
        position = next((list(s).index(mark) for s in scripts if mark in list(s)), None)
        printed = latin[position] if position is not None else mark
        if (len(printed) == 1 and not marks) or printed in roman:
            marks.append(printed)
    return tuple(marks)


# What the question wants.

_VOTE_SIDES = {
    "vote_in_favour": "in_favour",
    "vote_against": "against",
    "vote_abstaining": "abstaining",
    "vote_none": "none",
}


@cache
def _cues(language: Language) -> Phrases:
    return Phrases(
        language,
        ((c["kind"], name) for c in table("questions")["cue"] for name in names_in(c, "phrases", language)),
    )


@cache
def _instruments() -> frozenset[str]:
    return frozenset(t["id"] for t in table("terms")["term"] if t.get("instrument"))


@cache
def _of_form() -> frozenset[str]:
    return frozenset(t["id"] for t in table("terms")["term"] if t.get("of_form"))


def is_of_form(term: str) -> bool:
    """Whether a term names a part or a property of documents."""
    return term in _of_form()


def is_instrument(term: str) -> bool:
    """Whether a term names a text of its own: a convention, a declaration, a framework."""
    return term in _instruments()


@cache
def term_phrases(language: Language) -> Phrases:
    """The names of the glossary's terms in a language."""
    return Phrases(
        language, ((t["id"], name) for t in table("terms")["term"] for name in names_in(t, "names", language))
    )


# Which kind prevails when a question gives cues for several.
_CLAIM = (
    Kind.VOTE,
    Kind.COMPARISON,
    Kind.ADOPTION,
    Kind.DEADLINE,
    Kind.REFERENCE,
    Kind.COUNT,
    Kind.REASON,
    Kind.LIST,
    Kind.REQUEST,
    Kind.ABOUT,
    Kind.DEFINITION,
    Kind.PARAGRAPH,
)


def _kinds(text: str, language: Language) -> tuple[tuple[Kind, ...], tuple[str, ...]]:
    found = {m.id for m in _cues(language).find_all(text)}
    if _starts_with_when(text, language):
        found.add(Kind.DEADLINE)
    sides = tuple(_VOTE_SIDES[each] for each in sorted(found) if each in _VOTE_SIDES)
    kinds = {Kind(each) for each in found if each not in _VOTE_SIDES}
    if sides:
        kinds.add(Kind.VOTE)
    return tuple(k for k in _CLAIM if k in kinds), sides


def _starts_with_when(text: str, language: Language) -> bool:
    """Whether a question asks for a time at once; further in, the same word joins clauses ("when they report")."""
    first = words(text, language)[:6]
    return any(m.first_word == 0 or language is Language.ZH for m in _whens(language).find(first))


@cache
def _whens(language: Language) -> Phrases:
    listed: list[str] = table("questions")["when"][str(language)]
    return Phrases(language, (("when", name) for name in listed))


def content_words(text: str, language: Language) -> tuple[Word, ...]:
    """The words of a question that carry its subject: all but function words."""
    found = words(text, language)
    if language is not Language.ZH:
        skipped = function_words(language)
        return tuple(w for w in found if w.stem not in skipped)
    covered: set[int] = set()
    for match in _function_phrases(language).find(found):
        covered |= set(range(match.first_word, match.last_word + 1))
    return tuple(w for i, w in enumerate(found) if i not in covered and any(c.isalnum() for c in w.stem))


@cache
def _function_phrases(language: Language) -> Phrases:
    listed: list[str] = table("questions")["function_words"][str(language)]
    return Phrases(language, (("function word", name) for name in listed if words(name, language)))
