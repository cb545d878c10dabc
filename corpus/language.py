"""The six official languages of the United Nations: code, script, direction, digits."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC


class Language(StrEnum):
    """An official language, by its ISO 639-1 code."""

    AR = "ar"
    EN = "en"
    ES = "es"
    FR = "fr"
    RU = "ru"
    ZH = "zh"


@dataclass(frozen=True)
class Script:
    """How a language is written; ``own_name`` is the name of the language in itself."""

    name: str
    right_to_left: bool
    own_name: str


SCRIPTS: dict[Language, Script] = {
    Language.AR: Script("Arabic", True, "العربية"),
    Language.EN: Script("Latin", False, "English"),
    Language.ES: Script("Latin", False, "Español"),
    Language.FR: Script("Latin", False, "Français"),
    Language.RU: Script("Cyrillic", False, "Русский"),
    Language.ZH: Script("Han", False, "中文"),
}


def is_cjk(character: str) -> bool:
    """Whether a character is written without spaces around it: Han, or CJK and full-width punctuation."""
    code = ord(character)
    return (
        0x4E00 <= code <= 0x9FFF
        or 0x3400 <= code <= 0x4DBF
        or 0x20000 <= code <= 0x3FFFF
        or 0x3000 <= code <= 0x303F
        or 0xFF01 <= code <= 0xFF65
        or 0xF900 <= code <= 0xFAFF
    )


class CharacterTable(dict[int, str]):
    """A table for ``str.translate`` that learns each character from a function when it is first met."""

    def __init__(self, of_character: Callable[[str], str]) -> None:
        super().__init__()
        self._of_character = of_character

    def __missing__(self, code: int) -> str:
        self[code] = self._of_character(chr(code))
        return self[code]


def _western_digit(character: str) -> str:
    value = None if character.isascii() else unicodedata.decimal(character, None)
    return character if value is None else str(value)


_WESTERN_DIGITS = CharacterTable(_western_digit)


def western_digits(text: str) -> str:
    """The text with the decimal digits of every script (٦٠, ６０) written 0 to 9; length is kept."""
    return text.translate(_WESTERN_DIGITS)


def simplified(text: str) -> str:
    """Chinese text with its traditional characters simplified, as the United Nations writes them (OpenCC)."""
    return str(_to_simplified().convert(text))


@cache
def _to_simplified() -> OpenCC:
    from opencc import OpenCC

    return OpenCC("t2s")


def script_counts(text: str) -> dict[str, int]:
    """Letters of the text by script: Arabic, Cyrillic, Han, Latin, or Other."""
    counts = dict.fromkeys(("Arabic", "Cyrillic", "Han", "Latin", "Other"), 0)
    for character in text:
        if character.isalpha():
            counts[_script_of(character)] += 1
    return counts


def _script_of(character: str) -> str:
    code = ord(character)
    if is_cjk(character) and not 0xFF01 <= code <= 0xFF65:
        return "Han"
    if 0x0600 <= code <= 0x06FF or 0x0750 <= code <= 0x077F or 0xFB50 <= code <= 0xFDFF or 0xFE70 <= code <= 0xFEFF:
        return "Arabic"
    if 0x0400 <= code <= 0x052F:
        return "Cyrillic"
    if code < 0x0250 or 0x1E00 <= code <= 0x1EFF or 0xFF21 <= code <= 0xFF5A:
        return "Latin"
    return "Other"
