"""The tables of the vocabulary: every rule matches its own examples, and every example is matched by its rule."""

from __future__ import annotations

import re
import string
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import assistant.compose.texts as compose_texts
from assistant.compose.texts import phrase
from assistant.question import Kind
from corpus.attributes import attributes_asked, tells_attribute
from corpus.bodies import body_phrases, is_organ, official_name
from corpus.detection import detect_language
from corpus.language import Language, western_digits
from corpus.lexical import fold, words
from corpus.openings import acts_in, opening_of, openings
from corpus.vocabulary import FOLDER, Phrases, names_in, table
from ingest.body import item_of, paragraph_number
from ingest.clean import Line, LineRole, clean
from ingest.footnotes import take_notes
from ingest.masthead import enacting_organ, read_masthead
from ingest.read.text import text_from
from ingest.votes import is_vote, meeting_in, read_vote, starts_list

SIX = {str(language) for language in Language}
NUMBERING = table("numbering")
MASTHEADS = table("mastheads")
VOTES = table("votes")
OPENINGS: list[dict[str, Any]] = table("openings")["opening"]
STRENGTHS: list[dict[str, Any]] = table("openings")["strength"]
BODIES: list[dict[str, Any]] = table("bodies")["body"]
CUES: list[dict[str, Any]] = table("questions")["cue"]
TERMS: list[dict[str, Any]] = table("terms")["term"]

# Rows that do not hold yet, and why; a row that is mended must leave this table.
TWO_OWNERS = "openings.toml: the form stands under two openings"
BROKEN = {
    **dict.fromkeys(["zh-concerned", "zh-deeply_concerned", "zh-gravely_concerned", "zh-determined"], TWO_OWNERS),
    "forms zh": TWO_OWNERS,
}


def row(identifier: str, *values: Any) -> Any:
    """A row of a table of tests, by its id; a broken one must fail."""
    marks = [pytest.mark.xfail(strict=True, reason=BROKEN[identifier])] if identifier in BROKEN else []
    return pytest.param(*values, id=identifier, marks=marks)


LANGUAGES = {name: [row(f"{name} {language}", language) for language in Language] for name in ("forms", "official")}


def lines_of(text: str) -> list[Line]:
    return clean(text_from(text.encode(), "example.txt"))


def examples_of(entries: Iterable[dict[str, Any]], key: str) -> list[Any]:
    """A row an entry and language: the id, the language, the examples."""
    return [
        row(f"{language}-{entry[key]}", entry[key], language, listed)
        for entry in entries
        for language in Language
        if (listed := names_in(entry, "examples", language))
    ]


def printed(text: str) -> str:
    """A form as readers compare it by eye: folded, single spaces."""
    return " ".join(fold(text).split())


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda p: p.stem)
def test_every_table_is_read_by_the_one_loader(path: Path) -> None:
    assert table(path.stem)


# numbering.toml


@pytest.mark.parametrize("line", NUMBERING["paragraph"]["examples"])
def test_a_paragraph_begins_with_its_number(line: str) -> None:
    numbered = paragraph_number(line)
    assert numbered is not None
    assert line.startswith(str(numbered[0]))
    assert line.endswith(numbered[1])


@pytest.mark.parametrize("line", NUMBERING["paragraph"]["counter_examples"])
def test_a_figure_is_no_paragraph_number(line: str) -> None:
    assert paragraph_number(line) is None


@pytest.mark.parametrize("line", NUMBERING["item"]["examples"])
def test_an_item_begins_with_its_marker(line: str) -> None:
    item = item_of(line)
    assert item is not None
    assert item.text == line[item.start :]
    assert item.letter is not None or item.numeral is not None


@pytest.mark.parametrize("line", NUMBERING["item"]["counter_examples"])
def test_a_bracket_is_no_item(line: str) -> None:
    assert item_of(line) is None


@pytest.mark.parametrize("key", ["resumption", "conjunctions"])
def test_items_end_and_join_in_six_languages(key: str) -> None:
    assert NUMBERING["item"][key].keys() == SIX
    assert all(NUMBERING["item"][key].values())


@pytest.mark.parametrize("example", NUMBERING["heading"]["examples"], ids=lambda e: e["line"])
def test_an_enumerator_gives_the_level_of_a_heading(example: dict[str, Any]) -> None:
    levels = enumerate(NUMBERING["heading"]["levels"], start=1)
    found = [{"level": level, "text": m["text"]} for level, p in levels if (m := re.match(p, example["line"]))]
    assert found[0] == {key: example[key] for key in ("level", "text")}


# Asterisks are notes only where another line calls for them.
CALLERS = "临时议程*\n秘书长的报告**\n"


