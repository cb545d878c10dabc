"""How a text was adopted: the line with date and meeting below it, and the vote in brackets."""

from __future__ import annotations

import re
from functools import cache

from corpus.document import Issue, RecordedVote
from corpus.language import Language, western_digits
from corpus.numerals import cardinal, dates_in
from corpus.vocabulary import table


@cache
def _patterns(name: str) -> tuple[re.Pattern[str], ...]:
    listed: list[str] = table("votes")[name]["patterns"]
    return tuple(re.compile(p) for p in listed)


def meeting_in(text: str) -> int | None:
    """The number of the meeting that a line names."""
    text = western_digits(text)
    return next((int(m["meeting"]) for p in _patterns("meeting") if (m := p.search(text))), None)


def is_adoption(text: str, language: Language) -> bool:
    """Whether a line holds nothing but a meeting, a date, or both."""
    rest = western_digits(text)
    found = False
    for pattern in _patterns("meeting"):
        rest, count = pattern.subn("", rest)
        found = found or count > 0
    for dated in reversed(dates_in(rest, language)):
        rest = rest[: dated.start] + rest[dated.end :]
        found = True
    return found and not re.search(r"\w{2,}", re.sub(r"\bгода?\b|\bг\.", "", rest))


def is_vote(text: str) -> bool:
    """Whether a line says, in brackets, how a text was adopted."""
    return text.startswith("[") and any(
        p.search(western_digits(text)) for n in ("without_a_vote", "recorded") for p in _patterns(n)
    )


def starts_list(text: str) -> bool:
    """Whether a line begins with the label of a list of States."""
    return any(re.match(p, text) for names in _list_labels().values() for p in names)


def _list_labels() -> dict[str, list[str]]:
    lists = table("votes")["lists"]
    return {key: lists[key] for key in ("in_favour", "against", "abstaining")}


def read_vote(text: str, language: Language) -> tuple[RecordedVote, list[Issue]]:
    """The vote of a bracketed text; where lists and counts disagree, both are kept and an issue says so."""
    plain = western_digits(text)
    if any(p.search(plain) for p in _patterns("without_a_vote")):
        return RecordedVote(without_a_vote=True), []
    match = next((m for p in _patterns("recorded") if (m := p.search(plain))), None)
    counts = {k: _count(match[k], language) if match and match[k] else None for k in _list_labels()}
    if match and counts["abstaining"] is None:
        counts["abstaining"] = 0
    lists = {k: _states(v, counts[k], language) for k, v in _list_texts(text).items()}
    issues = [
        Issue("vote_count", f"The vote counts {counts[k]} {k.replace('_', ' ')} but lists {len(states)} States.")
        for k, states in lists.items()
        if states and counts[k] is not None and counts[k] != len(states)
    ]
    return (
        RecordedVote(
            without_a_vote=False,
            in_favour_count=counts["in_favour"],
            against_count=counts["against"],
            abstaining_count=counts["abstaining"],
            in_favour=lists.get("in_favour", ()),
            against=lists.get("against", ()),
            abstaining=lists.get("abstaining", ()),
        ),
        issues,
    )


def _count(word: str, language: Language) -> int | None:
    return int(word) if word.isdigit() else cardinal(word, language)


def _list_texts(text: str) -> dict[str, str]:
    labels = [
        (match.start(), match.end(), key)
        for key, patterns in _list_labels().items()
        for pattern in patterns
        for match in re.finditer(pattern, text)
    ]
    labels.sort()
    if not labels:
        return {}
    ends = [start for start, _, _ in labels[1:]] + [len(text)]
    return {key: text[after:end] for (_, after, key), end in zip(labels, ends, strict=True)}


def _states(text: str, count: int | None, language: Language) -> tuple[str, ...]:
    lists = table("votes")["lists"]
    names = [n.strip(" \n.。]") for n in re.split(lists["separators"], text.strip(" \n.。]"))]
    names = [n for n in names if n]
    # The last two names are joined by a word; a name may hold the same word, so the count decides.
    if count is not None and names and len(names) == count - 1:
        joints = list(re.finditer(lists["last_separators"][str(language)], names[-1]))
        if joints:
            joint = joints[len(joints) // 2]
            last = names.pop()
            names += [last[: joint.start()].strip(), last[joint.end() :].strip()]
    return tuple(names)
