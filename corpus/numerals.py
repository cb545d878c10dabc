"""Numbers that are written as words: ordinals, sessions, counts; and dates, in the six languages.

The knowledge is in ``vocabulary/ordinals.toml`` and ``vocabulary/dates.toml``; here it is composed and
compiled, once a language. Composed forms become the branches of one regular expression, and what it matches
is looked up among them. Texts are matched folded (``corpus.lexical.fold``), so that case, diacritics, hamza,
vowel signs and the script of digits do not matter; every offset given is one of the text as it came. Every
function takes any text and raises nothing but VocabularyError, when a table is broken.

The module is long because both tables compose and fold alike, and because a session is told from a date
("at its session, 8 October") by looking at both.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar

from corpus.errors import VocabularyError
from corpus.language import Language
from corpus.lexical import fold
from corpus.vocabulary import table

T = TypeVar("T")

GREATEST = 120
"""The greatest ordinal that is read; above it are years ("2025 session") more often than sessions."""

_GAP = r"[\s\-]{0,4}"
_IGNORED = "\u200d"  # what fold writes for a vowel sign
_FIGURE = r"[1-9][0-9]{0,2}"


@dataclass(frozen=True)
class Found(Generic[T]):
    """A value and where a text says it (``text[start:end]``)."""

    start: int
    end: int
    value: T


def ordinals_in(text: str, language: Language) -> list[tuple[int, int, int]]:
    """The ordinals from 1 to 120 of a text, in words or marked figures, in order: (start, end, number).

    Of forms that begin at one place the longest counts. A figure without a mark is no ordinal.

    >>> ordinals_in("its sixty-fifth and 66th", Language.EN)
    [(4, 15, 65), (20, 24, 66)]
    """
    folded = _fold(text)
    return [
        (*folded.span(item.start, item.end), item.value)
        for item in _numbers(language).items(folded.text)
        if item.kind == "ordinal" and item.value is not None
    ]


def sessions_in(text: str, language: Language) -> list[Found[int]]:
    """The sessions from 1 to 120 that a text names, in order; not special sessions, which are counted apart.

    Of a list ("sixty-fifth and sixty-sixth sessions") every session is given, of a range both ends. The place
    is that of the ordinal, and of the word for session where that stands next to it.

    >>> sessions_in("before its sixty-sixth session", Language.EN)
    [Found(start=11, end=30, value=66)]
    """
    folded, numbers = _fold(text), _numbers(language)
    found = []
    for match, named in numbers.sessions(folded.text):
        least = numbers.least[str(match.lastgroup)]
        for item in named:
            if item.value is None or item.value < least:
                continue
            if _is_day(folded.text, item.start, language):
                continue
            start = match.start() if item is named[0] else item.start
            end = match.end() if item is named[-1] else item.end
            found.append(Found(*folded.span(start, end), item.value))
    return found


def cardinal(text: str, language: Language) -> int | None:
    """The count that a text is or holds, in words or figures (``"two"``, ``"عضوين اثنين"``, ``"31"``).

    None when it holds an ordinal, no number or several, and for numbers in words above 120.
    """
    folded = _fold(text).text
    if re.fullmatch(r"\s*[0-9]{1,9}\s*", folded):
        return int(folded)
    items = _numbers(language).items(folded)
    return items[0].value if len(items) == 1 and items[0].kind != "ordinal" else None


def ordinal_words(n: int, language: Language) -> str:
    """The ordinal of a session as resolutions write it (``sixty-fifth``, ``65º``, ``第六十五``).

    Numbers outside 1 to 120, which have no composed form, are printed as figures.
    """
    grammar = _grammar(language)
    if not 1 <= n <= GREATEST:
        return str(n)
    return grammar.printed.replace("{n}", str(n)) or _numbers(language).printed[n]


def dates_in(text: str, language: Language) -> list[Found[datetime.date]]:
    """The dates of a text whose day, month and year are certain, in order.

    In a range or a list ("from 24 November to 3 December 2021") a date without its own month or year takes
    them from its neighbours, unless the dates would then be out of order. Days that no month has are left
    out, and so is 08/10/2025, which is the 8 October or the 10 August.

    >>> [str(d.value) for d in dates_in("from 24 November to 3 December 2021", Language.EN)]
    ['2021-11-24', '2021-12-03']
    """
    folded = _fold(text)
    found: list[Found[datetime.date]] = []
    for shape in _shapes(language):
        taken = tuple(found)
        for match in shape.chain.finditer(folded.text):
            if not any(f.start < match.end() and match.start() < f.end for f in taken):
                found.extend(shape.dates(folded.text, match))
    found.extend(_iso_dates(folded.text))
    return sorted((Found(*folded.span(f.start, f.end), f.value) for f in found), key=lambda f: f.start)


# ----------------------------------------------------------------------------------------- folding, composing


@dataclass(frozen=True)
class _Folded:
    """A folded text, and the place of each character in the text as it came (None: the same place)."""

    text: str
    places: tuple[int, ...] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        return (start, end) if self.places is None else (self.places[start], self.places[end - 1] + 1)


class _Characters(dict[int, str]):
    """``fold`` for ``str.translate``, a character at a time, and what numbers need beyond it."""

    # Writers leave out the dots of ة and ى, and decomposed text has и and a breve for й. Non-breaking hyphens
    # join the parts of numbers as hyphens do; dashes stand between the ends of ranges and stay.
    _OTHER = str.maketrans("йةى‐‑", "иهي--")

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if category in ("Mn", "Me", "Cf"):
            folded = _IGNORED  # a mark of its own, a direction mark, a soft hyphen
        elif category == "Co":
            folded = "*"  # masks are such characters
        elif category == "No":
            folded = "*"  # fold reads the note mark of "le 18 août 2000²" as one more digit of the year
        elif character in "ºª":
            folded = character  # fold reads "8.ª" as "8.a"
        else:
            folded = fold(character).translate(self._OTHER)
        self[code] = folded
        return folded


_CHARACTERS = _Characters()


@lru_cache(maxsize=8)
def _fold(text: str) -> _Folded:
    folded = text.translate(_CHARACTERS)
    if _IGNORED not in folded:
        return _Folded(folded, None)
    places = tuple(i for i, c in enumerate(folded) if c != _IGNORED)
    return _Folded(folded.replace(_IGNORED, ""), places)


def _plain(form: str) -> str:
    return _fold(form).text


def _key(form: str) -> str:
    """A folded form or match without its gaps, under which its value is looked up."""
    return re.sub(r"[\s\-]", "", form)


Part = list[str] | dict[str, list[str]]


def _expand(form: str, parts: dict[str, Part]) -> Iterator[tuple[str, int]]:
    """Every form that a rule composes with the sum of its pieces' values; the first pieces first."""
    before, brace, rest = form.partition("{")
    if not brace:
        yield form, 0
        return
    name, _, after = rest.partition("}")
    tails = list(_expand(after, parts))
    for head, value in _expand_part(name, parts):
        for tail, more in tails:
            yield before + head + tail, value + more