@pytest.mark.parametrize("line", NUMBERING["footnote"]["examples"])
def test_a_note_begins_with_its_mark(line: str) -> None:
    notes, rest = take_notes(lines_of(CALLERS + line), hard_wrapped=False)
    assert len(notes) == 1
    assert line.endswith(notes[0].pieces[0])
    assert len(rest) == 2


@pytest.mark.parametrize("line", NUMBERING["footnote"]["counter_examples"])
def test_a_paragraph_is_no_note(line: str) -> None:
    notes, _ = take_notes(lines_of(CALLERS + line), hard_wrapped=False)
    assert notes == []


@pytest.mark.parametrize("line", NUMBERING["furniture"]["examples"])
def test_furniture_is_no_text(line: str) -> None:
    assert [each.role for each in lines_of(line)] == [LineRole.FURNITURE]


@pytest.mark.parametrize("line", NUMBERING["furniture"]["counter_examples"])
def test_text_is_no_furniture(line: str) -> None:
    assert [each.role for each in lines_of(line)] == [LineRole.TEXT]


@pytest.mark.parametrize("line", NUMBERING["furniture"]["link"]["examples"])
def test_a_link_is_no_text_and_its_tail_is_a_symbol(line: str) -> None:
    assert [each.role for each in lines_of(line)] == [LineRole.LINK]
    match = re.match(NUMBERING["furniture"]["link"]["document_pattern"], line)
    assert match is not None
    assert line.endswith(match["symbol"])


# mastheads.toml

MASTHEAD_EXAMPLES = [
    row(f"{name}: {example['line']}", name, example)
    for name, entry in MASTHEADS.items()
    if "patterns" in entry
    for example in entry["examples"]
]


@pytest.mark.parametrize(("name", "example"), MASTHEAD_EXAMPLES)
def test_a_line_of_a_masthead_is_told_by_its_table(name: str, example: dict[str, Any]) -> None:
    plain = western_digits(example["line"])
    match = next((m for p in MASTHEADS[name]["patterns"] if (m := re.search(p, plain))), None)
    assert match is not None
    expected = {group: value for group, value in example.items() if group != "line"}
    if name == "agenda_item":  # spaced as printed by the reader, not as in the line
        assert read_masthead(lines_of(example["line"]), Language.EN, False).agenda_item == expected.pop("item")
    assert {group: match[group] for group in expected} == expected


def test_every_table_of_the_masthead_has_examples() -> None:
    assert {name for name, entry in MASTHEADS.items() if "patterns" in entry and not entry["examples"]} == set()


@pytest.mark.parametrize("example", MASTHEADS["enacting"]["examples"], ids=lambda e: e["line"])
def test_a_line_that_opens_a_resolution_names_its_organ(example: dict[str, str]) -> None:
    organ = enacting_organ(example["line"], Language(example["language"]))
    assert organ is not None
    assert is_organ(organ)


def test_lines_that_open_resolutions_are_known_in_six_languages() -> None:
    assert MASTHEADS["enacting"]["particles"].keys() == SIX
    assert {example["language"] for example in MASTHEADS["enacting"]["examples"]} == SIX
    assert MASTHEADS["author"]["separator"].keys() == SIX


@pytest.mark.parametrize(("prefix", "body"), MASTHEADS["series"].items())
def test_a_series_belongs_to_an_organ(prefix: str, body: str) -> None:
    assert is_organ(body)
    assert prefix.endswith(("/", "."))


# votes.toml


@pytest.mark.parametrize("line", VOTES["without_a_vote"]["examples"])
def test_adopted_without_a_vote(line: str) -> None:
    language = detect_language(line) or Language.EN
    assert is_vote(line)
    vote, issues = read_vote(line, language)
    assert vote.without_a_vote
    assert issues == []


RECORDED = [(detect_language(e["line"]), e) for e in VOTES["recorded"]["examples"]]


@pytest.mark.parametrize(("language", "example"), [row(f"recorded {each[0]}", *each) for each in RECORDED])
def test_a_recorded_vote_is_counted(language: Language, example: dict[str, Any]) -> None:
    assert is_vote(example["line"])
    vote, issues = read_vote(example["line"], language)
    assert not vote.without_a_vote
    assert [vote.in_favour_count, vote.against_count, vote.abstaining_count] == example["counts"]
    assert issues == []


@pytest.mark.parametrize("example", VOTES["meeting"]["examples"], ids=lambda e: e["line"])
def test_a_meeting_has_its_number(example: dict[str, Any]) -> None:
    assert meeting_in(example["line"]) == example["meeting"]


