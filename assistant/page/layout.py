"""Layout and callbacks of the page. Importing this imports Gradio; ``assistant.page.app`` does so late.

Whatever comes from a document or a user reaches the page as escaped HTML in ``gr.HTML``, never as Markdown:
Gradio's Markdown would turn ``**``, ``$$`` and ``[a](b)`` in a paragraph into markup and links.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import gradio as gr

from assistant.compose.texts import print_address
from assistant.page import pieces
from assistant.page.desk import Desk
from assistant.page.texts import PageTexts, page_texts
from assistant.render import document_html, to_html
from assistant.reply import Citation
from corpus.errors import NmirfError
from corpus.language import SCRIPTS, Language

DETECT = "detect"
_FIRST_LANGUAGE = Language.EN
_QUESTIONS_AT_ONCE = 4
_EARLIER = 4  # how many questions before it a question may lean on

logger = logging.getLogger(__name__)

Updates = dict[Any, Any]


@dataclass
class Message:
    """One message of the chat, as HTML that shows exactly what was said."""

    role: Literal["user", "assistant"]
    html: str


@dataclass
class Talk:
    """What the server remembers of a visitor: messages, questions, and the last reply's citations (None before it).

    It changes in place, so that a question asked while another is being answered loses neither.
    """

    messages: list[Message] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    citations: tuple[Citation, ...] | None = None

    def say(self, role: Literal["user", "assistant"], text: str) -> Message:
        """Add a message; what is returned can be filled in later."""
        message = Message(role, text)
        self.messages.append(message)
        return message

    def forget(self) -> None:
        """Begin anew."""
        self.messages.clear()
        self.questions.clear()
        self.citations = None


class Page:
    """The page over a desk: ``blocks`` is what Gradio serves."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._texts = page_texts()
        texts = self._texts[_FIRST_LANGUAGE]
        self.blocks = gr.Blocks(title=texts.title, analytics_enabled=False, fill_width=True)
        with self.blocks:
            self._talk = gr.State(Talk())
            self._lay_out_head(texts)
            with gr.Row(elem_id="panes"):
                with gr.Column(scale=6, min_width=330):
                    self._lay_out_chat(texts)
                with gr.Column(scale=5, min_width=330, elem_id="document-pane"):
                    self._lay_out_document(texts)
            self._footer = gr.HTML(pieces.footer(texts), elem_id="page-footer")
            self._connect()
        self.blocks.queue(max_size=100, default_concurrency_limit=_QUESTIONS_AT_ONCE, api_open=False)

    # Layout.

    def _lay_out_head(self, texts: PageTexts) -> None:
        with gr.Row(elem_id="page-head"):
            self._heading = gr.HTML(pieces.heading(texts), elem_id="page-heading")
            self._page_language = gr.Radio(
                [(script.own_name, str(language)) for language, script in SCRIPTS.items()],
                value=str(_FIRST_LANGUAGE),
                label=texts.page_language,
                container=False,
                elem_id="page-language",
            )

    def _lay_out_chat(self, texts: PageTexts) -> None:
        self._chat = gr.Chatbot(
            label=texts.title,
            show_label=False,
            elem_id="chat",
            height="min(58vh, 640px)",
            placeholder=pieces.placeholder(texts),
            autoscroll=False,
            buttons=[],
            latex_delimiters=[],
            allow_tags=False,
            layout="bubble",
        )
        with gr.Row(elem_id="ask"):
            self._question = gr.Textbox(
                label=texts.question,
                placeholder=texts.placeholder,
                container=False,
                lines=1,
                max_lines=6,
                scale=6,
                min_width=240,
                autofocus=True,
                elem_id="question",
            )
            self._answer_language = gr.Dropdown(
                _answer_languages(texts),
                value=DETECT,
                label=texts.answer_language,
                container=False,
                filterable=False,
                scale=2,
                min_width=176,
                elem_id="answer-language",
            )
            self._send = gr.Button(texts.send, variant="primary", scale=1, min_width=124, elem_id="send")
        with gr.Accordion(texts.examples, open=True, elem_id="examples") as self._examples:
            self._audiences: list[gr.HTML] = []
            self._example_buttons: list[list[gr.Button]] = []
            with gr.Row():
                for audience in texts.audiences:
                    with gr.Column(min_width=180, elem_classes="audience"):
                        self._audiences.append(gr.HTML(pieces.audience(audience.name)))
                        self._example_buttons.append(
                            [gr.Button(q, size="sm", elem_classes="example") for q in audience.questions]
                        )

    def _lay_out_document(self, texts: PageTexts) -> None:
        with gr.Row(elem_id="document-head"):
            self._document_heading = gr.HTML(pieces.document_heading(texts), elem_id="document-heading")
            self._official = gr.HTML("", visible=False, elem_id="official")
        self._citations = gr.Radio(
            [], label=texts.citations, visible=False, elem_id="citations", elem_classes="choices"
        )
        self._versions = gr.Radio([], label=texts.versions, visible=False, elem_id="versions", elem_classes="choices")
        self._matched = gr.HTML("", visible=False, elem_id="matched")
        self._document = gr.HTML(pieces.hint(texts.empty), elem_id="document", js_on_load=pieces.SHOW_CITED)

    # Callbacks.

    def _connect(self) -> None:
        asked_with = [self._answer_language, self._page_language, self._talk]
        answered = [self._chat, self._question, self._examples, *self._pane]
        triggers: list[tuple[Any, gr.Textbox | gr.Button]] = [
            (self._question.submit, self._question),
            (self._send.click, self._question),
        ]
        triggers += [(button.click, button) for group in self._example_buttons for button in group]
        for trigger, question in triggers:
            asking = trigger(
                self._ask,
                [question, *asked_with],
                answered,
                show_progress="hidden",
                concurrency_id="ask",
                concurrency_limit=_QUESTIONS_AT_ONCE,
                api_visibility="private",
            )
            asking.then(None, None, None, js=pieces.SHOW_LAST_QUESTION)
        self._chat.clear(
            self._begin_anew,
            [self._page_language, self._talk],
            self._pane,
            show_progress="hidden",
            queue=False,
            api_visibility="private",
        )
        for chosen, choose, given in (
            (self._citations, self._choose_citation, [self._citations]),
            (self._versions, self._choose_version, [self._citations, self._versions]),
        ):
            chosen.input(
                choose,
                [*given, self._page_language, self._talk],
                self._pane,
                show_progress="hidden",
                queue=False,
                api_visibility="private",
            )
        self._page_language.input(
            self._translate,
            [self._page_language, self._answer_language, self._citations, self._versions, self._talk],
            [*self._said, *self._pane],
            js=pieces.turn_page({language: texts.title for language, texts in self._texts.items()}),
            show_progress="hidden",
            queue=False,
            api_visibility="private",
        )

    @property
    def _pane(self) -> list[Any]:
        return [self._citations, self._versions, self._official, self._matched, self._document]

    @property
    def _said(self) -> list[Any]:
        """Whatever has a text of its own, in the page's language."""
        buttons = [button for group in self._example_buttons for button in group]
        return [
            self._heading,
            self._page_language,
            self._chat,
            self._question,
            self._answer_language,
            self._send,
            self._examples,
            *self._audiences,
            *buttons,
            self._document_heading,
            self._footer,
        ]

    def _ask(self, question: str, answer_language: str, page_language: str, talk: Talk) -> Iterator[Updates]:
        if not question.strip():
            yield {self._question: question}
            return
        texts = self._texts[Language(page_language)]
        language = None if answer_language == DETECT else Language(answer_language)
        earlier = talk.questions[-_EARLIER:]
        talk.questions.append(question)
        talk.say("user", pieces.question(question.strip()))
        answer = talk.say("assistant", pieces.looking(texts.looking))
        yield {self._chat: _messages(talk), self._question: "", self._examples: gr.Accordion(open=False)}
        try:
            reply = self._desk.reply(question, language, earlier)
            answer.html = to_html(reply)
            pane = self._show(reply.citations, 0, None, Language(page_language))
            if any(message is answer for message in talk.messages):  # not cleared meanwhile
                talk.citations = reply.citations
            else:
                pane = {}
        except NmirfError as error:
            answer.html = pieces.error(texts.error, str(error))
            pane = {self._question: question}
        except Exception:
            logger.exception("No reply to %r", question)
            answer.html = pieces.error("", texts.failed)
            pane = {self._question: question}
        yield {self._chat: _messages(talk), **pane}

    def _begin_anew(self, page_language: str, talk: Talk) -> Updates:
        talk.forget()
        return self._show(None, None, None, Language(page_language))

    def _choose_citation(self, citation: int | None, page_language: str, talk: Talk) -> Updates:
        return self._show(talk.citations, citation, None, Language(page_language))

    def _choose_version(self, citation: int | None, version: str | None, page_language: str, talk: Talk) -> Updates:
        return self._show(talk.citations, citation, version, Language(page_language))

    def _show(
        self,
        citations: tuple[Citation, ...] | None,
        chosen: int | None,
        version: str | None,
        reader: Language,
    ) -> Updates:
        """The document pane: a citation's document, in the citation's language unless a version is named."""
        texts = self._texts[reader]
        if not citations:
            return {
                self._citations: gr.Radio([], value=None, visible=False, label=texts.citations),
                self._versions: gr.Radio([], value=None, visible=False, label=texts.versions),
                self._official: gr.HTML("", visible=False),
                self._matched: gr.HTML("", visible=False),
                self._document: pieces.hint(texts.empty if citations is None else texts.no_citation),
            }
        chosen = chosen if chosen is not None and 0 <= chosen < len(citations) else 0
        citation = citations[chosen]
        records = {str(r.language): r for r in self._desk.library.versions(citation.symbol)}
        shown = version if version is not None and version in records else str(citation.language)
        record = records.get(shown)
        paragraphs = self._desk.library.all_paragraphs(citation.symbol, record.language) if record else []
        # The words were found in this very text: not in another language, nor in what has taken its place since.
        held = next((p.paragraph.text for p in paragraphs if p.paragraph.id == citation.paragraph), "")
        matches = citation.matches if shown == citation.language and held == citation.text else ()
        addresses = [(print_address(c.symbol, c.paragraph, reader), i) for i, c in enumerate(citations)]
        return {
            self._citations: gr.Radio(addresses, value=chosen, visible=True, label=texts.citations),
            self._versions: gr.Radio(
                [(pieces.version(r.language, r.official, texts), code) for code, r in records.items()],
                value=shown if record else None,
                visible=bool(records),
                label=texts.versions,
            ),
            self._official: gr.HTML(pieces.official(citation, Language(shown), reader), visible=True),
            self._matched: gr.HTML(pieces.matched(matches, texts, reader) if matches else "", visible=bool(matches)),
            self._document: document_html(
                paragraphs, record.masthead.title, citation.paragraph, [place for m in matches for place in m.places]
            )
            if record
            else pieces.hint(texts.no_citation),
        }

    def _translate(
        self, page_language: str, answer_language: str, citation: int | None, version: str | None, talk: Talk
    ) -> Updates:
        reader = Language(page_language)
        texts = self._texts[reader]
        said: Updates = {
            self._heading: pieces.heading(texts),
            self._page_language: gr.Radio(label=texts.page_language),
            self._chat: gr.Chatbot(
                label=texts.title, placeholder=pieces.placeholder(texts), rtl=SCRIPTS[reader].right_to_left
            ),
            self._question: gr.Textbox(label=texts.question, placeholder=texts.placeholder),
            self._answer_language: gr.Dropdown(
                _answer_languages(texts), value=answer_language, label=texts.answer_language
            ),
            self._send: gr.Button(texts.send),
            self._examples: gr.Accordion(label=texts.examples),
            self._document_heading: pieces.document_heading(texts),
            self._footer: pieces.footer(texts),
        }
        for audience, name, buttons in zip(texts.audiences, self._audiences, self._example_buttons, strict=True):
            said[name] = pieces.audience(audience.name)
            said |= {button: gr.Button(q) for button, q in zip(buttons, audience.questions, strict=True)}
        return said | self._show(talk.citations, citation, version, reader)


def theme() -> gr.themes.Base:
    """Calm greys, the blue of the United Nations, and no font that would have to be fetched."""
    blue = gr.themes.Color(
        name="un",
        c50="#eef8fd",
        c100="#d5eefa",
        c200="#a9dcf5",
        c300="#6cc5ee",
        c400="#2fb0e6",
        c500="#009edb",
        c600="#0079ab",
        c700="#00658f",
        c800="#005172",
        c900="#003f59",
        c950="#002a3c",
    )
    sans = gr.themes.Font("sans-serif")  # style.css names the fonts
    return gr.themes.Default(
        primary_hue=blue,
        secondary_hue=blue,
        neutral_hue=gr.themes.colors.slate,
        font=[sans],
        font_mono=[sans],
    ).set(
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_text_color="white",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
    )


def _messages(talk: Talk) -> list[gr.MessageDict]:
    return [{"role": m.role, "content": gr.HTML(m.html)} for m in talk.messages]


def _answer_languages(texts: PageTexts) -> list[tuple[str, str]]:
    return [
        (texts.detect, DETECT),
        *((script.own_name, str(language)) for language, script in SCRIPTS.items()),
    ]