def _expand_part(name: str, parts: dict[str, Part]) -> Iterator[tuple[str, int]]:
    if name not in parts:
        raise VocabularyError(
            f"A form uses {{{name}}}, but its language has no such part; the parts are {sorted(parts)}."
        )
    part = parts[name]
    valued = part.items() if isinstance(part, dict) else [("0", part)]
    for value, forms in valued:
        for form in forms:
            for expanded, more in _expand(form, parts):
                yield expanded, int(value) + more


def _branches(forms: Iterable[str]) -> str:
    """A pattern for the longest of some folded forms; forms that begin alike share their beginning."""
    root: dict[str, Any] = {}
    for form in forms:
        node = root
        for character in form:
            node = node.setdefault(character, {})
        node[""] = {}
    return f"(?:{_branch(root)})" if root else "(?!)"


def _branch(node: dict[str, Any]) -> str:
    choices = [(_GAP if c == " " else re.escape(c)) + _branch(following) for c, following in node.items() if c]
    if not choices:
        return ""
    if len(choices) == 1 and "" not in node:
        return choices[0]
    return f"(?:{'|'.join(choices)})" + ("?" if "" in node else "")


# --------------------------------------------------------------------------------- ordinals, counts, sessions


@dataclass(frozen=True)
class _Rule:
    form: str
    examples: dict[str, Any]
    least: int = 1


