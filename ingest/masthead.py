"""The masthead: which body adopted what, when, at which session, under which agenda item, with which symbol."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from corpus.bodies import body_named, organs_in
from corpus.document import DocumentKind, Issue, Masthead
from corpus.errors import SymbolError
from corpus.language import Language, western_digits
from corpus.numerals import dates_in, sessions_in
from corpus.symbol import PATTERN as SYMBOL_PATTERN
from corpus.symbol import Symbol
from corpus.vocabulary import table
from ingest.clean import Line, LineRole, join


@dataclass
class MastheadDraft:
    """What the lines above the text say, before it is known to be enough for a Masthead."""

    title: str = ""
    body_id: str | None = None
    number: str | None = None
    session: int | None = None
    agenda_item: str | None = None
    adopted_on: date | None = None
    circulated_on: date | None = None
    symbol: Symbol | None = None
    kind: DocumentKind | None = None
    title_lines: list[int] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def _matches(name: str, text: str) -> re.Match[str] | None:
    return next((m for p in _patterns(name) if (m := p.search(text))), None)


@cache
def _patterns(name: str) -> tuple[re.Pattern[str], ...]:
    listed: list[str] = table("mastheads")[name]["patterns"]
    return tuple(re.compile(p) for p in listed)


def enacting_organ(text: str, language: Language) -> str | None:
    """The id of the organ when the text is the line that opens a resolution (``The Human Rights Council,``)."""
    stripped = text.strip()
    if stripped[-1:] not in ",，،":
        return None
    name = stripped[:-1].strip()
    particles: list[str] = table("mastheads")["enacting"]["particles"][str(language)]
    for particle in sorted(particles, key=len, reverse=True):
        if name.startswith(particle):
            name = name[len(particle) :].strip()
            break
    return body_named(name, language, organs_only=True)


def summary_heading(text: str) -> bool:
    """Whether a line is the heading of the summary on a report's first page."""
    return _matches("summary", text.strip()) is not None


def read_front_matter(fields: Mapping[str, object], language: Language) -> MastheadDraft:
    """The masthead that a front matter states. Raises SymbolError when its symbol is none."""
    draft = MastheadDraft(title=str(fields.get("title", "")))
    if fields.get("symbol"):
        draft.symbol = Symbol.parse(str(fields["symbol"]))
    if fields.get("body"):
        draft.body_id = body_named(str(fields["body"]), Language.EN, organs_only=True)
    if str(fields.get("kind", "")) in {str(k) for k in DocumentKind}:
        draft.kind = DocumentKind(str(fields["kind"]))
    session = fields.get("session")
    draft.session = session if isinstance(session, int) else None
    draft.agenda_item = str(fields["agenda_item"]) if fields.get("agenda_item") else None
    for name in ("adopted_on", "circulated_on"):
        value = fields.get(name)
        if isinstance(value, date):
            setattr(draft, name, value)
    return draft


def read_masthead(lines: list[Line], language: Language, digits_spaced: bool) -> MastheadDraft:
    """What the lines above the text say; they hold no furniture, links or notes."""
    draft = MastheadDraft()
    rest: list[Line] = []
    for line in lines:
        if not _read_fields(draft, line, language):
            rest.append(line)
    if draft.number is None:
        _read_report_title(draft, lines, rest, language, digits_spaced)
    else:
        after = [line for line in rest if draft.title_lines and line.number > draft.title_lines[0]]
        draft.title = join([draft.title, *(line.text for line in after)], language, digits_spaced)
        draft.title_lines += [line.number for line in after]
    return draft


def _read_fields(draft: MastheadDraft, line: Line, language: Language) -> bool:
    """Take the fields that a line holds; False when it holds none, and may be part of a title."""
    text = western_digits(line.text)
    if numbered := _matches("numbered_title", text):
        draft.number, draft.title = numbered["number"], numbered["title"]
        draft.title_lines = [line.number]
        draft.kind = DocumentKind.RESOLUTION
        return True
    taken = _read_symbol(draft, text)
    if number := _matches("resolution_number", text):
        draft.number, draft.kind, taken = number["number"], DocumentKind.RESOLUTION, True
    if _matches("adopted", text):
        dates = dates_in(text, language)
        draft.adopted_on = dates[-1].value if dates else draft.adopted_on
        draft.kind = draft.kind or DocumentKind.RESOLUTION
        taken = True
    elif _matches("distribution", text):
        dates = dates_in(text, Language.EN) or dates_in(text, language)
        draft.circulated_on = dates[0].value if dates else draft.circulated_on
        taken = True
    if draft.title_lines:  # below the title there is nothing but its own continuation
        return taken
    organs = organs_in(text, language)
    sessions = sessions_in(text, language)
    if sessions and draft.session is None:
        draft.session, taken = sessions[0].value, True
    if (item := _matches("agenda_item", text)) and draft.agenda_item is None:
        draft.agenda_item, taken = re.sub(r"\s*\(?([a-z])\)", r" (\1)", item["item"]), True
    # An organ's name inside the title of an agenda item is not the organ that adopts.
    if organs and draft.body_id is None and (taken or body_named(text, language, organs_only=True)):
        draft.body_id, taken = organs[0], True
    return taken or bool(_matches("provisional_agenda", text) or _matches("united_nations", text))


