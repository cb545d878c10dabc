"""Questions and responses in a few words, for the tests of this folder."""

from typing import Any

from hypothesis import HealthCheck, settings

from assistant.reply import Reason
from corpus.document import ParagraphId
from corpus.language import Language
from corpus.symbol import Symbol
from evals.metrics import Row
from evals.questions import Address, EvalQuestion

# How fast the machine is, is not what is tested.
unhurried = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])

SYMBOLS = {"60/27": "A/HRC/RES/60/27", "36/29": "A/HRC/RES/36/29", "72/351": "A/72/351"}


def addresses(text: str) -> tuple[Address, ...]:
    """The addresses of ``60/27 8, 36/29 PP3``."""
    pairs = [each.split() for each in text.split(",") if each.strip()]
    return tuple((Symbol.parse(SYMBOLS[number]), ParagraphId(label)) for number, label in pairs)


def question(gold: str = "", **fields: Any) -> EvalQuestion:
    """An answerable question with this gold; without any, an unanswerable one."""
    identifier = fields.setdefault("id", "q1")
    fields["abstain_ok_citation"] = addresses(fields.get("abstain_ok_citation", ""))
    fields["language"] = Language(fields.get("language", "en"))
    fields["reason"] = Reason(fields["reason"]) if fields.get("reason") else None
    defaults: dict[str, Any] = {
        "question": "What is asked?",
        "kind": "content",
        "user": "delegate",
        "status": "answered" if gold else "abstained",
        "gold": addresses(gold),
        "facts": (),
        "complete": False,
        "split": "develop",
        "base": identifier,
    }
    return EvalQuestion(**{**defaults, **fields})


def answer(citations: str = "", language: str = "en", text: str = "", cited_in: str = "") -> dict[str, Any]:
    """A response that answers with these citations."""
    return {
        "question": "What is asked?",
        "language": language,
        "status": "answered",
        "reason": None,
        "text": text,
        "citations": [
            {
                "symbol": str(symbol),
                "paragraph": str(paragraph),
                "language": cited_in or language,
                "official": True,
                "text": "The text of the paragraph.",
                "url": symbol.url(Language.EN),
            }
            for symbol, paragraph in addresses(citations)
        ],
    }


def abstention(reason: str = "off_topic", citations: str = "", **fields: str) -> dict[str, Any]:
    """A response that abstains for this reason."""
    return answer(citations, **fields) | {"status": "abstained", "reason": reason}


def row(asked: EvalQuestion, response: dict[str, Any]) -> Row:
    """The two as a row."""
    return Row(asked, response)
