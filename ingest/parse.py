"""From a SourceText to a Document. Parsing is total: malformed text gives issues, never an exception."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from corpus.detection import detect_language
from corpus.document import (
    Document,
    DocumentKind,
    Footnote,
    Issue,
    Paragraph,
    ParagraphId,
    ParagraphKind,
    RecordedVote,
    SourceSpan,
)
from corpus.errors import SymbolError, UnreadableFile
from corpus.language import Language
from corpus.symbol import PATTERN as SYMBOL_PATTERN
from corpus.symbol import Symbol
from corpus.vocabulary import table
from ingest.body import Block, Body, BodyReader, item_of, letter, paragraph_number
from ingest.clean import Line, LineRole, clean, is_hard_wrapped, join, spaces_around_digits
from ingest.footnotes import Mark, Note, marks_in, plain_mark_in, take_notes, with_anchors
from ingest.masthead import (
    MastheadDraft,
    enacting_organ,
    finish,
    read_front_matter,
    read_masthead,
    summary_heading,
    symbol_of,
)
from ingest.read.source import SourceText
from ingest.votes import meeting_in, read_vote

# Anchors of notes are characters of the private use area, which no document has.
_FIRST_ANCHOR = 0xE000


@dataclass(frozen=True)
class Parsed:
    """A document, and where each non-blank line of its source went: a label, or what else it is."""

    document: Document
    placed: dict[int, str]


class NotADocument(UnreadableFile):
    """A readable text in which no United Nations document can be recognised."""


def parse(source: SourceText, name: str) -> Parsed:
    """The document in a source called ``name`` (for messages; nothing is derived from it).

    Raises NotADocument when the text has no symbol and none can be derived, or is in none of the six languages.
    """
    return _Parser(source, name).parse()


class _Parser:
    def __init__(self, source: SourceText, name: str) -> None:
        self.source, self.name = source, name
        self.lines = clean(source)
        self.placed: dict[int, str] = dict.fromkeys(range(1, source.front_matter_lines + 1), "front matter")
        self.language = self._language()
        self.digits_spaced = spaces_around_digits(self.lines)
        self.hard_wrapped = is_hard_wrapped(self.lines)
        self.issues: list[Issue] = []
        self.anchored: dict[str, Footnote] = {}

    def parse(self) -> Parsed:
        notes, rest = take_notes(self.lines, self.hard_wrapped)
        texts = self._set_aside(notes, rest)
        start = self._body_start(texts)
        draft = self._masthead(texts[:start])
        resolution = self._is_resolution(texts, draft)
        reader = BodyReader(self.language, resolution, self.hard_wrapped, self._join, page_lines=self._page_lines())
        body = reader.read(texts[start:])
        self.placed |= body.placed
        paragraphs = self._paragraphs(draft, body, notes)
        symbol = self._symbol(draft, rest)
        paragraphs = [self._settled(p) for p in self._with_run_on_items(paragraphs)]
        vote = self._vote(paragraphs)
        meeting = next((meeting_in(p.text) for p in paragraphs if p.kind is ParagraphKind.ADOPTION), None)
        self.issues += [*draft.issues, *body.issues, *self._link_issues(rest, paragraphs)]
        document = Document(
            symbol=symbol,
            language=self.language,
            kind=self._kind(draft, resolution, paragraphs),
            official=str(self.source.front_matter.get("translation", "official")) != "unofficial",
            masthead=finish(draft, symbol, meeting),
            paragraphs=tuple(paragraphs),
            vote=vote,
            notes=self._unattached(notes),
            translated_from=self._translated_from(),
            issues=tuple(self.issues),
        )
        return Parsed(document, self.placed)

    def _language(self) -> Language:
        stated = str(self.source.front_matter.get("language", ""))
        if stated in {str(each) for each in Language}:
            return Language(stated)
        found = detect_language("\n".join(line.text for line in self.lines if line.role is not LineRole.LINK))
        if found is None:
            raise NotADocument(f"{self.name}: the text is in none of the six official languages; give one that is.")
        return found

    def _translated_from(self) -> Language | None:
        stated = str(self.source.front_matter.get("translated_from", ""))
        return Language(stated) if stated in {str(each) for each in Language} else None

    def _join(self, pieces: list[str]) -> str:
        return join(pieces, self.language, self.digits_spaced)

    def _set_aside(self, notes: list[Note], rest: list[Line]) -> list[Line]:
        """The lines that are text; notes, furniture, links and running heads are placed."""
        for note in notes:
            self.placed |= dict.fromkeys(note.lines, "note")
        texts: list[Line] = []
        for line in rest:
            if line.role in (LineRole.FURNITURE, LineRole.LINK):
                self.placed[line.number] = str(line.role)
            elif self._is_running_head(line):
                self.placed[line.number] = "furniture"
            else:
                texts.append(line)
        return texts

    def _is_running_head(self, line: Line) -> bool:
        """A symbol on its own beside page furniture; on top of the first page it is the masthead's."""
        if not SYMBOL_PATTERN.fullmatch(line.text):
            return False
        furniture = [each.number for each in self.lines if each.role is LineRole.FURNITURE]
        return any(abs(number - line.number) <= 6 for number in furniture)

    def _page_lines(self) -> frozenset[int]:
        """Where pages break: furniture, notes and runs of blank lines."""
        marks = {n for n, where in self.placed.items() if where in ("furniture", "note")}
        blanks = 0
        for source_line in self.source.lines:
            blanks = 0 if source_line.text.strip() else blanks + 1
            if blanks == 2:
                marks.add(source_line.number)
        return frozenset(marks)

    def _body_start(self, texts: list[Line]) -> int:
        """The index of the first line below the masthead."""
        for index, line in enumerate(texts):
            if enacting_organ(line.text, self.language) or summary_heading(line.text):
                return index
            if line.role is LineRole.QUOTE:
                return index
            numbered = paragraph_number(line.text)
            if numbered is not None and numbered[0] == 1:
                # The headings right above the first paragraph belong to the body.
                above = index
                while above > 0 and self._is_numbered_heading(texts[above - 1]):
                    above -= 1
                return above
        first_heading = [i for i, line in enumerate(texts) if line.role is LineRole.HEADING]
        return first_heading[0] + 1 if first_heading else min(1, len(texts))

    def _is_numbered_heading(self, line: Line) -> bool:
        reader = BodyReader(self.language, False, self.hard_wrapped, self._join)
        return reader.numbered_heading(line) is not None

    def _masthead(self, lines: list[Line]) -> MastheadDraft:
        self.placed |= {line.number: "masthead" for line in lines}
        bare = [self._without_asterisks(line) for line in lines]
        if self.source.front_matter.get("symbol"):
            try:
                draft = read_front_matter(self.source.front_matter, self.language)
            except SymbolError as error:
                raise NotADocument(f"{self.name}: {error}") from error
            draft.title_lines = [line.number for line in lines if line.text == draft.title] or draft.title_lines
            return draft
        return read_masthead(bare, self.language, self.digits_spaced)

    def _without_asterisks(self, line: Line) -> Line:
        return replace(
            line,
            text=with_anchors(line.text, [(m, "") for m in marks_in(line.text)], self.language is Language.ZH),
        )

    def _is_resolution(self, texts: list[Line], draft: MastheadDraft) -> bool:
        if draft.kind is not None:
            return draft.kind in (DocumentKind.RESOLUTION, DocumentKind.DECISION)
        return any(enacting_organ(line.text, self.language) for line in texts)

    def _kind(self, draft: MastheadDraft, resolution: bool, paragraphs: list[Paragraph]) -> DocumentKind:
        if draft.kind is not None:
            return draft.kind
        if resolution:
            return DocumentKind.RESOLUTION
        numbered = any(p.kind is ParagraphKind.REPORT and not p.id.label.startswith("s") for p in paragraphs)
        return DocumentKind.REPORT if numbered else DocumentKind.GUIDANCE

    def _symbol(self, draft: MastheadDraft, rest: list[Line]) -> Symbol:
        heads = [line.text for line in rest if self._is_running_head(line)]
        symbol, issues = symbol_of(draft, heads)
        self.issues += issues
        if symbol is None:
            raise NotADocument(
                f"{self.name}: no symbol of a United Nations document is printed in it and none can be derived; "
                "give the text with its masthead, or a front matter with “symbol:”."
            )
        return symbol

    def _vote(self, paragraphs: list[Paragraph]) -> RecordedVote | None:
        for paragraph in paragraphs:
            if paragraph.kind is ParagraphKind.VOTE:
                vote, issues = read_vote(paragraph.text, self.language)
                self.issues += issues
                return vote
        return None

    def _paragraphs(self, draft: MastheadDraft, body: Body, notes: list[Note]) -> list[Paragraph]:
        paragraphs: list[Paragraph] = []
        if draft.title:
            paragraphs.append(
                self._paragraph(Block("title", ParagraphKind.TITLE, [draft.title], draft.title_lines), notes)
            )
        paragraphs += [self._paragraph(block, notes) for block in body.blocks]
        return self._unique(paragraphs)

    def _unique(self, paragraphs: list[Paragraph]) -> list[Paragraph]:
        """The paragraphs without a second one of the same label, which becomes an issue."""
        seen: set[str] = set()
        unique: list[Paragraph] = []
        for paragraph in paragraphs:
            if paragraph.id.label in seen:
                line = paragraph.spans[0].first_line if paragraph.spans else None
                self.issues.append(Issue("duplicate", f"A second paragraph {paragraph.id} begins here.", line))
                continue
            seen.add(paragraph.id.label)
            unique.append(paragraph)
        return unique

    def _paragraph(self, block: Block, notes: list[Note]) -> Paragraph:
        pieces = [
            self._anchored(piece, number, notes)
            for piece, number in zip(block.pieces, block.lines or [0] * len(block.pieces), strict=False)
        ]
        if block.kind is ParagraphKind.ADOPTION:
            text = " ".join(pieces)
        elif block.kind is ParagraphKind.VOTE:
            text = self._vote_text(pieces)
        else:
            text = self._join(pieces)
        return Paragraph(ParagraphId(block.label), block.kind, text.strip(), block.headings, spans=_spans(block.lines))

    def _anchored(self, piece: str, number: int, notes: list[Note]) -> str:
        """A piece with each mark replaced by an anchor, a character that stands for its note until items are cut."""
        anchors: list[tuple[Mark, str]] = []
        for mark in marks_in(piece):
            note = next((n for n in notes if n.mark == mark.mark and not n.placed), None)
            if note is None:
                self.issues.append(Issue("footnote", f"No note is found for the mark {mark.mark}.", number or None))
            anchors.append((mark, self._anchor(note) if note else ""))
        for note in notes:
            # A plain figure is a mark only above its note and below the note before it.
            if note.plain and not note.placed and self._between(note, number, notes):
                plain = plain_mark_in(piece, note.mark)
                if plain is not None:
                    anchors.append((plain, self._anchor(note)))
        return with_anchors(piece, anchors, self.language is Language.ZH)

    def _anchor(self, note: Note) -> str:
        note.placed = True
        anchor = chr(_FIRST_ANCHOR + len(self.anchored))
        self.anchored[anchor] = Footnote(note.mark, self._join(note.pieces))
        return anchor

    def _settled(self, paragraph: Paragraph) -> Paragraph:
        """The paragraph with its anchors taken out of the text and made footnotes."""
        footnotes = tuple(self.anchored[c] for c in paragraph.text if c in self.anchored)
        text = "".join(c for c in paragraph.text if c not in self.anchored)
        return replace(paragraph, text=text, footnotes=footnotes)

    def _between(self, note: Note, number: int, notes: list[Note]) -> bool:
        earlier = [n.lines[-1] for n in notes if n.plain and n.lines[-1] < note.lines[0]]
        return max(earlier, default=0) < number < note.lines[0]

    def _vote_text(self, pieces: list[str]) -> str:
        lines: list[list[str]] = [[]]
        for piece in pieces:
            if piece.startswith("\n"):
                lines.append([])
            lines[-1].append(piece.strip())
        return "\n".join(self._join(line) for line in lines)

    def _unattached(self, notes: list[Note]) -> tuple[Footnote, ...]:
        """Notes to the masthead; a numbered note that nothing calls is an issue, and kept."""
        kept = []
        for note in notes:
            if note.placed:
                continue
            kept.append(Footnote(note.mark, self._join(note.pieces)))
            if note.mark.isdigit():
                self.issues.append(Issue("footnote", f"Nothing in the text calls note {note.mark}.", note.lines[0]))
        return tuple(kept)

    def _link_issues(self, rest: list[Line], paragraphs: list[Paragraph]) -> list[Issue]:
        """A link to a document that the text nowhere names points to the wrong symbol."""
        text = " ".join(p.text + " ".join(n.text for n in p.footnotes) for p in paragraphs)
        text += " ".join(line.text for line in self.lines if line.role is not LineRole.LINK)
        pattern = re.compile(table("numbering")["furniture"]["link"]["document_pattern"])
        issues = []
        for line in rest:
            match = pattern.match(line.text) if line.role is LineRole.LINK else None
            if match is None:
                continue
            number = "/".join(match["symbol"].split("/")[-2:])
            if match["symbol"] in text or (
                "/RES/" in match["symbol"]
                and re.search(rf"(?<![\d/]){re.escape(number)}(?![\d/])", _without_symbols(text))
            ):
                continue
            issues.append(Issue("link", f"The link {line.text} names a document that the text does not.", line.number))
        return issues

    def _with_run_on_items(self, paragraphs: list[Paragraph]) -> list[Paragraph]:
        """The paragraphs, each that lists (a), (b), (c) within its text followed by these items."""
        result: list[Paragraph] = []
        labels = {p.id.label for p in paragraphs}
        for paragraph in paragraphs:
            result.append(paragraph)
            if paragraph.kind not in (ParagraphKind.OPERATIVE, ParagraphKind.REPORT) or f"{paragraph.id}(a)" in labels:
                continue
            if paragraph.id.parent is not None or paragraph.id.label.startswith(("s", "p")):
                continue
            result += run_on_items(paragraph, self.language)
        return result