@dataclass(frozen=True)
class _Grammar:
    """One language of ordinals.toml, as its head explains it."""

    letters: str
    digits: str
    prefixes: list[str]
    marks_before: list[str]
    marks_after: list[str]
    marks_raised: list[str]
    beyond_before: list[str]
    beyond_after: list[str]
    list_joins: list[str]
    not_before: list[str]
    parts: dict[str, Part]
    ordinal: list[_Rule]
    cardinal: list[_Rule]
    session: list[_Rule]
    printed: str = ""

    def branches(self, forms: Iterable[str], *, hyphens_are_gaps: bool = False) -> str:
        """The pattern of some forms of the table, with their parts in place."""
        plain = (_plain(f) for form in forms for f, _ in _expand(form, self.parts))
        return _branches(f.replace("-", " ") if hyphens_are_gaps else f for f in plain)


@cache
def _grammar(language: Language) -> _Grammar:
    entry = dict(table("ordinals")[str(language)])
    try:
        for rules in ("ordinal", "cardinal", "session"):
            entry[rules] = [_Rule(**rule) for rule in entry[rules]]
        return _Grammar(**entry)
    except (KeyError, TypeError) as error:
        raise VocabularyError(f"ordinals.toml, language {language}: {error}. Compare the other languages.") from error


def _compose(rules: list[_Rule], grammar: _Grammar) -> tuple[dict[str, int], dict[int, str], list[str]]:
    """The values of forms up to 120 by their keys, the first form of each number, and all folded forms.

    Forms above 120 are matched as well, so that "two hundredth" is not 100.
    """
    values: dict[str, int] = {}
    printed: dict[int, str] = {}
    forms: list[str] = []
    for rule in rules:
        for form, value in _expand(rule.form, grammar.parts):
            plain = _plain(form)
            forms.append(plain.replace("-", " "))
            if value > GREATEST:
                continue
            if values.setdefault(_key(plain), value) != value:
                raise VocabularyError(
                    f"ordinals.toml: {form!r} is {values[_key(plain)]} by one rule, {value} by another."
                )
            printed.setdefault(value, form)
    return values, printed, forms


@dataclass(frozen=True)
class _Item:
    """A number in a folded text; its value is None when it is out of range."""

    kind: str
    start: int
    end: int
    value: int | None


# What stands for a number while sessions are looked for: its first character, by its kind, and each other
# one. They are characters for private use, which no folded text has.
_MASKS = {"ordinal": "\ue000", "figure": "\ue001", "count": "\ue002"}
_MASK_REST = "\ue00f"


def _masked(folded: str, items: list[_Item]) -> str:
    """The text with a mask of its length for every number, so that offsets stay."""
    pieces, done = [], 0
    for item in items:
        pieces += [folded[done : item.start], _MASKS[item.kind], _MASK_REST * (item.end - item.start - 1)]
        done = item.end
    return "".join(pieces) + folded[done:]


@dataclass(frozen=True)
class _Numbers:
    """The compiled grammar of a language."""

    values: dict[str, dict[str, int]]
    printed: dict[int, str]
    item_pattern: re.Pattern[str]
    session_start: re.Pattern[str]
    session_pattern: re.Pattern[str]
    least: dict[str, int]

    def items(self, folded: str) -> list[_Item]:
        """Every number of a folded text, in order."""
        found = []
        for match in self.item_pattern.finditer(folded):
            kind = str(match.lastgroup)
            if figure := re.search("[0-9]+", match[kind]):
                value = int(figure.group())
                within = value if value <= GREATEST or kind == "figure" else None
            else:
                within = self.values[kind].get(_key(match[kind]))
            found.append(_Item(kind, *match.span(kind), within))
        return found

    def sessions(self, folded: str) -> Iterator[tuple[re.Match[str], list[_Item]]]:
        """Every naming of sessions with its numbers; it can begin at a number or a word for session only."""
        items = self.items(folded)
        if not items:
            return
        masked = _masked(folded, items)
        places = [item.start for item in items]
        words = [match.start("word") for match in self.session_start.finditer(masked)]
        done = 0
        for start in sorted(places + words):
            if start >= done and (match := self.session_pattern.match(masked, start)):
                done = match.end()
                first, last = (bisect_left(places, place) for place in match.span(str(match.lastgroup)))
                yield match, items[first:last]


