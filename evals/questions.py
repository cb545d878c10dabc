"""Questions with their gold paragraphs, from JSONL. A row that breaks the format is named, never skipped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.reply import Reason
from corpus.document import ParagraphId
from corpus.errors import NmirfError, QuestionError
from corpus.language import Language
from corpus.symbol import Symbol

SHIPPED = Path(__file__).parent / "questions"
# In a ``parallel`` split speakers of each of the six languages ask the same base questions, so that languages can be
# compared; in the others each language has its own: usual ones, ones in everyday words that shun those of the
# paragraphs, unanswerable ones. The reporting splits are for the figures alone, never looked at, fitted or tuned on.
REPORTING = ("report", "parallel_report")
PARALLEL = ("parallel_develop", "parallel_report")
SPLITS = ("develop", "paraphrase", "unanswerable", "report", "parallel_develop", "parallel_report")

Address = tuple[Symbol, ParagraphId]

_REQUIRED = ("id", "language", "question", "status")
_OPTIONAL = ("kind", "user", "reason", "gold", "facts", "complete", "abstain_ok_citation", "base", "after")
_STATUSES = ("answered", "abstained")


@dataclass(frozen=True)
class EvalQuestion:
    """A question, and what a right reply to it is.

    An answerable question (``status`` answered) has gold paragraphs, any of which answers it; with
    ``complete`` the answer is all of them. ``facts`` are words that a right answer holds, in the language of
    the question. An unanswerable one has no gold; ``reason`` is why, and ``abstain_ok_citation`` the
    paragraphs that an abstention may point to. One question in several languages shares its ``base``, and counts as
    one sample. ``after`` are the questions asked before it in the same conversation, the oldest first.
    """

    id: str
    language: Language
    question: str
    kind: str
    user: str
    status: str
    reason: Reason | None
    gold: tuple[Address, ...]
    facts: tuple[str, ...]
    complete: bool
    abstain_ok_citation: tuple[Address, ...]
    split: str
    base: str
    after: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        """Whether the corpus answers the question."""
        return self.status == "answered"


def shipped_questions() -> list[EvalQuestion]:
    """The questions that ship, of all splits."""
    return [question for split in SPLITS for question in load_questions(SHIPPED / f"{split}.jsonl")]


def load_questions(path: Path) -> list[EvalQuestion]:
    """The questions of a JSONL file, in its order; blank lines are passed over. The split is the file's stem.

    Raises QuestionError, with file and line, on the first row that is malformed or repeats an id, and on a
    file that cannot be read or holds no question.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise QuestionError(f"{path}: the questions cannot be read ({why}); name a JSONL file.") from error
    questions: dict[str, EvalQuestion] = {}
    # Not splitlines: JSON lets U+2028 and its like stand in a string as they are.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            question = _question(_fields(line), path.stem)
            if question.id in questions:
                raise QuestionError(f"the id {question.id!r} is used twice.")
        except NmirfError as error:
            raise QuestionError(f"{path}, line {number}: {error}") from error
        questions[question.id] = question
    if not questions:
        raise QuestionError(f"{path}: the file holds no question; write one JSON object a line.")
    return list(questions.values())


def _fields(line: str) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise QuestionError(f"this is not JSON ({error}).") from error
    if not isinstance(fields, dict):
        raise QuestionError(f"a row is a JSON object, not {_shortened(fields)}.")
    missing = [name for name in _REQUIRED if name not in fields]
    if missing:
        raise QuestionError(f"the field {missing[0]!r} is missing.")
    unknown = [name for name in fields if name not in _REQUIRED + _OPTIONAL]
    if unknown:
        known = ", ".join(_REQUIRED + _OPTIONAL)
        raise QuestionError(f"the field {unknown[0]!r} is unknown; the fields are {known}.")
    return fields


def _question(fields: Mapping[str, Any], split: str) -> EvalQuestion:
    identifier = _string(fields, "id")
    status = _one_of(fields, "status", _STATUSES)
    question = EvalQuestion(
        id=identifier,
        language=Language(_one_of(fields, "language", tuple(Language))),
        question=_string(fields, "question"),
        kind=_string(fields, "kind", default="other"),
        user=_string(fields, "user", default="anyone"),
        status=status,
        reason=Reason(_one_of(fields, "reason", tuple(Reason))) if fields.get("reason") is not None else None,
        gold=_addresses(fields, "gold"),
        facts=_strings(fields, "facts"),
        complete=_boolean(fields, "complete"),
        abstain_ok_citation=_addresses(fields, "abstain_ok_citation"),
        split=split,
        base=_string(fields, "base", default=identifier),
        after=_strings(fields, "after"),
    )
    return _consistent(question)


def _consistent(question: EvalQuestion) -> EvalQuestion:
    if question.answerable:
        if not question.gold:
            raise QuestionError("an answered question has at least one paragraph in 'gold'.")
        if question.reason is not None or question.abstain_ok_citation:
            raise QuestionError("'reason' and 'abstain_ok_citation' are for abstained questions alone.")
    elif question.gold or question.facts or question.complete:
        raise QuestionError("'gold', 'facts' and 'complete' are for answered questions alone.")
    return question


def _string(fields: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = fields.get(name, default)
    if not isinstance(value, str) or not value.strip():
        raise QuestionError(f"{name!r} is a text that is not blank, not {_shortened(value)}.")
    return value


def _one_of(fields: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str:
    value = fields[name]
    if value not in known:
        raise QuestionError(f"{name!r} is one of {', '.join(known)}, not {_shortened(value)}.")
    return str(value)


def _boolean(fields: Mapping[str, Any], name: str) -> bool:
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise QuestionError(f"{name!r} is true or false, not {_shortened(value)}.")
    return value


def _strings(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = fields.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
        raise QuestionError(f"{name!r} is a list of texts that are not blank, not {_shortened(value)}.")
    return tuple(value)


def _addresses(fields: Mapping[str, Any], name: str) -> tuple[Address, ...]:
    value = fields.get(name, [])
    if not isinstance(value, list):
        raise QuestionError(f"{name!r} is a list of [symbol, paragraph], not {_shortened(value)}.")
    addresses = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(each, str) for each in pair):
            raise QuestionError(f"{name!r} is a list of [symbol, paragraph]; {_shortened(pair)} is no such pair.")
        addresses.append((Symbol.parse(pair[0]), ParagraphId(pair[1])))
    return tuple(addresses)


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
