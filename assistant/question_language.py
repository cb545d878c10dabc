"""The language of a question: by script, by function words, and where these leave a doubt by a language identifier."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from corpus.detection import accented_words, function_phrases, function_words
from corpus.errors import QuestionError
from corpus.language import SCRIPTS, Language, script_counts
from corpus.lexical import Word, words
from corpus.symbol import PATTERN as SYMBOL_PATTERN


def question_language(text: str, expected: Language | None = None) -> Language:
    """The language of a question: that of its frame, where words of another are mixed in.

    A question of symbols and figures alone is in the language that is expected, as of a conversation, or else English.
    Raises QuestionError when it is none of the six.
    """
    bare = SYMBOL_PATTERN.sub(" ", text)
    counts = script_counts(bare)
    if not any(counts.values()):
        return expected or Language.EN
    script = _script_of_frame(bare, counts)
    found = _latin_language(bare, expected) if script == "Latin" else _OF_SCRIPT.get(script)
    if found is None or counts["Other"] > sum(counts.values()) / 2 or _has_kana(bare):
        raise QuestionError(
            "The question is in none of the six languages; ask in Arabic, Chinese, English, French, Russian or Spanish."
        )
    return found


_OF_SCRIPT = {SCRIPTS[each].name: each for each in (Language.AR, Language.RU, Language.ZH)}


def _script_of_frame(text: str, counts: Mapping[str, int]) -> str:
    """The script with the most function words: names and terms of other languages are borrowed without them.

    With as many, a script of one language wins over the Latin one, whose names stand in questions of every script.
    """
    present = [script for script in counts if counts[script]]
    if len(present) == 1:
        return present[0]
    said = dict.fromkeys(present, 0)
    for language in Language:
        script = SCRIPTS[language].name
        if script in said:
            said[script] = max(said[script], len(_function_words_in(text, language)))
    return max(present, key=lambda script: (said[script], script in _OF_SCRIPT, counts[script]))


def _function_words_in(text: str, language: Language) -> list[str]:
    if language is Language.ZH:
        return [text[m.start : m.end] for m in function_phrases(language).find(text)]
    known = function_words(language)
    return [w.stem for w in words(text, language) if w.stem in known and _says(w, text)]


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


def _latin_language(text: str, expected: Language | None) -> Language | None:
    """English, French or Spanish by function words; None when another language of the script is likelier.

    A question of a few names ("OHCHR report deadline") has no function words; it is in the language that is expected,
    or else English.
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
    best = max(_LATIN, key=lambda language: (scores[language], language is expected))
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