@cache
def _numbers(language: Language) -> _Numbers:
    grammar = _grammar(language)
    ordinals, printed, ordinal_forms = _compose(grammar.ordinal, grammar)
    counts, _, count_forms = _compose(grammar.cardinal, grammar)
    rules = {f"rule{i}": rule for i, rule in enumerate(grammar.session)}
    return _Numbers(
        values={"ordinal": ordinals, "count": counts},
        printed=printed,
        item_pattern=_item_pattern(grammar, ordinal_forms, count_forms),
        session_start=_session_start(grammar),
        session_pattern=_session_pattern(grammar, rules),
        least={name: rule.least for name, rule in rules.items()},
    )


def _word_begins(grammar: _Grammar) -> str:
    return f"(?<![{grammar.letters}]){grammar.branches(['', *grammar.prefixes])}"


def _item_pattern(grammar: _Grammar, ordinal_forms: list[str], count_forms: list[str]) -> re.Pattern[str]:
    begins, ends = rf"(?<![{grammar.digits}/])(?<![0-9][.,:])", f"(?![{grammar.digits}{grammar.letters}])"
    before = grammar.branches(grammar.beyond_before, hyphens_are_gaps=True)
    after = grammar.branches(grammar.beyond_after, hyphens_are_gaps=True)
    ordinal = "|".join(
        [
            f"(?:{before}{_GAP})?{_branches(ordinal_forms)}(?:{after})?",
            rf"{grammar.branches(grammar.marks_before)}\s?{_FIGURE}(?![/%])",
            f"{begins}{_FIGURE}{grammar.branches(grammar.marks_after)}",
            rf"{begins}{_FIGURE}\s{grammar.branches(grammar.marks_raised)}",
        ]
    )
    # "60/27" and "2.5 %" name no session.
    figure = rf"{begins}{_FIGURE}{ends}(?!\s?[/%]|[.,:][0-9])"
    heads = [_plain(h) for h in (*grammar.marks_before, *grammar.prefixes)]
    heads += [_plain(h) for form in grammar.beyond_before for h, _ in _expand(form, grammar.parts)]
    initials = "".join({form[0] for form in (*heads, *ordinal_forms, *count_forms)})
    ordinal = f"(?P<ordinal>(?:{ordinal}){ends})"
    count = f"(?P<count>{begins}{_branches(count_forms)}{ends})"
    # Most places of a text are passed over by the first look.
    return re.compile(f"(?=[0-9{initials}])(?:{_word_begins(grammar)}(?:{ordinal}|{count})|(?P<figure>{figure}))")


def _split(form: str) -> list[str]:
    """A form taken apart at its {parts}: literals at even places, names at odd ones."""
    return re.split(r"\{(\w+)\}", form)


def _session_start(grammar: _Grammar) -> re.Pattern[str]:
    """The words with which rules begin, where none of a number is."""
    heads = [f"{{{_split(rule.form)[1]}}}" for rule in grammar.session if rule.form.startswith("{")]
    words = grammar.branches(head for head in heads if head[1:-1] in grammar.parts)
    return re.compile(f"{_word_begins(grammar)}(?P<word>{words})")


def _session_pattern(grammar: _Grammar, rules: dict[str, _Rule]) -> re.Pattern[str]:
    """The pattern of a masked text for all rules; the group with a rule's name is what holds its numbers."""
    join = f"(?>{grammar.branches(grammar.list_joins)})"
    items: dict[str, str] = {}
    for name, kinds in {"ordinal": [], "figure": ["figure"], "number": ["figure", "count"]}.items():
        masks = "".join(_MASKS[kind] for kind in kinds)
        items[name] = f"[{masks or _MASKS['ordinal']}]{_MASK_REST}*+"
        items[f"{name}s"] = f"{items[name]}(?:{join}[{masks}{_MASKS['ordinal']}]{_MASK_REST}*+){{0,20}}"

    def compiled(name: str, form: str) -> str:
        return "".join(
            f"(?P<{name}>{items[p]})" if i % 2 and p in items else grammar.branches([f"{{{p}}}" if i % 2 else p])
            for i, p in enumerate(_split(form))
        )

    forms = "|".join(compiled(name, rule.form) for name, rule in rules.items())
    not_before = grammar.branches(grammar.not_before)
    return re.compile(f"(?:{forms})(?![{grammar.letters}])(?!{_GAP}{not_before})")


