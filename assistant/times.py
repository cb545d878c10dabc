"""Whether a paragraph tells a time."""

from __future__ import annotations

import re

from corpus.language import western_digits

_YEAR = re.compile(r"(?<![\d/.-])(?:19|20)\d\d(?![\d/-])")
_NUMBER = re.compile(r"\d+/\d+")
# How far from a document's number its date stands: "resolution 36/29 of 29 September 2017", "2017年9月29日第36/29号".
_BEFORE, _AFTER = 32, 12


def tells_a_time(text: str) -> bool:
    """Whether a text dates anything but the documents that it names."""
    text = western_digits(text)
    numbers = [(m.start(), m.end()) for m in _NUMBER.finditer(text)]
    return any(
        not any(end <= y.start() <= end + _BEFORE or y.end() <= start <= y.end() + _AFTER for start, end in numbers)
        for y in _YEAR.finditer(text)
    )
