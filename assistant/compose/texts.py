"""What the assistant itself says, in six languages (leads.toml): phrases, addresses, dates."""

from __future__ import annotations

import string
import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_date

from corpus.document import ParagraphId
from corpus.errors import VocabularyError
from corpus.language import Language
from corpus.symbol import Symbol
from corpus.vocabulary import table


@lru_cache(maxsize=1)
def _leads() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "leads.toml").read_text(encoding="utf-8"))


def phrase(key: str, language: Language, **values: object) -> str:
    """The phrase under a dotted key in a language, its placeholders filled.

    Raises VocabularyError when there is no such phrase or the values do not fit its placeholders.
    """
    entry: Any = _leads()
    for part in key.split("."):
        entry = entry.get(part) if isinstance(entry, dict) else None
    text = entry.get(str(language)) if isinstance(entry, dict) else None
    if not isinstance(text, str):
        raise VocabularyError(f"leads.toml has no {key} in {language}.")
    wanted = {name for _, name, _, _ in string.Formatter().parse(text) if name}
    if wanted - values.keys():
        raise VocabularyError(f"leads.toml: {key} needs {', '.join(sorted(wanted - values.keys()))}.")
    return text.format(**values)


def print_paragraph(paragraph: ParagraphId, language: Language) -> str:
    """A paragraph as the United Nations writes it: ``para. 8 (b)``, ``PP 12``, ``第8段(b)``."""
    label = paragraph.label
    if label in ("title", "summary", "adoption", "vote"):
        return phrase(f"address.{label}", language)
    if label[0] in "ps" and "." in label:
        page, block = label[1:].split(".")
        key = "address.page_block" if label[0] == "p" else "address.section_block"
        return phrase(key, language, page=page, block=block)
    if paragraph.is_preambular:
        return phrase("address.preambular", language, number=paragraph.number)
    number, *items = label.replace(")", "").split("(")
    printed = [phrase("address.item", language, item=_item(item, language)) for item in items]
    if language is Language.ZH:
        return phrase("address.operative", language, number=number) + "".join(printed)
    return phrase("address.operative", language, number=number + "".join(printed))


def _item(item: str, language: Language) -> str:
    if language is not Language.AR:
        return item
    letters = table("numbering")["item"]["letters"]
    position = str(letters["latin"]).find(item)
    arabic: list[str] = letters["arabic"]
    return arabic[position] if len(item) == 1 and 0 <= position < len(arabic) else item


def print_address(symbol: Symbol, paragraph: ParagraphId, language: Language) -> str:
    """A document's paragraph as people cite it: ``A/HRC/RES/60/27, para. 8 (b)``."""
    return phrase("address.joint", language, symbol=symbol, paragraph=print_paragraph(paragraph, language))


def print_date(day: date, language: Language) -> str:
    """A date as the language writes it: ``8 October 2025``, ``2025年10月8日``."""
    return format_date(day, format="long", locale=_LOCALES[language])


# British English, as the United Nations writes dates; Arabic with the figures that its documents use.
_LOCALES = {
    Language.AR: "ar_EG@numbers=latn",
    Language.EN: "en_GB",
    Language.ES: "es",
    Language.FR: "fr",
    Language.RU: "ru",
    Language.ZH: "zh",
}
