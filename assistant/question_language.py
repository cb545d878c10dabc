"""The language of a question: by script, by function words, and where these leave a doubt by a language identifier."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from corpus.detection import accented_words, detect_language, function_words
from corpus.errors import QuestionError
from corpus.language import Language, script_counts
from corpus.lexical import Word, words
from corpus.symbol import PATTERN as SYMBOL_PATTERN


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
