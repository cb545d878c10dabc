"""The documents and paragraphs that a question names, in every way people write them in six languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from corpus.detection import function_words
from corpus.document import ParagraphId
from corpus.language import Language
from corpus.lexical import fold
from corpus.numerals import cardinal, ordinals_in
from corpus.symbol import PATTERN as SYMBOL_PATTERN
from corpus.vocabulary import table


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


@cache
def _reference_pattern(language: Language) -> re.Pattern[str]:
    """Word for a paragraph, then its number and items: ``para. 8 (b)``, ``op5``, ``第8段(b)``, ``الفقرة 8 (ب)``."""
    named = {key: _alternatives(key, language) for key in ("preambular", "paragraph", "operative")}
    items = r"(?P<items>(?:\s?[(（]?\s?(?:[a-z]{1,4}|[а-я]|[أابجدهوزحطي])\s?[)）])*)"
    before = rf"(?:(?P<pre>{named['preambular']})|(?P<word>{named['paragraph']}))"
    between = rf"[\s.:°№#-]*(?:(?:{named['operative']})[\s.]*)?(?:{_NUMBER_WORD}\s*)?"
    number = rf"{between}(?P<number>\d{{1,3}}|(?<=\s)(?P<spelled>[a-zа-я]{{3,12}})){items}"
    return re.compile(rf"{_word_start(language)}{before}{number}(?![\w/])")


@cache
def _item_pattern(language: Language) -> re.Pattern[str]:
    """An item before the paragraph that it is of: ``subparagraph (b) of paragraph 8``, ``подпункт d) пункта 8``."""
    items = r"(?P<items>\(?(?:[a-z]|[а-я]|[أابجدهوزحطي])\))"
    item = rf"{_word_start(language)}(?:{_alternatives('subparagraph', language)})\s*{items}"
    return re.compile(
        rf"{item}(?:\s+\w+)?\s+(?:{_alternatives('paragraph', language)})\s*(?P<number>\d{{1,3}})(?![\w/])"
    )


@cache
def _part_pattern(language: Language) -> re.Pattern[str]:
    """The part of a resolution that a paragraph is of, after its number: ``paragraphe 3 du dispositif``."""
    parts = f"{_alternatives('operative', language)}|{_alternatives('preambular', language)}"
    return re.compile(rf"(?:\s+\w+){{0,2}}?\s*(?:{parts})(?!\w)")


# What may stand between the word for a paragraph and its number.
_NUMBER_WORD = r"(?:n[o°º]\.?|no\.|number|numero|num\.|номер|№|رقم|第)"


def _word_start(language: Language) -> str:
    """Where a word may begin: anywhere in Chinese, which has no spaces, else not within another word."""
    return "" if language is Language.ZH else r"(?<![^\W\d_])"


_SIGN = re.compile(r"[§¶]\s*(?P<number>\d{1,3})(?P<items>(?:\s?\([a-z]{1,4}\))*)")
# Not the figures of an ordinal: "36/29, 3.er ciclo", "36/29, 3-й цикл".
_AFTER_SYMBOL = re.compile(
    r"^\s*[:,(\[]?\s*(?P<number>\d{1,3})\s*[)\]]?(?P<items>(?:\s?\(?[a-z]{1,4}\))*)(?![\w/]|[.\-][^\W\d_]|[ºª°])"
)
# An item says by itself that a paragraph is meant: "8(d)", "第8(d)段".
_WITH_ITEMS = re.compile(r"(?<![\w/.])第?(?P<number>\d{1,3})\s?(?P<items>(?:\((?:[a-z]|[ivx]{1,4})\)\s?)+)")


def _alternatives(key: str, language: Language) -> str:
    """The names of a kind of paragraph in the language, the longest first, as one pattern."""
    listed: list[str] = table("questions")["reference_words"][str(language)].get(key, [])
    names = sorted({_without_stop(fold(name), language) for name in listed}, key=len, reverse=True)
    return "|".join(re.escape(n) for n in names if n) or r"(?!)"


def _without_stop(name: str, language: Language) -> str:
    """A name without its full stop, which hurried writers leave out; with it where it tells the name from a word."""
    bare = name.rstrip(". ")
    return name if name.endswith(".") and bare in function_words(language) else bare


def paragraphs_of(text: str, language: Language, after: list[int]) -> tuple[ParagraphMention, ...]:
    """The paragraphs that a question names. ``text`` has its symbols blanked out; they ended at ``after``."""
    folded = fold(text)
    found: list[ParagraphMention] = []

    def add(number: str | int, items: str, preambular: bool, start: int, end: int) -> None:
        if int(number) > 0 and not any(start < p.end and p.start < end for p in found):
            found.append(ParagraphMention(int(number), _items(items), preambular, start, end))

    for match in _item_pattern(language).finditer(folded):
        add(match["number"], match["items"], False, match.start(), match.end())
    for match in _reference_pattern(language).finditer(folded):
        preambular = match["pre"] is not None or _preamble_near(folded, match.start(), match.end(), language)
        number = match["number"] if match["spelled"] is None else cardinal(match["spelled"], language)
        if number is None:
            continue
        part = _part_pattern(language).match(folded, match.end())
        add(number, match["items"], preambular, match.start(), part.end() if part else match.end())
        _add_further(folded, found[-1] if found else None, add)
    for match in _SIGN.finditer(folded):
        add(match["number"], match["items"], False, match.start(), match.end())
    for match in _WITH_ITEMS.finditer(folded):
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
