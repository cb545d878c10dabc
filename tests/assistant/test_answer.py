"""What is answered from the documents that ship, and what is not, in six languages and however it is typed."""

from __future__ import annotations

import pytest

from assistant.answer import Assistant
from assistant.reply import Abstention, Answer, Reason, Reply
from corpus.encoder import load_encoder
from corpus.language import Language
from corpus.library import Library
from ingest.pipeline import Pipeline
from tests.conftest import SOURCES


def cited(reply: Reply) -> list[str]:
    """The addresses of an answer, best first, by number and paragraph."""
    assert isinstance(reply, Answer)
    return [f"{'/'.join(str(c.symbol).split('/')[-2:])} {c.paragraph}" for c in reply.citations]


# However it is typed, the same is answered.


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("que demande la resolution 60/27 au hcdh ?", "Que demande la résolution 60/27 au HCDH ?"),
        ("que pide la resolucion 60/27 a la oacnudh", "¿Qué pide la resolución 60/27 a la ACNUDH?"),
        ("о чем 60/27 просит увкпч", "О чём 60/27 просит УВКПЧ?"),
        ("ماذا يطلب القرار ٦٠/٢٧ من المفوضيه", "ماذا يطلب القرار 60/27 من المفوضية؟"),
        ("第６０／２７號決議要求人權高專辦做什麼？", "第60/27号决议要求人权高专办做什么？"),
        ("WHAT DOES HRC RES 60/27 REQEST OF OHCR", "What does 60/27 request of OHCHR?"),
        ("60/27 对高专办的要求", "第60/27号决议要求人权高专办做什么？"),
        ("OHCHR tasks 60/27", "What does 60/27 request of OHCHR?"),
    ],
)
def test_a_hurried_question_is_answered_as_a_careful_one(shipped: Assistant, typed: str, plain: str) -> None:
    hurried, careful = shipped.reply(typed), shipped.reply(plain)
    assert cited(hurried) == cited(careful) == ["60/27 5", "60/27 7", "60/27 8"]
    assert hurried.language is careful.language


@pytest.mark.parametrize(
    ("question", "language", "first"),
    [
        ("60/27 的 knowledge hub 由谁建立？", Language.ZH, {"60/27 5", "60/27 6", "60/27 PP20"}),
        ("Что в 54/28 сказано про matchmaking function?", Language.RU, {"54/28 16"}),
        ("كم دولة حضرت الـ knowledge cafés؟", Language.AR, {"72/351 23", "72/351 23(b)"}),
        ("La matchmaking function du répertoire (54/28), à quoi servirait-elle ?", Language.FR, {"54/28 16"}),
    ],
)
def test_words_of_another_language_are_understood(
    shipped: Assistant, question: str, language: Language, first: set[str]
) -> None:
    reply = shipped.reply(question)
    assert reply.language is language
    assert cited(reply)[0] in first
    assert {c.language for c in reply.citations} == {language}


def test_the_last_sentence_says_which_document_is_asked_about(shipped: Assistant) -> None:
    reply = shipped.reply("36/29 dates resolution 6/17 to 28 September 2008. What date does 56/2 give for it?")
    assert cited(reply)[0] == "56/2 PP26"


# What is not answered, and why.


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        # A document that several may be.
        ("What does paragraph 20 say?", Reason.AMBIGUOUS),
        ("Que dit le paragraphe 3 du dispositif ?", Reason.AMBIGUOUS),
        ("In the resolution on support for national mechanisms, who is paragraph 5 addressed to?", Reason.AMBIGUOUS),
        ("في أي دورة تُعقد حلقة النقاش؟", Reason.AMBIGUOUS),
        ("¿Cuándo se aprobó la resolución?", Reason.AMBIGUOUS),
        # What the paragraphs do not tell.
        ("What does the online repository cost per year?", Reason.NOT_IN_CORPUS),
        ("Qui préside le groupe d’amis des mécanismes nationaux ?", Reason.NOT_IN_CORPUS),
        ("Qui était le modérateur de la réunion-débat du 9 novembre 2016 ?", Reason.NOT_IN_CORPUS),
        ("пандемическое соглашение: сколько стран ратифицировали?", Reason.NOT_IN_CORPUS),
        ("巴西为实用指南支付了多少钱？", Reason.NOT_IN_CORPUS),
        ("¿por qué votó la India en contra de la 56/2?", Reason.NOT_IN_CORPUS),
        # Texts that are only named.
        ("What do the Paris Principles require on how members of an NHRI are appointed?", Reason.NAMED_BUT_NOT_HELD),
        ("《巴黎原则》对国家人权机构成员的任命有什么要求？", Reason.NAMED_BUT_NOT_HELD),
        ("Qué contiene la resolución 51/33 en su párrafo 4", Reason.NAMED_BUT_NOT_HELD),
        ("60/27第8(d)段要求什么？", Reason.NO_SUCH_PARAGRAPH),
        ("كيف أخبز الخبز في البيت؟", Reason.OFF_TOPIC),
    ],
)
def test_what_the_documents_do_not_answer_is_said(shipped: Assistant, question: str, reason: Reason) -> None:
    reply = shipped.reply(question)
    assert isinstance(reply, Abstention)
    assert reply.reason is reason


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("When and where was the Durban Review Conference held?", "56/2 PP10"),
        ("Où et quand s’est tenue la Conférence d’examen de Durban ?", "56/2 PP10"),
        ("Who chaired the June 2016 panel on parliaments?", "72/351 74"),
        ("How does the practical guide define a national mechanism?", "72/351 17"),
    ],
)
def test_what_they_do_tell_of_a_text_or_an_attribute_is_answered(shipped: Assistant, question: str, first: str) -> None:
    assert cited(shipped.reply(question))[0] == first


# A document in another language alone.


def test_a_document_held_in_another_language_is_cited_with_a_note_and_the_way_to_the_official_text(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    library = Library(tmp_path_factory.mktemp("home"))
    encoder = load_encoder()
    with library.writing():
        list(Pipeline(library, encoder).ingest([SOURCES / "zh"]))
    assistant = Assistant(library, encoder)
    for question, language in (
        ("What does 60/27 request of OHCHR?", Language.EN),
        ("О чём 60/27 просит УВКПЧ?", Language.RU),
        ("ماذا يطلب القرار 60/27 من المفوضية؟", Language.AR),
    ):
        reply = assistant.reply(question)
        assert isinstance(reply, Answer)
        assert reply.language is language
        assert "中文" in reply.lead
        assert [(str(c.paragraph), c.language, c.official) for c in reply.citations] == [
            (paragraph, Language.ZH, True) for paragraph in ("5", "7", "8")
        ]
        assert reply.citations[0].url(language) == f"https://undocs.org/{language}/A/HRC/RES/60/27"
    found = assistant.reply("Which four capacities should a national mechanism have?")
    assert cited(found)[0].startswith("72/351 19")
    library.close()