def _read_symbol(draft: MastheadDraft, text: str) -> bool:
    match = SYMBOL_PATTERN.search(text)
    if match is None or draft.symbol is not None:
        return match is not None and draft.symbol is not None and match.group() == draft.symbol.text
    # On its own, or behind the name of the organization; inside a sentence it is another document's.
    around = (text[: match.start()] + text[match.end() :]).strip()
    if around and not _matches("united_nations", around):
        return False
    draft.symbol = Symbol(match.group())
    return True


def _read_report_title(
    draft: MastheadDraft, lines: list[Line], rest: list[Line], language: Language, digits_spaced: bool
) -> None:
    """The title of a report is the block above its author line; an indented line begins a block."""
    blocks: list[list[Line]] = []
    taken = {line.number for line in lines} - {line.number for line in rest}
    previous: Line | None = None
    for line in lines:
        if line.number in taken or (line.role is LineRole.TEXT and summary_heading(line.text)):
            previous = None
            continue
        author = _matches("author", line.text) is not None
        if previous is None or author or (line.indent and not previous.indent) or line.role is LineRole.HEADING:
            blocks.append([])
        blocks[-1].append(line)
        previous = None if author else line
    if not blocks:
        return
    author_block = blocks[-1] if len(blocks) > 1 and _matches("author", blocks[-1][0].text) else None
    title_block = blocks[-2] if author_block else blocks[-1]
    draft.title = join([line.text for line in title_block], language, digits_spaced)
    draft.title_lines = [line.number for line in title_block]
    if author_block:
        separator: str = table("mastheads")["author"]["separator"][str(language)]
        printed = join([line.text for line in author_block], language, digits_spaced)
        if language not in (Language.ZH, Language.AR):
            printed = printed[:1].lower() + printed[1:]
        draft.title += separator + printed
        draft.title_lines += [line.number for line in author_block]
        draft.kind = draft.kind or DocumentKind.REPORT


def symbol_of(draft: MastheadDraft, running_heads: list[str]) -> tuple[Symbol | None, list[Issue]]:
    """The symbol of the document: as printed in the masthead, derived from organ and number, or from running heads.

    Where the ways disagree the printed one holds, and an issue says so. None when none of them gives a symbol.
    """
    derived = _derived(draft)
    printed = draft.symbol or _of_running_heads(running_heads)
    issues = []
    if printed and derived and printed != derived:
        issues.append(Issue("symbol", f"The masthead prints {printed}, but body and number make {derived}."))
    return printed or derived, issues


def _derived(draft: MastheadDraft) -> Symbol | None:
    bodies: dict[str, Any] = {b["id"]: b for b in table("bodies")["body"]}
    prefix = bodies.get(draft.body_id or "", {}).get("resolution_symbol")
    if not prefix or not draft.number:
        return None
    try:
        return Symbol.parse(prefix + draft.number.replace(" ", ""))
    except SymbolError:
        return None


def _of_running_heads(running_heads: list[str]) -> Symbol | None:
    counted = sorted(set(running_heads), key=running_heads.count, reverse=True)
    return Symbol.parse(counted[0]) if counted else None


def finish(draft: MastheadDraft, symbol: Symbol, meeting: int | None) -> Masthead:
    """The masthead, completed by what the symbol itself says (its series names the organ, its parts the session)."""
    from corpus.bodies import english_name

    body_id = draft.body_id or _organ_of_series(symbol)
    return Masthead(
        title=draft.title,
        body=english_name(body_id) if body_id else None,
        session=draft.session if draft.session is not None else session_of(symbol),
        agenda_item=draft.agenda_item,
        adopted_on=draft.adopted_on,
        circulated_on=draft.circulated_on,
        meeting=meeting,
    )


def _organ_of_series(symbol: Symbol) -> str | None:
    series: dict[str, str] = table("mastheads")["series"]
    prefixes = sorted((p for p in series if symbol.text.startswith(p)), key=len, reverse=True)
    return series[prefixes[0]] if prefixes else None


def session_of(symbol: Symbol) -> int | None:
    """The session in a sessional symbol: 72 of A/72/351, 57 of A/HRC/57/73, 60 of A/HRC/RES/60/27."""
    match = re.match(r"^(?:A|A/HRC)(?:/RES)?/(\d{1,3})/\d", symbol.text)
    return int(match[1]) if match else None