def _without_symbols(text: str) -> str:
    return SYMBOL_PATTERN.sub(" ", text)


def _spans(lines: list[int]) -> tuple[SourceSpan, ...]:
    spans: list[SourceSpan] = []
    for number in sorted(lines):
        if spans and number == spans[-1].last_line + 1:
            spans[-1] = SourceSpan(spans[-1].first_line, number)
        else:
            spans.append(SourceSpan(number, number))
    return tuple(spans)


_ITEM_START = re.compile(r"(?:(?<=[\s:;,：；，،؛])|(?<=[\u4e00-\u9fff]))(?=[(（]?[a-zа-яأ-ي]ـ?[)）])")


def run_on_items(paragraph: Paragraph, language: Language) -> list[Paragraph]:
    """The lettered items that run on inside a paragraph's text, at least two and in order, as its sub-paragraphs.

    The last item ends where the sentence that holds the items goes on (numbering.toml, item.resumption).
    """
    starts: list[tuple[int, int]] = []
    for match in _ITEM_START.finditer(paragraph.text):
        item = item_of(paragraph.text[match.start() :])
        if item is not None and item.letter == len(starts):
            starts.append((match.start(), match.start() + item.start))
    if len(starts) < 2:
        return []
    ends = [start for start, _ in starts[1:]] + [len(paragraph.text)]
    items: list[Paragraph] = []
    for position, ((_, begin), end) in enumerate(zip(starts, ends, strict=True)):
        text = paragraph.text[begin:end]
        if position == len(starts) - 1:
            text = text[: _resumption(text, language)]
        label = ParagraphId(f"{paragraph.id}({letter(position)})")
        items.append(replace(paragraph, id=label, text=_item_text(text, language), within=True))
    return items


@cache
def _item_table(key: str, language: Language) -> tuple[str, ...]:
    item: dict[str, Any] = table("numbering")["item"]
    return tuple(item[key][str(language)])


def _resumption(text: str, language: Language) -> int:
    places = [text.find(r) for r in _item_table("resumption", language) if r in text]
    return min(places, default=len(text))


def _item_text(text: str, language: Language) -> str:
    text = text.strip().rstrip(";；؛,，،.。 \u00a0").strip()
    for conjunction in _item_table("conjunctions", language):
        tail = re.search(rf"[;；؛,，،]\s*{re.escape(conjunction)}$", text)
        if tail:
            text = text[: tail.start()].strip()
            break
    return text