def test_votes_are_known_in_six_languages() -> None:
    assert {language for language, _ in RECORDED} == set(Language)
    assert VOTES["lists"]["last_separators"].keys() == SIX


@pytest.mark.parametrize(
    "line",
    [
        "In favour: Albania",
        "Ont voté contre : Albanie",
        "Abstenciones: Albania",
        "Голосовали за: Албания",
        "المعارضون: ألبانيا",
        "弃权：阿尔巴尼亚",
    ],
)
def test_a_list_of_states_begins_with_its_label(line: str) -> None:
    assert starts_list(line)


# openings.toml


@pytest.mark.parametrize(("identifier", "language", "listed"), examples_of(OPENINGS, "id"))
def test_a_paragraph_begins_with_its_opening(identifier: str, language: Language, listed: list[str]) -> None:
    found = {text: opening_of(text, language) for text in listed}
    assert {text: match and match[0].id for text, match in found.items()} == dict.fromkeys(listed, identifier)


@pytest.mark.parametrize("entry", OPENINGS, ids=lambda e: e["id"])
def test_an_opening_has_a_strength_and_an_example_in_six_languages(entry: dict[str, Any]) -> None:
    assert entry["strength"] in {s["id"] for s in STRENGTHS}
    assert openings()[entry["id"]].strength == entry["strength"]
    assert entry["examples"].keys() == SIX
    assert not {"operative", "preambular"}.isdisjoint(entry)


def test_strengths_are_a_scale() -> None:
    assert [s["rank"] for s in STRENGTHS] == list(range(1, len(STRENGTHS) + 1))
    assert len({s["id"] for s in STRENGTHS}) == len(STRENGTHS)
    assert len({e["id"] for e in OPENINGS}) == len(OPENINGS)


@pytest.mark.parametrize("language", LANGUAGES["forms"])
def test_a_form_belongs_to_one_opening(language: Language) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for entry in OPENINGS:
        for key in ("operative", "preambular"):
            for form in names_in(entry, key, language):
                owners[printed(form)].add(entry["id"])
    assert {form: ids for form, ids in owners.items() if len(ids) > 1} == {}
    # A rendering that an opening shares is read as another opening.
    shared = [(e["id"], printed(form)) for e in OPENINGS for form in names_in(e, "shared", language)]
    assert [(i, form) for i, form in shared if not owners[form] - {i}] == []


def sentences(key: str) -> list[Any]:
    examples = table("openings")[key]["examples"]
    return [
        row(f"{key} {language} {number}", language, text)
        for language in Language
        for number, text in enumerate(examples[str(language)], start=1)
    ]


@pytest.mark.parametrize(("language", "text"), sentences("modifiers"))
def test_an_opening_is_found_beside_its_modifiers(language: Language, text: str) -> None:
    assert opening_of(text, language) is not None


@pytest.mark.parametrize(("language", "text"), sentences("conjunctions"))
def test_a_second_act_is_found_behind_its_conjunction(language: Language, text: str) -> None:
    acts = acts_in(text, language)
    assert len(acts) == 2
    assert acts[1][0].directed


# bodies.toml


@pytest.mark.parametrize(("identifier", "language", "listed"), examples_of(BODIES, "id"))
def test_a_sentence_names_its_body(identifier: str, language: Language, listed: list[str]) -> None:
    found = {text: {m.id for m in body_phrases(language).find(text)} for text in listed}
    assert [text for text, ids in found.items() if identifier not in ids] == []


@pytest.mark.parametrize("entry", BODIES, ids=lambda e: e["id"])
def test_a_body_has_names_in_six_languages(entry: dict[str, Any]) -> None:
    assert entry["names"].keys() == SIX
    assert all(entry["names"].values())
    assert entry["official_name"].keys() == SIX
    assert entry["examples"]
    assert set(entry["broader"]) <= {e["id"] for e in BODIES} - {entry["id"]}
    assert entry.get("head_of", entry["id"]) in {entry["id"], *entry["broader"]}


def test_bodies_have_ids_of_their_own_and_organs_a_series() -> None:
    assert len({e["id"] for e in BODIES}) == len(BODIES)
    assert [e["id"] for e in BODIES if "resolution_symbol" in e and not e["organ"]] == []


# Kinds of bodies whose official name says what they are, and is in no text.
DESCRIBED = {"hrc_forums", "other_regional_organizations"}


@pytest.mark.parametrize("language", LANGUAGES["official"])
def test_the_official_name_of_a_body_is_one_of_its_names(language: Language) -> None:
    names = {e["id"]: official_name(e["id"], language) for e in BODIES if e["id"] not in DESCRIBED}
    assert [i for i, name in names.items() if i not in {m.id for m in body_phrases(language).find(name)}] == []


