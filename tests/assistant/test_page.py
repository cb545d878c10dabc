"""The chat page in a real browser: what a visitor sees, and what a hostile document cannot do."""

import os
import re
import shutil
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from assistant.compose.texts import phrase, print_address
from assistant.page.app import launch, start
from assistant.page.texts import page_texts, read_texts
from assistant.reply import Abstention, Answer, Citation, Match, Reason, Reply
from corpus.document import Document, DocumentKind, Masthead, Paragraph, ParagraphId, ParagraphKind
from corpus.errors import IndexMismatch, QuestionError, SettingsError, VocabularyError
from corpus.language import SCRIPTS, Language
from corpus.library import Chunk, Library
from corpus.symbol import Symbol

BROWSER = os.environ.get("NMIRF_TEST_BROWSER") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

HELD = Symbol("A/HRC/RES/60/27")
HOSTILE = Symbol("A/HRC/RES/99/1")
MARKUP = (
    "Requests <img src=x onerror=\"document.title='broken'\"> [click](http://evil.example) **bold** $x^2$ $$y^2$$ "
    "![i](http://evil.example/i.png) javascript:alert(1) <a href='javascript:alert(2)'>a</a> "
    "<script>document.title='broken'</script> {{value}} ${value} `code` http://evil.example/bare\nsecond line"
)
PARAGRAPHS = {
    Language.AR: {
        "PP1": "إذ يسترشد بمقاصد ميثاق الأمم المتحدة ومبادئه،",
        "8": "يطلب إلى المفوضية السامية أن تعد تقريراً؛",
    },
    Language.EN: {
        "PP1": "Guided by the purposes and principles of the Charter of the United Nations,",
        "8": "Requests the Office of the High Commissioner to prepare a report;",
    },
    Language.ZH: {"PP1": "遵循《联合国宪章》的宗旨和原则，", "8": "请高级专员办事处编写报告；"},
}
TITLES = {Language.AR: "تعزيز التعاون الدولي", Language.EN: "International cooperation", Language.ZH: "促进国际合作"}


def resolution(symbol: Symbol, language: Language, official: bool, title: str, texts: dict[str, str]) -> Document:
    """A resolution with the given paragraphs, and enough others before OP 8 that it lies out of view."""
    filler = {str(n): f"{n} {texts.get('PP1', 'Decides')} " * 6 for n in range(1, 8)}
    ordered = {"title": title, **{k: v for k, v in texts.items() if k.startswith("PP")}, **filler, **texts}
    kinds = {"title": ParagraphKind.TITLE, "PP1": ParagraphKind.PREAMBULAR}
    return Document(
        symbol=symbol,
        language=language,
        kind=DocumentKind.RESOLUTION,
        official=official,
        masthead=Masthead(title=title),
        paragraphs=tuple(
            Paragraph(ParagraphId(label), kinds.get(label, ParagraphKind.OPERATIVE), text)
            for label, text in ordered.items()
        ),
    )


def put(library: Library, document: Document) -> None:
    chunks = [Chunk(str(p.id), 0, p.text, p.text, 1) for p in document.paragraphs]
    library.put(
        document, chunks, np.eye(len(chunks), 32, dtype=np.float32), {}, "made.md", "0", "2026-01-01", lambda ids: None
    )


# Words of questions, and where the paragraphs have theirs.
MET = {
    "report": "Requests",
    "High Commissioner": "High Commissioner",
    "المفوضية": "المفوضية",
    "تقرير": "تقريراً",
    "<b>question</b> [a](http://evil.example)": "<img src=x onerror=",
}


def met(text: str) -> tuple[Match, ...]:
    """Every pair of which the paragraph has its part."""
    places = {asked: [m.span() for m in re.finditer(re.escape(written), text)] for asked, written in MET.items()}
    return tuple(Match(asked, MET[asked], 0.9, tuple(found)) for asked, found in places.items() if found)


