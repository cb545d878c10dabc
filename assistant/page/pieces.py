"""The pieces of HTML and the scripts that the page is made of. Texts of the page are escaped like all others."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence

from assistant.compose.texts import phrase
from assistant.page.texts import PageTexts
from assistant.reply import Citation, Match
from corpus.language import SCRIPTS, Language


def escape(text: str) -> str:
    """A text as HTML that shows exactly the text, line by line."""
    return "<br>".join(html.escape(line) for line in text.split("\n"))


def heading(texts: PageTexts) -> str:
    """The name of the page, and what it is for."""
    return f"<h1>{escape(texts.title)}</h1><p>{escape(texts.subtitle)}</p>"


def document_heading(texts: PageTexts) -> str:
    """What stands above the document."""
    return f"<h2>{escape(texts.document)}</h2>"


def placeholder(texts: PageTexts) -> str:
    """What stands in the empty chat."""
    return f'<p class="welcome">{escape(texts.welcome)}</p>'


def audience(name: str) -> str:
    """What stands above the examples for a kind of user."""
    return f"<h3>{escape(name)}</h3>"


def hint(text: str) -> str:
    """What stands in the place of a document."""
    return f'<p class="hint">{escape(text)}</p>'


def footer(texts: PageTexts) -> str:
    """What a reader has to bear in mind."""
    return f"<p>{escape(texts.footer)}</p>"


def question(text: str) -> str:
    """A question in the chat, in the direction of its own script."""
    return f'<div class="question" dir="auto">{escape(text)}</div>'


def looking(text: str) -> str:
    """What stands in the place of a reply that is on its way."""
    return f'<div class="looking" role="status">{escape(text)}</div>'


def error(prefix: str, message: str) -> str:
    """A sentence that says why there is no reply; the one in bold leads to the other."""
    lead = f"<strong>{escape(prefix)}</strong> " if prefix else ""
    return f'<div class="error" role="alert" dir="auto">{lead}<bdi>{escape(message)}</bdi></div>'


def version(language: Language, official: bool, texts: PageTexts) -> str:
    """A language version on its button (plain text)."""
    return f"{SCRIPTS[language].own_name} ({texts.official})" if official else SCRIPTS[language].own_name


def official(citation: Citation, shown: Language, reader: Language) -> str:
    """The link to the official text of a citation's document in the language shown."""
    link = html.escape(citation.symbol.url(shown), quote=True)
    label = f"{phrase('note.official_text', reader)} ({SCRIPTS[shown].own_name})"
    return f'<a href="{link}" target="_blank" rel="noopener noreferrer">{escape(label)} ↗</a>'


def matched(matches: Sequence[Match], texts: PageTexts, reader: Language) -> str:
    """Which words of the question met which words of the paragraph; a word that is the same in both stands once."""
    pairs = [
        _isolated(m.paragraph)
        if m.question.casefold() == m.paragraph.casefold()
        else f"<span>{_isolated(m.question)} ↔ {_isolated(m.paragraph)}</span>"
        for m in matches
    ]
    words = escape(phrase("separator.list", reader)).join(pairs)
    return f"<p>{escape(texts.matched).replace('{words}', words)}</p>"


def _isolated(text: str) -> str:
    return f"<bdi>{escape(text)}</bdi>"


# Scripts. Each scrolls its own box alone: on a telephone scrollIntoView would take the whole page along.

SHOW_CITED = """
const show = () => requestAnimationFrame(() => {
  const box = document.getElementById("document");
  const cited = box?.querySelector("#cited");
  if (!box) return;
  const top = (element) => element.getBoundingClientRect().top;
  box.scrollTop = cited ? box.scrollTop + top(cited) - top(box) - 24 : 0;
});
watch("value", show);
"""

SHOW_LAST_QUESTION = """
() => {
  requestAnimationFrame(() => {
    const last = [...document.querySelectorAll("#chat .question")].pop();
    const box = last?.closest("[role=log]");
    if (box) box.scrollTop += last.getBoundingClientRect().top - box.getBoundingClientRect().top - 24;
  });
}
"""


def turn_page(titles: dict[Language, str]) -> str:
    """The script that gives the whole page its language, direction and title."""
    rightward = [str(language) for language, script in SCRIPTS.items() if script.right_to_left]
    return f"""
(language, ...others) => {{
  document.documentElement.lang = language;
  document.documentElement.dir = {json.dumps(rightward)}.includes(language) ? "rtl" : "ltr";
  document.title = {json.dumps({str(k): v for k, v in titles.items()}, ensure_ascii=False)}[language];
  return [language, ...others];
}}
"""