def _is_day(folded: str, place: int, language: Language) -> bool:
    """Whether a figure is the day of a date, as in "at its session, 8 October 2025"."""
    return any(shape.part.match(folded, place) for shape in _shapes(language))


# ------------------------------------------------------------------------------------------------------ dates


@dataclass(frozen=True)
class _Calendar:
    """One language of dates.toml, as its head explains it."""

    months: dict[str, list[str]]
    sets: dict[str, Part]
    day_marks: list[str]
    year_marks: list[str]
    day_words: dict[str, list[str]]
    joins: list[str]
    commas: list[str]
    shapes: list[dict[str, Any]]
    marks_required: bool = False


@dataclass(frozen=True)
class _Token:
    kind: str
    start: int
    end: int
    value: int | None


@dataclass(frozen=True)
class _Shape:
    """An order of day, month and year, compiled; ``chain`` finds dates, ranges and lists of it."""

    chain: re.Pattern[str]
    part: re.Pattern[str]
    token: re.Pattern[str]
    month_names: re.Pattern[str]
    values: dict[str, int] = field(repr=False)
    after_day: frozenset[str] = frozenset()

    def dates(self, folded: str, chain: re.Match[str]) -> list[Found[datetime.date]]:
        """The dates of a chain; each token that is no day gives its value to the days on its side."""
        tokens = [self._token(m) for m in self.token.finditer(folded, *chain.span())]
        found: list[Found[datetime.date]] = []
        owned: list[bool] = []
        for index, token in enumerate(tokens):
            if token.kind != "day":
                continue
            month, year = (self._given(tokens, index, kind) for kind in ("month", "year"))
            first, last = self._own(tokens, index)
            value = _date(year, month, token.value)
            if value is not None:
                found.append(Found(tokens[first].start, tokens[last].end, value))
                owned.append(any(t.kind == "year" for t in tokens[first : last + 1]))
        return _certain(found, owned, backwards="year" in self.after_day)

    def _token(self, match: re.Match[str]) -> _Token:
        kind, text = str(match.lastgroup), match.group()
        if kind == "month":
            named = {self.values[_key(name)] for name in self.month_names.findall(text)}
            value = named.pop() if len(named) == 1 else None  # "May/June"
        elif figure := re.match("[0-9]+", text):
            value = int(figure.group())
        else:
            value = self.values[_key(text)]
        return _Token(kind, match.start(), match.end(), value)

    def _given(self, tokens: list[_Token], index: int, kind: str) -> int | None:
        """The month or the year that holds for a day: the nearest one on its side."""
        side = tokens[index:] if kind in self.after_day else tokens[index::-1]
        return next((t.value for t in side if t.kind == kind), None)

    def _own(self, tokens: list[_Token], index: int) -> tuple[int, int]:
        """The first and the last token that belong to a day alone."""
        before, after = {"month", "year"} - self.after_day, self.after_day
        first = last = index
        while first > 0 and tokens[first - 1].kind in before:
            first -= 1
        while last + 1 < len(tokens) and tokens[last + 1].kind in after:
            last += 1
        return first, last


def _date(year: int | None, month: int | None, day: int | None) -> datetime.date | None:
    if year is None or month is None or day is None:
        return None
    try:
        return datetime.date(year, month, day)
    except ValueError:  # 31 February
        return None


def _certain(found: list[Found[datetime.date]], owned: list[bool], *, backwards: bool) -> list[Found[datetime.date]]:
    """Without the dates that borrowed a year with which they would not be in order.

    In "29 December to 3 January 2022" the first day is not in 2022.
    """
    step = -1 if backwards else 1
    kept: list[Found[datetime.date]] = []
    for date, own in list(zip(found, owned, strict=True))[::step]:
        if kept and not own and (date.value > kept[-1].value) is backwards and date.value != kept[-1].value:
            continue
        kept.append(date)
    return kept[::step]


