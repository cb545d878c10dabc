"""Words of the six languages, as the lexical index and the vocabulary see them.

A word is folded (case, diacritics, hamza, ё, digits of every script, full-width forms) and stemmed with Snowball's
stemmer of its language, so that a question typed in a hurry meets the text as printed. Han characters are single
words here; the index pairs neighbours into bigrams, which find as well as word segmentation does. Symbols and
numbers with strokes (A/HRC/57/73, 60/27) stay whole, and a full symbol of a resolution also gives its number.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import Stemmer

from corpus.language import CharacterTable, Language, is_cjk, western_digits

_SNOWBALL = {
    Language.AR: "arabic",
    Language.EN: "english",
    Language.ES: "spanish",
    Language.FR: "french",
    Language.RU: "russian",
}
# A Snowball stemmer is not safe to share between threads.
_stemmers = threading.local()

_HAN = "\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\U00020000-\U0003ffff"
_WORD_RUN = re.compile(
    rf"(?P<han>[{_HAN}]+)"
    r"|(?P<number>(?<![a-z0-9])[a-z]+(?:\.[a-z0-9]+)*(?:/[a-z0-9]+(?:[.\-][a-z0-9]+)*)*/\d+(?:/[a-z0-9]+(?:[.\-][a-z0-9]+)*)*"
    r"|\d+(?:/\d+)+|\d+(?:[.,]\d+)*)"
    rf"|(?P<word>(?:(?![{_HAN}])[^\W\d_]|\u200d)+)"
)
# Before stemming only the forms of alif are made one; the stemmer needs tāʾ marbūṭa and alif maqṣūra, which are
# folded after it, since writers leave out their dots.
_ALIF = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا"})
ARABIC_ENDINGS = str.maketrans({"ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي"})
# Snowball's Arabic stemmer leaves a conjunction before the article (والمفوضية), prepositions before a bare noun (لحقوق,
# بخطة), and takes the first letters of آليات for the article. The first two are cut here; a word whose article is cut
# is shielded by a hamza, which is no letter that the stemmer cuts.
_ARABIC_ARTICLE = re.compile(r"^[وف]?(?:ال|بال|كال|لل)(?=\w{3})")
# No preposition is cut of لماذا (why), which would leave ماذا (what).
_ARABIC_PREPOSITION = re.compile(r"^(?!لماذا$)[ولب](?=\w{4})")
# What the stemmer leaves of plurals and adjectives (قرارات to قرارا, آليات to آلي).
_ARABIC_REST = re.compile(r"(?<=\w{2})[اي]+$")
_LATIN_AS_ENGLISH = frozenset({Language.AR, Language.RU, Language.ZH})


@dataclass(frozen=True)
class Word:
    """A folded, stemmed word and where it stands in the text (``text[start:end]``).

    ``form`` is the folded word before stemming, without an Arabic article: it tells apart what stems do not.
    """

    stem: str
    start: int
    end: int
    form: str = ""


def fold(text: str) -> str:
    """The text folded character by character; the length stays the same, so that offsets do.

    Case, Latin diacritics, ё and й's breve aside, Arabic hamza and vowel signs, digits and full-width forms go.
    """
    return text.translate(_FOLDED)


def _fold_character(character: str) -> str:
    character = western_digits(character)
    if "\u064b" <= character <= "\u0652" or character == "\u0670":
        return "\u200d"  # an Arabic vowel sign: joined out below, its place kept
    normal = unicodedata.normalize("NFKC", character)
    if len(normal) != 1:
        normal = character
    lower = normal.lower()
    if len(lower) != 1:
        return character
    if lower == "ـ":
        return "\u200d"
    # й is a letter of its own and "ئ", "ؤ" matter to the stemmer; every other mark above or below a letter goes.
    if lower == "й" or is_cjk(lower) or "\u0600" <= lower <= "\u06ff":
        return lower.translate(_ALIF)
    return unicodedata.normalize("NFD", lower)[0]


_FOLDED = CharacterTable(_fold_character)


def words(text: str, language: Language) -> list[Word]:
    """The words of a text, in order; a Han character is a word of its own.

    >>> [w.stem for w in words("Résolutions 60/27, op. 5", Language.FR)]
    ['resolu', '60/27', 'op', '5']
    """
    return list(_words(text, language))


# The tables of the vocabulary look through the same question one after the other.
@lru_cache(maxsize=64)
def _words(text: str, language: Language) -> tuple[Word, ...]:
    folded = fold(text)
    found: list[Word] = []
    for match in _WORD_RUN.finditer(folded):
        start, end = match.span()
        piece = match.group()
        if match.lastgroup == "han":
            found.extend(Word(c, start + i, start + i + 1) for i, c in enumerate(piece))
        elif match.lastgroup == "number":
            found.append(Word(piece, start, end))
        else:
            bare = piece.replace("\u200d", "")
            found.append(Word(_stem(bare, language), start, end, _ARABIC_ARTICLE.sub("", bare)))
    return tuple(found)


@lru_cache(maxsize=200_000)
def _stem(word: str, language: Language) -> str:
    first = word[:1]
    if "\u0400" <= first <= "\u052f":
        language = Language.RU
    elif "\u0600" <= first <= "\u06ff":
        language = Language.AR
    elif language in _LATIN_AS_ENGLISH:
        language = Language.EN
    if language is Language.AR:
        word = _ARABIC_PREPOSITION.sub("", _ARABIC_ARTICLE.sub("", word))
        word = "ء" + word[1:] if word.startswith("ال") else word
    stemmers: dict[str, Stemmer.Stemmer] = _stemmers.__dict__
    if _SNOWBALL[language] not in stemmers:
        stemmers[_SNOWBALL[language]] = Stemmer.Stemmer(_SNOWBALL[language], 0)
    stem = stemmers[_SNOWBALL[language]].stemWord(word) or word
    return _ARABIC_REST.sub("", stem.translate(ARABIC_ENDINGS)) if language is Language.AR else stem


def index_tokens(text: str, language: Language) -> list[str]:
    """The tokens of a text for the lexical index: stems, numbers, and bigrams of neighbouring Han characters.

    >>> index_tokens("第60/27号决议", Language.ZH)
    ['第', '60/27', '号决', '决议']
    """
    tokens: list[str] = []
    run: list[Word] = []
    for word in words(text, language):
        if len(word.stem) == 1 and is_cjk(word.stem):
            if run and run[-1].end != word.start:
                tokens.extend(_bigrams(run))
                run = []
            run.append(word)
            continue
        tokens.extend(_bigrams(run))
        run = []
        tokens.append(word.stem)
        if word.stem.count("/") > 1:
            tokens.append("/".join(word.stem.split("/")[-2:]))
    tokens.extend(_bigrams(run))
    return tokens


def _bigrams(run: list[Word]) -> list[str]:
    if len(run) == 1:
        return [run[0].stem]
    return [a.stem + b.stem for a, b in pairwise(run)]