# questions.toml


@pytest.mark.parametrize(("kind", "language", "listed"), examples_of(CUES, "kind"))
def test_a_question_holds_a_phrase_of_its_cue(kind: str, language: Language, listed: list[str]) -> None:
    cue = next(c for c in CUES if c["kind"] == kind)
    phrases = Phrases(language, ((kind, name) for name in names_in(cue, "phrases", language)))
    assert [question for question in listed if not phrases.find_all(question)] == []


@pytest.mark.parametrize("cue", CUES, ids=lambda c: c["kind"])
def test_a_cue_is_known_in_six_languages(cue: dict[str, Any]) -> None:
    assert cue["phrases"].keys() == cue["examples"].keys() == SIX
    assert cue["kind"] in {*Kind, "vote_in_favour", "vote_against", "vote_abstaining", "vote_none"}


def test_references_are_named_alike_in_six_languages() -> None:
    references = table("questions")["reference_words"]
    assert references.keys() == table("questions")["function_words"].keys() == SIX
    assert all(listed.keys() == references["en"].keys() for listed in references.values())
    assert all(names for listed in references.values() for names in listed.values())


# terms.toml


@pytest.mark.parametrize("language", Language)
def test_every_term_has_names_in_the_language(language: Language) -> None:
    assert [t["id"] for t in TERMS if not names_in(t, "names", language)] == []


def test_terms_have_ids_of_their_own() -> None:
    assert len({t["id"] for t in TERMS}) == len(TERMS)
    assert {key for t in TERMS for key in t["names"]} == SIX


@pytest.mark.parametrize("language", Language)
def test_a_name_belongs_to_one_term(language: Language) -> None:
    owners: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for term in TERMS:
        for name in names_in(term, "names", language):
            owners[tuple(w.stem for w in words(name, language))].add(term["id"])
    shared = [ids for ids in owners.values() if len(ids) > 1]
    assert [ids for ids in shared if ids != {"objective", "objectivity"}] == []


# attributes.toml, and the tables of questions.toml that are no cues

ATTRIBUTES: list[dict[str, Any]] = table("attributes")["attribute"]


@pytest.mark.parametrize("attribute", ATTRIBUTES, ids=lambda a: a["id"])
@pytest.mark.parametrize("language", Language)
def test_every_attribute_is_asked_for_and_told_in_its_examples(attribute: dict[str, Any], language: Language) -> None:
    asked, told = attribute["examples"]["asked"], attribute["examples"].get("told", {})
    assert all(attribute["id"] in attributes_asked(example, language) for example in asked[language])
    for example in told.get(language, []):
        assert tells_attribute(example, words(example, language), attribute["id"], language)
    assert bool(attribute["told"][language]) == bool(told.get(language))


def test_money_is_told_by_the_sign_of_a_currency() -> None:
    assert tells_attribute("It received $ 250,000.", [], "money", Language.EN)


@pytest.mark.parametrize("language", Language)
def test_the_examples_of_follow_ups_hold_their_phrases(language: Language) -> None:
    questions = table("questions")
    for name, keys in (("follow_up", ("openers", "anaphora")), ("new_subject", ("phrases",))):
        listed = [n for key in keys for n in names_in(questions[name], key, language)]
        phrases = Phrases(language, ((name, n) for n in listed))
        assert all(phrases.find(example) for example in questions[name]["examples"][language])


# assistant/compose/leads.toml

LEADS = tomllib.loads((Path(compose_texts.__file__).parent / "leads.toml").read_text(encoding="utf-8"))


def leaves(entry: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every phrase by its dotted key: the innermost tables."""
    if not any(isinstance(value, dict) for value in entry.values()):
        yield path, entry
        return
    for key, value in entry.items():
        yield from leaves(value, f"{path}.{key}" if path else key)


PHRASES = dict(leaves(LEADS))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", [row(key, key) for key in PHRASES])
def test_a_phrase_has_the_same_placeholders_in_six_languages(key: str) -> None:
    assert PHRASES[key].keys() == SIX
    if key == "quotation":  # a pair of marks
        assert all(len(marks) == 2 for marks in PHRASES[key].values())
        return
    wanted = {language: placeholders(text) for language, text in PHRASES[key].items()}
    assert wanted == dict.fromkeys(wanted, wanted["en"])
    for language in Language:
        filled = phrase(key, language, **{name: f"<{name}>" for name in wanted["en"]})
        assert all(f"<{name}>" in filled for name in wanted["en"])
