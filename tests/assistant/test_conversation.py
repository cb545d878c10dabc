"""Follow-up questions: what they ask in full, in six languages; and the answers that they get."""

from __future__ import annotations

import pytest

from assistant.answer import Assistant
from assistant.conversation import Turn, follow
from assistant.question import Kind, understand
from assistant.reply import Answer
from corpus.language import Language


def in_full(*questions: str) -> Turn:
    turn: Turn | None = None
    for question in questions:
        turn = follow(understand(question, None, turn.asked.language if turn else None), turn)
    assert turn is not None
    return turn


@pytest.mark.parametrize(
    ("before", "question", "full"),
    [
        # Another document.
        ("Was 60/27 adopted without a vote?", "what about 54/28?", "Was 54/28 adopted without a vote?"),
        ("La 60/27 a-t-elle été adoptée sans vote ?", "et la 54/28 ?", "La 54/28 a-t-elle été adoptée sans vote ?"),
        ("¿La resolución 60/27 salió sin votación?", "¿Y la 54/28?", "¿La resolución 54/28 salió sin votación?"),
        ("60/27 принимали голосованием или без?", "а 54/28?", "54/28 принимали голосованием или без?"),
        ("هل اعتُمد القرار 60/27 من دون تصويت؟", "وماذا عن القرار 54/28؟", "هل اعتُمد القرار 54/28 من دون تصويت؟"),
        ("60/27号决议付诸表决了吗？", "那54/28呢？", "54/28号决议付诸表决了吗？"),
        # Another State, another body.
        ("What does Brazil say of the Council?", "and Iraq?", "What does Iraq say of the Council?"),
        ("Что Бразилия говорит о Совете?", "А Ирак?", "Что Ирак говорит о Совете?"),
        ("What does 60/27 ask of OHCHR?", "and States?", "What does 60/27 ask of States?"),
        ("Que demande la 60/27 au HCDH ?", "et aux États ?", "Que demande la 60/27 au États ?"),
        ("What does 36/29 say on the funds?", "is there a similar call in 54/28?", "What does 54/28 say on the funds?"),
        ("Que dit la 36/29 des fonds ?", "La 54/28 dit-elle la même chose ?", "Que dit la 54/28 des fonds ?"),
        ("36/29号决议请各国对基金怎么做？", "54/28也有类似的呼吁吗？", "54/28号决议请各国对基金怎么做？"),
        # The same of another, of whom more is asked.
        (
            "What does 60/27 want OHCHR to do about the hub?",
            "and what does it ask of States there?",
            "What does 60/27 want States to do about the hub? and what does it ask of States there?",
        ),
        ("What does Brazil say in A/72/351?", "and how did it vote on 56/2?", "Brazil: and how did it vote on 56/2?"),
        # The same document.
        ("what's 56/2 about?", "who voted against?", "56/2: who voted against?"),
        ("De quoi parle la résolution 56/2 ?", "Qui a voté contre ?", "56/2: Qui a voté contre ?"),
        ("What does paragraph 6 of 60/27 say?", "and paragraph 8?", "60/27: and paragraph 8?"),
        ("56/2号决议是讲什么的？", "谁投了反对票？", "56/2: 谁投了反对票？"),
        # The same matter.
        ("What does 60/27 ask of OHCHR?", "and by when?", "What does 60/27 ask of OHCHR? and by when?"),
        ("¿Qué pide la 60/27 al ACNUDH?", "¿y para cuándo?", "¿Qué pide la 60/27 al ACNUDH? ¿y para cuándo?"),
    ],
)
def test_a_follow_up_takes_what_it_leaves_unsaid_from_the_question_before(
    before: str, question: str, full: str
) -> None:
    assert in_full(before, question).full.text == full


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("What does 60/27 ask of OHCHR?", "How does 54/28 describe the online repository of technical cooperation?"),
        (
            "Was 60/27 adopted without a vote?",
            "Which four capacities should national mechanisms for reporting and follow-up develop over time?",
        ),
        ("60/27号决议付诸表决了吗？", "国家报告和后续行动机制应当具备哪四项关键能力？"),
    ],
)
def test_a_question_that_says_what_it_is_about_stands_alone(before: str, question: str) -> None:
    turn = in_full(before, question)
    assert turn.full is turn.asked


def test_a_third_question_leans_on_the_second_and_keeps_the_document() -> None:
    turn = in_full("what's 56/2 about?", "was it adopted by consensus?", "who voted against?")
    assert turn.full.text == "56/2: who voted against?"
    assert turn.full.kind is Kind.VOTE


def test_a_short_follow_up_is_in_the_language_of_the_conversation() -> None:
    assert in_full("Que demande la 60/27 au HCDH ?", "54/28 ?").full.language is Language.FR
    assert in_full("¿Qué pide la 60/27 al ACNUDH?", "UNDP?").asked.language is Language.ES


def test_with_a_question_too_long_to_be_joined_a_follow_up_is_asked_as_it_is() -> None:
    turn = in_full(f"What does 60/27 ask of OHCHR? {'please ' * 566}", "and by when?")
    assert turn.full is turn.asked


def test_a_follow_up_is_answered(shipped: Assistant) -> None:
    reply = shipped.reply("and by when?", earlier=["What does 60/27 ask of OHCHR?"])
    assert isinstance(reply, Answer)
    assert reply.kind == "deadline"
    assert [str(c.paragraph) for c in reply.citations[: reply.shown]] == ["7", "8"]
    assert reply.question == "and by when?"
    assert reply.read_as == "What does 60/27 ask of OHCHR? and by when?"


def test_an_earlier_question_that_could_not_be_asked_adds_nothing(shipped: Assistant) -> None:
    reply = shipped.reply("and by when?", earlier=["What does 60/27 ask of OHCHR?", "???"])
    assert reply.read_as == "What does 60/27 ask of OHCHR? and by when?"
