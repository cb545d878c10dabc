"""Symbols of United Nations documents: parse and print without loss, link to the official text.

Source of the forms: the United Nations' own guide to symbols (A/, S/, E/ and treaty body series; sessional
components; /RES/, /DEC/, /Add.N, /Corr.N, /Rev.N, /L.N).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpus.errors import SymbolError
from corpus.language import Language, western_digits

# A series begins with the organ (A General Assembly, S Security Council, E ECOSOC, ST Secretariat, T Trusteeship
# Council, HR human rights publications) or the treaty body's acronym; parts are joined by strokes.
_SERIES = r"(?:A|S|E|ST|T|HR|HRI|CCPR|CERD|CEDAW|CAT|CRC|CMW|CRPD|CED|CAT/OP|FCCC|DP|TD|UNEP|NPT|CD|GA)"
_PART = r"[A-Za-z0-9][A-Za-z0-9.\-]*(?:\([A-Za-z0-9\-]+\))?"
PATTERN = re.compile(rf"(?<![A-Za-z0-9/]){_SERIES}(?:/{_PART})+(?<![.\-])")


@dataclass(frozen=True, order=True)
class Symbol:
    """The symbol of a document, such as A/HRC/RES/60/27; ``str`` gives back the text it was parsed from."""

    text: str

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> Symbol:
        """The symbol that the text is. Raises SymbolError when the text is anything else."""
        cleaned = western_digits(text).strip()
        if not PATTERN.fullmatch(cleaned):
            raise SymbolError(f"{text!r} is not the symbol of a United Nations document, such as A/HRC/RES/60/27.")
        return cls(cleaned)

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts between the strokes."""
        return tuple(self.text.split("/"))

    @property
    def resolution_number(self) -> str | None:
        """``60/27`` of A/HRC/RES/60/27; ``2768 (2025)`` of S/RES/2768 (2025); None of other documents."""
        if "RES" not in self.parts:
            return None
        return "/".join(self.parts[self.parts.index("RES") + 1 :]) or None

    def url(self, language: Language) -> str:
        """Where the official text in the language is."""
        return f"https://undocs.org/{language}/{self.text}"


def symbols_in(text: str) -> list[tuple[int, int, Symbol]]:
    """Every full symbol in a running text, with its start and end."""
    return [(m.start(), m.end(), Symbol(m.group())) for m in PATTERN.finditer(western_digits(text))]