class SmallDesk:
    """Answers a handful of questions from a library of its own."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def reply(self, question: str, language: Language | None, earlier: Sequence[str]) -> Reply:
        if question == "and by when?":
            read_as = f"{' '.join(earlier)} {question}" if earlier else None
            return replace(self._answer(question, Language.EN, [(HELD, "8")]), read_as=read_as)
        spoken = language or (Language.AR if "؟" in question else Language.EN)
        if "hostile" in question:
            return self._answer(question, spoken, [(HOSTILE, "8")])
        if "unknown" in question:
            lead = phrase("abstained.ambiguous", spoken)
            candidates = ((HELD, TITLES[Language.EN]),)
            return Abstention(question, spoken, Reason.AMBIGUOUS, lead, candidates=candidates)
        if "stale" in question:
            raise IndexMismatch("The index was made by another encoder; run nmirf ingest --rebuild.")
        if "crash" in question:
            raise RuntimeError("a detail that is nobody's business")
        if "report" in question or "؟" in question:
            return self._answer(question, spoken, [(HELD, "8"), (HELD, "PP1")])
        raise QuestionError(f"{question!r} asks nothing; <b>end</b> it with a question mark.")

    def _answer(self, question: str, language: Language, addresses: list[tuple[Symbol, str]]) -> Answer:
        found = [self.library.paragraph(s, ParagraphId(p), language) for s, p in addresses]
        citations = tuple(
            Citation(f.symbol, f.paragraph.id, f.language, f.official, f.paragraph.text, matches=met(f.paragraph.text))
            for f in found
            if f
        )
        lead = phrase("lead.content", language, address=print_address(*_address(citations[0]), language))
        return Answer(question, language, lead, citations, 1, "content")


def _address(citation: Citation) -> tuple[Symbol, ParagraphId]:
    return citation.symbol, citation.paragraph


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDesk]:
    library = Library(tmp_path_factory.mktemp("home"))
    for language, texts in PARAGRAPHS.items():
        put(library, resolution(HELD, language, language is Language.ZH, TITLES[language], texts))
    put(library, resolution(HOSTILE, Language.EN, True, f"Title {MARKUP}", {"8": MARKUP}))
    yield SmallDesk(library)
    library.close()


@pytest.fixture(scope="module")
def address(desk: SmallDesk) -> Iterator[str]:
    page = start(desk, "127.0.0.1", free_port())
    yield str(page.local_url)
    page.close(verbose=False)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(BROWSER).exists():
        pytest.fail(f"There is no browser at {BROWSER}; install chromium, or name one in NMIRF_TEST_BROWSER.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page in a visit of its own, which must have asked no other host and logged no error."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    asked: list[str] = []
    complaints: list[str] = []
    visit = context.new_page()
    visit.on("request", lambda request: asked.append(request.url))
    visit.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    visit.on("pageerror", lambda error: complaints.append(str(error)))
    visit.on("dialog", lambda dialog: complaints.append(dialog.message))
    visit.goto(address)
    expect(visit.locator("#question textarea")).to_be_visible(timeout=30_000)
    yield visit
    context.close()
    outside = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert outside == []
    assert complaints == []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(page: Page, question: str) -> None:
    """Ask, and wait until the reply is there."""
    answers = page.locator("#chat :is(.reply, .error)")
    before = answers.count()
    page.locator("#question textarea").fill(question)
    page.locator("#send").click()
    expect(answers).to_have_count(before + 1, timeout=15_000)


def turn_to(page: Page, language: Language) -> None:
    page.locator(f"#page-language input[value={language}]").check(force=True)
    expect(page.locator("#page-heading h1")).to_have_text(page_texts()[language].title)


def test_asking_shows_the_citation_and_the_document_with_the_paragraph_in_view(page: Page) -> None:
    expect(page.locator("#document")).to_contain_text(page_texts()[Language.EN].empty)
    ask(page, "Who reports?")
    text = PARAGRAPHS[Language.EN]["8"]
    expect(page.locator("#chat .question")).to_have_text("Who reports?")
    expect(page.locator("#chat .reply blockquote").first).to_have_text(text)
    expect(page.locator("#chat .reply .address").first).to_have_text("A/HRC/RES/60/27, para. 8")
    expect(page.locator("#document h2")).to_have_text(TITLES[Language.EN])
    cited = page.locator("#cited")
    expect(cited).to_have_text(f"para. 8 {text}")
    page.wait_for_function("document.getElementById('document').scrollTop > 0")
    box, inside = page.locator("#document").bounding_box(), cited.bounding_box()
    assert box and inside
    assert box["y"] <= inside["y"]
    assert inside["y"] + inside["height"] <= box["y"] + box["height"]
    expect(page.locator("#question textarea")).to_have_value("")


def test_another_citation_and_another_language_version_are_one_click_away(page: Page) -> None:
    ask(page, "Who reports?")
    page.locator("#citations label", has_text="PP 1").click()
    expect(page.locator("#cited")).to_have_text(f"PP 1 {PARAGRAPHS[Language.EN]['PP1']}")
    expect(page.locator("#official a")).to_have_attribute("href", "https://undocs.org/en/A/HRC/RES/60/27")
    page.locator("#versions label", has_text="中文 (official)").click()
    expect(page.locator("#cited")).to_have_text(f"序言部分第1段 {PARAGRAPHS[Language.ZH]['PP1']}")
    expect(page.locator("#document .document")).to_have_attribute("lang", "zh")
    expect(page.locator("#official a")).to_have_attribute("href", "https://undocs.org/zh/A/HRC/RES/60/27")
    page.locator("#versions label", has_text="العربية").click()
    expect(page.locator("#document .document")).to_have_attribute("dir", "rtl")
    expect(page.locator("#cited")).to_have_text(f"الفقرة 1 من الديباجة {PARAGRAPHS[Language.AR]['PP1']}")


def test_the_words_by_which_a_paragraph_was_found_are_said_and_marked(page: Page) -> None:
    texts = page_texts()
    ask(page, "Who reports?")
    matched, marks = page.locator("#matched"), page.locator("#document mark")
    said = texts[Language.EN].matched.format(words="report ↔ Requests, High Commissioner")
    expect(matched).to_have_text(said)
    expect(marks).to_have_text(["Requests", "High Commissioner"])
    expect(page.locator("#cited mark")).to_have_count(2)
    underlined = marks.first.evaluate("e => getComputedStyle(e).textDecorationLine")
    assert underlined == "underline", "colour alone marks it"
    turn_to(page, Language.ZH)
    said = texts[Language.ZH].matched.format(words="report ↔ Requests、High Commissioner")
    expect(matched).to_have_text(said)
    # They are words of this text: not of another paragraph, nor of another language.
    page.locator("#citations label", has_text="序言部分第1段").click()
    expect(page.locator("#cited")).to_contain_text(PARAGRAPHS[Language.EN]["PP1"])
    expect(matched).to_be_hidden()
    page.locator("#citations label").first.click()
    expect(matched).to_be_visible()
    page.locator("#versions label", has_text="العربية").click()
    expect(page.locator("#document .document")).to_have_attribute("lang", "ar")
    expect(matched).to_be_hidden()
    expect(marks).to_have_count(0)


def test_marked_words_of_an_arabic_paragraph_run_from_right_to_left(page: Page) -> None:
    turn_to(page, Language.AR)
    ask(page, "من يقدم التقرير؟")
    expect(page.locator("#document mark")).to_have_text(["المفوضية", "تقريراً"])
    expect(page.locator("#matched")).to_have_css("direction", "rtl")
    said = page_texts()[Language.AR].matched.format(words="المفوضية، تقرير ↔ تقريراً")
    expect(page.locator("#matched")).to_have_text(said)


def test_an_arabic_answer_runs_from_right_to_left_on_an_english_page(page: Page) -> None:
    ask(page, "من يقدم التقرير؟")
    reply = page.locator("#chat .reply")
    expect(reply).to_have_attribute("dir", "rtl")
    expect(reply).to_have_attribute("lang", "ar")
    expect(reply.locator("blockquote").first).to_have_css("direction", "rtl")
    expect(reply.locator("blockquote").first).to_have_css("text-align", "start")
    expect(page.locator("#document .document")).to_have_attribute("dir", "rtl")
    expect(page.locator("#page-heading")).to_have_css("direction", "ltr")


def test_the_language_of_the_question_can_be_said(page: Page) -> None:
    page.locator("#answer-language input").click()
    page.locator("[role=option]", has_text="العربية").click()
    ask(page, "report?")
    expect(page.locator("#chat .reply")).to_have_attribute("lang", "ar")


@pytest.mark.parametrize("language", Language)
def test_the_page_speaks_six_languages(page: Page, language: Language) -> None:
    ask(page, "Who reports?")
    if language is Language.EN:
        turn_to(page, Language.FR)
    turn_to(page, language)
    texts = page_texts()[language]
    direction = "rtl" if SCRIPTS[language].right_to_left else "ltr"
    expect(page).to_have_title(texts.title)
    expect(page.locator("html")).to_have_attribute("lang", str(language))
    expect(page.locator("html")).to_have_attribute("dir", direction)
    for part in ("#page-heading", "#chat", "#question", "#document-heading", "#page-footer"):
        expect(page.locator(part)).to_have_css("direction", direction)
    expect(page.locator("#question textarea")).to_have_attribute("placeholder", texts.placeholder)
    expect(page.locator("#send")).to_have_text(texts.send)
    expect(page.locator("#answer-language input")).to_have_value(texts.detect)
    expect(page.locator("#document-heading h2")).to_have_text(texts.document)
    expect(page.locator("#page-footer")).to_contain_text(texts.footer)
    expect(page.locator("#citations")).to_contain_text(texts.citations)
    expect(page.locator("#versions")).to_contain_text(f"中文 ({texts.official})")
    expect(page.locator("#official a")).to_contain_text(phrase("note.official_text", language))
    expect(page.locator("#cited")).to_contain_text(PARAGRAPHS[Language.EN]["8"])
    expect(page.locator("#chat .reply")).to_have_attribute("lang", "en")
    page.locator("#examples button").first.click()
    expect(page.locator("#examples .audience h3")).to_have_text([a.name for a in texts.audiences])
    expect(page.locator("#examples button.example")).to_have_text([q for a in texts.audiences for q in a.questions])


def test_an_example_is_asked_at_a_click(page: Page) -> None:
    first = page_texts()[Language.EN].audiences[0].questions[0]
    page.get_by_role("button", name=first).click()
    expect(page.locator("#chat .question")).to_have_text(first)
    expect(page.locator("#chat :is(.reply, .error)")).to_have_count(1)


def test_text_of_documents_and_questions_stays_text(page: Page, address: str) -> None:
    ask(page, f"hostile {MARKUP}")
    lines = MARKUP.split("\n")
    for place in ("#chat .question", "#chat .reply blockquote", "#cited"):
        for line in lines:
            assert line in page.locator(place).first.inner_text(), place
    assert lines[0] in page.locator("#document h2").inner_text()
    for asked, written in list(MET.items())[-1:]:
        assert f"{asked} ↔ {written}" in page.locator("#matched").inner_text()
        expect(page.locator("#cited mark", has_text=written)).to_have_count(1)
        expect(page.locator("#matched :not(p, span, bdi, div)")).to_have_count(0)
    for place in ("#chat", "#document-pane"):
        shown = page.locator(place)
        expect(shown.locator(":is(img, script, iframe, object, .katex, strong, code, math)")).to_have_count(0)
        for link in shown.locator("a").all():
            assert (link.get_attribute("href") or "").startswith("https://undocs.org/"), place
    page.locator("#citations label").first.hover()
    turn_to(page, Language.ES)
    expect(page).to_have_title(page_texts()[Language.ES].title)


def test_an_error_is_one_sentence_in_the_chat_and_loses_nothing(page: Page) -> None:
    ask(page, "Who reports?")
    ask(page, "nothing")
    error = page.locator("#chat .error")
    expect(error).to_have_text(
        f"{page_texts()[Language.EN].error} 'nothing' asks nothing; <b>end</b> it with a question mark."
    )
    expect(error.locator("b")).to_have_count(0)
    expect(page.locator("#chat .question")).to_have_text(["Who reports?", "nothing"])
    expect(page.locator("#question textarea")).to_have_value("nothing")
    expect(page.locator("#cited")).to_contain_text(PARAGRAPHS[Language.EN]["8"])
    ask(page, "Who reports now?")
    expect(page.locator("#chat .reply")).to_have_count(2)


def test_an_index_that_was_made_anew_meanwhile_is_said_to_be_in_one_sentence(page: Page) -> None:
    ask(page, "Who reports?")
    ask(page, "stale?")
    expect(page.locator("#chat .error")).to_have_text(
        f"{page_texts()[Language.EN].error} The index was made by another encoder; run nmirf ingest --rebuild."
    )
    expect(page.locator("#cited")).to_contain_text(PARAGRAPHS[Language.EN]["8"])


def test_a_failure_says_so_without_its_details(page: Page) -> None:
    turn_to(page, Language.FR)
    ask(page, "crash?")
    expect(page.locator("#chat .error")).to_have_text(page_texts()[Language.FR].failed)
    expect(page.locator("#question textarea")).to_have_value("crash?")


def test_a_blank_question_is_not_asked(page: Page) -> None:
    page.locator("#question textarea").fill("   ")
    page.locator("#send").click()
    page.wait_for_timeout(500)
    expect(page.locator("#chat .question")).to_have_count(0)


def test_an_abstention_names_what_there_is_instead(page: Page) -> None:
    ask(page, "Who reports?")
    ask(page, "unknown?")
    reply = page.locator("#chat .reply").last
    expect(reply.locator(".lead")).to_have_text(phrase("abstained.ambiguous", Language.EN))
    expect(reply.locator(".candidate")).to_have_text(f"{HELD} — {TITLES[Language.EN]}")
    expect(page.locator("#document")).to_contain_text(page_texts()[Language.EN].no_citation)
    expect(page.locator("#citations")).to_be_hidden()


def test_a_follow_up_is_asked_with_the_questions_before_it_and_says_how_it_was_read(page: Page) -> None:
    ask(page, "the report <b>now</b>?")
    ask(page, "and by when?")
    expect(page.locator("#chat .read-as")).to_have_text("Read as: the report <b>now</b>? and by when?")
    page.get_by_label("Clear").first.click()
    expect(page.locator("#chat .reply")).to_have_count(0)
    ask(page, "and by when?")
    expect(page.locator("#chat .read-as")).to_have_count(0)


def test_a_cleared_talk_is_forgotten(page: Page) -> None:
    ask(page, "Who reports?")
    page.locator("#chat button[title=Clear]").click()
    expect(page.locator("#document")).to_contain_text(page_texts()[Language.EN].empty)
    ask(page, "Who reports again?")
    expect(page.locator("#chat .question")).to_have_text("Who reports again?")


def test_visitors_do_not_see_each_other(page: Page, browser: Browser, address: str) -> None:
    ask(page, "Who reports?")
    with browser.new_context() as other:
        visit = other.new_page()
        visit.goto(address)
        ask(visit, "unknown?")
        expect(visit.locator("#chat .question")).to_have_text("unknown?")


@pytest.mark.parametrize("language", [Language.EN, Language.AR])
def test_on_a_telephone_the_panes_stack(page: Page, language: Language) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    turn_to(page, Language.FR)
    turn_to(page, language)
    # The browser brings what is clicked into view; from there on the page must stay where it is.
    page.locator("#send").scroll_into_view_if_needed()
    before = page.evaluate("window.scrollY")
    ask(page, "Who reports?")
    expect(page.locator("#cited")).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    chat, document = page.locator("#chat").bounding_box(), page.locator("#document-pane").bounding_box()
    assert chat and document
    assert chat["y"] + chat["height"] < document["y"]
    assert page.evaluate("window.scrollY") == before, "the document's scrolling took the page along"


def fetch(url: str, method: str = "GET") -> tuple[int, dict[str, str]]:
    request = urllib.request.Request(url, method=method, data=b"" if method == "POST" else None)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as response:
            return response.status, dict(response.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "gradio_api/info"),
        ("GET", "gradio_api/openapi.json"),
        ("GET", "gradio_api/runs"),
        ("GET", "gradio_api/file=/etc/passwd"),
        ("GET", "gradio_api/file/etc/passwd"),
        ("GET", "gradio_api/proxy=http://127.0.0.1/"),
        ("GET", "gradio_api/deep_link?session_hash=x"),
        ("GET", "monitoring"),
        ("GET", "docs"),
        ("GET", "static/../../etc/passwd"),
        ("POST", "gradio_api/upload"),
        ("POST", "gradio_api/component_server"),
        ("POST", "gradio_api/call/_ask"),
        ("POST", "gradio_api/vibe-edit"),
    ],
)
def test_nothing_is_served_that_the_page_does_not_need(address: str, method: str, path: str) -> None:
    assert fetch(address + path, method)[0] == 404


def test_the_page_may_load_from_nowhere_else(address: str) -> None:
    status, headers = fetch(address)
    assert status == 200
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org", ""])
def test_a_host_that_others_can_reach_is_refused_without_a_password(desk: SmallDesk, host: str) -> None:
    with pytest.raises(SettingsError, match="give a name and a password"):
        launch(desk, host, free_port())


@pytest.mark.parametrize("auth", [("", "secret"), ("name", " ")])
def test_an_empty_name_or_password_is_refused(desk: SmallDesk, auth: tuple[str, str]) -> None:
    with pytest.raises(SettingsError, match="empty"):
        launch(desk, "0.0.0.0", free_port(), auth=auth)


@pytest.mark.parametrize("port", [-1, 70_000])
def test_a_port_that_is_none_is_refused(desk: SmallDesk, port: int) -> None:
    with pytest.raises(SettingsError, match="another port"):
        launch(desk, "127.0.0.1", port)


def test_a_port_in_use_is_refused(desk: SmallDesk) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(SettingsError, match="another port"):
            launch(desk, "127.0.0.1", holder.getsockname()[1])


def test_with_a_password_one_signs_in_first(desk: SmallDesk, browser: Browser) -> None:
    served = start(desk, "127.0.0.1", free_port(), auth=("delegate", "secret"))
    try:
        assert fetch(f"{served.local_url}config")[0] == 401
        with browser.new_context() as context:
            visit = context.new_page()
            visit.goto(str(served.local_url))
            visit.get_by_label("username").fill("delegate")
            visit.get_by_label("password").fill("secret")
            visit.get_by_role("button", name="Login").click()
            ask(visit, "Who reports?")
            expect(visit.locator("#cited")).to_be_attached()
    finally:
        served.close(verbose=False)


def test_launch_serves_behind_a_proxy_until_interrupted(desk: SmallDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
    port = free_port()
    seen: list[int] = []

    class Interrupted(Exception):
        pass

    def look(url: str) -> None:
        seen.append(fetch(url)[0])
        raise Interrupted

    with pytest.raises(Interrupted):
        launch(desk, "127.0.0.1", port, announce=look)
    assert seen == [200]
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "the server is still there"


def test_every_text_is_there_in_six_languages() -> None:
    texts = page_texts()
    assert set(texts) == set(Language)
    assert all("{words}" in t.matched for t in texts.values())
    assert all("{words}" in t.matched for t in texts.values())
    for field in ("footer", "empty", "title"):
        assert len({getattr(t, field) for t in texts.values()}) == 6


GOOD = (Path(__file__).parents[2] / "assistant" / "page" / "texts.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        (GOOD.replace('zh = "提问"', ""), "send is in the six languages.*zh"),
        (GOOD.replace('zh = "提问"', 'zh = ""'), "send in zh"),
        (GOOD.replace("[send]", "[sent]"), "send, sent"),
        (GOOD.replace('zh = "提问"', 'zh = "提问"\nde = "Fragen"'), "de"),
        (GOOD.replace('"第56/2号决议是如何通过的？"', ""), "as many questions"),
        (GOOD.partition("[audience")[0], "audience"),
    ],
)
def test_a_text_that_is_missing_or_unknown_is_refused(toml: str, says: str) -> None:
    assert toml != GOOD
    with pytest.raises(VocabularyError, match=says):
        read_texts(toml)