@cache
def _shapes(language: Language) -> tuple[_Shape, ...]:
    try:
        calendar = _Calendar(**table("dates")[str(language)])
    except (KeyError, TypeError) as error:
        raise VocabularyError(f"dates.toml, language {language}: {error}. Compare the other languages.") from error
    return tuple(_compile_shape(shape["full"], shape["part"], calendar, language) for shape in calendar.shapes)


def _compile_shape(full: str, part: str, calendar: _Calendar, language: Language) -> _Shape:
    grammar = _grammar(language)

    def marked(figure: str, marks: list[str], required: bool) -> str:
        if not marks:
            return figure
        # In "1 octubre" the o is no mark.
        return figure + f"(?:{_GAP}{_branches(map(_plain, marks))}(?![{grammar.letters}]))" + "?" * (not required)

    names = {_plain(name): int(n) for n, listed in calendar.months.items() for name in listed}
    words = {_plain(word): int(n) for n, listed in calendar.day_words.items() for word in listed}
    # A letter may not follow a name ("marzo" is not "mar"), nor a digit precede one (一月 is not in 十一月).
    name = f"{_branches(names)}(?![a-zа-яء-ي])"
    month = rf"(?<![{grammar.digits}]){name}\.?(?:\s?[/(]\s?{name}\.?\)?)?"
    figure = r"(?<![0-9])(?:3[01]|[12][0-9]|0?[1-9])(?![0-9])"
    day = f"(?:{marked(figure, calendar.day_marks, False)}|{_branches(words)})"
    last_day = f"(?:{marked(figure, calendar.day_marks, calendar.marks_required)}|{_branches(words)})"
    year = marked(r"(?<![0-9])(?:1[89]|20)[0-9]{2}(?![0-9])", calendar.year_marks, calendar.marks_required)

    def branches(forms: list[str]) -> str:
        return _branches(_plain(f) for form in forms for f, _ in _expand(form, calendar.sets))

    # Atomic, since a text of nothing but joins would be tried in every way.
    join, comma = f"(?>{branches(calendar.joins)})", branches(calendar.commas)
    days = f"(?:{day}(?:{comma}{day}){{0,9}}{join}){{0,3}}{last_day}"
    pieces = {"days": days, "month": month, "year": year}

    def compiled(form: str) -> str:
        return "".join(
            pieces[p] if i % 2 and p in pieces else branches([f"{{{p}}}" if i % 2 else p])
            for i, p in enumerate(_split(form))
        )

    whole, without_year = compiled(full), compiled(part)
    either = f"(?:{whole}|{without_year})"
    year_last = full.index("{year}") > full.index("{days}")
    chain = f"(?:{either}{join}){{0,5}}{whole}" if year_last else f"{whole}(?:{join}{either}){{0,5}}"
    head = _split(full)[1]
    initials = "".join({form[0] for form in (names if head == "month" else words)} - set("0123456789"))
    return _Shape(
        # The 20 of "A/HRC/35/20, 3 mai 2017" and the 19 of "COVID-19 and 20 January 2024" are no days.
        chain=re.compile(rf"(?=[0-9{initials}])(?<![a-z0-9/])(?<![a-z0-9]-)(?<![0-9][.,]){chain}"),
        part=re.compile(without_year),
        token=re.compile(f"(?P<month>{month})|(?P<year>{year})|(?P<day>{day})"),
        month_names=re.compile(name),
        values={_key(form): value for form, value in (names | words).items()},
        after_day=frozenset(k for k in ("month", "year") if full.index(f"{{{k}}}") > full.index("{days}")),
    )


_ISO_DATE = re.compile(r"(?<![\w\-/])([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9\-/])")


def _iso_dates(folded: str) -> Iterator[Found[datetime.date]]:
    for match in _ISO_DATE.finditer(folded):
        value = _date(*map(int, match.groups()))
        if value is not None:
            yield Found(match.start(), match.end(), value)
