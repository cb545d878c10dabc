"""What each kind of evidence is worth: the switches, the tables, and the searches that they rest on."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from assistant.weights import load_weights
from corpus.encoder import StaticEncoder
from corpus.errors import LibraryError
from evals.ablation import GROUPS, NOTHING, main, markdown, refitted, switched_off, switches
from evals.examples import ANSWERABLE, UNANSWERABLE, Example, WatchedAssistant, development_questions, examples
from evals.shipped import library_of
from tests.conftest import SOURCES
from tests.evals.rows import question


def example(gold: str, *evidence: list[float], **fields: str) -> Example:
    """A question whose candidates have this evidence; ``gold`` has a letter for each, g for gold."""
    asked = question("60/27 1", **fields)
    return Example(asked, np.array(evidence), np.array([letter == "g" for letter in gold]), False)


def test_every_kind_that_ships_is_switched_off_by_itself_and_with_one_group() -> None:
    kinds = sorted(load_weights().weights)
    assert set(kinds) <= set(switches(kinds))
    grouped = [kind for group in GROUPS.values() for kind in group]
    assert len(grouped) == len(set(grouped))
    assert set(kinds) - {"late"} <= set(grouped)


@pytest.mark.parametrize(
    ("kinds", "names"),
    [
        (["dense"], ["nothing", "dense"]),
        (["sentence", "dense"], ["nothing", "dense", "sentence", "all dense"]),
        (["late", "glossary", "terms"], ["nothing", "glossary", "late", "terms", "all of the glossary"]),
    ],
)
def test_switches(kinds: list[str], names: list[str]) -> None:
    assert list(switches(kinds)) == names
    assert switches(kinds)[NOTHING] == ()


# Evidence of dense, then of late. The first is told by dense alone, the second by late alone, the third by neither.
FOUND = [
    example("-g-", [0.1, 0.5], [0.9, 0.5], [0.2, 0.5], id="a", language="en"),
    example("g--", [0.5, 0.9], [0.5, 0.1], [0.6, 0.1], id="b", language="fr"),
    example("-----g", *[[0.9 - n / 10, 0.9 - n / 10] for n in range(6)], id="c", language="fr"),
]


def test_a_kind_that_is_switched_off_no_longer_tells() -> None:
    reached = switched_off(FOUND, {"dense": 1.0, "late": 1.0})
    assert {name: (left.within(1), left.within(5)) for name, left in reached.items()} == {
        "nothing": (2.0, 2.0),
        "dense": (1.0, 2.0),
        "late": (1.0, 2.0),
    }
    assert markdown(FOUND, reached) == "\n".join(
        [
            "| switched off | change | all (3) | en (1) | fr (2) |",
            "|---|---:|---:|---:|---:|",
            "| nothing |  | 2 / 2 | 1 / 1 | 1 / 1 |",
            "| dense | -1 / +0 | 1 / 2 | 0 / 1 | 1 / 1 |",
            "| late | -1 / +0 | 1 / 2 | 1 / 1 | 0 / 1 |",
        ]
    )


def test_what_remains_is_fitted_again() -> None:
    # Either kind tells gold by itself, the third is noise: only without both is anything lost.
    rng = np.random.default_rng(0)
    found = []
    for number in range(24):
        evidence = rng.random((8, 3))
        evidence[:, :2] *= 0.5
        evidence[3, :2] = 0.9
        found.append(example("---g----", *evidence.tolist(), id=f"q{number}"))
    reached = refitted(found, ["dense", "sentence", "late"], 0.5, folds=4, shuffles=2)
    assert list(reached) == ["nothing", "dense", "late", "sentence", "all dense"]
    assert {name: reached[name].within(1) for name in ("nothing", "dense", "late", "sentence")} == dict.fromkeys(
        ("nothing", "dense", "late", "sentence"), 24.0
    )
    assert reached["all dense"].within(1) < 12


def test_the_reporting_questions_are_no_development_questions() -> None:
    assert {q.split for q in development_questions((*ANSWERABLE, *UNANSWERABLE))} == {
        "develop",
        "parallel_develop",
        "paraphrase",
        "unanswerable",
    }


# Searches behind replies, in a library of one language.


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedAssistant]:
    folder = tmp_path_factory.mktemp("corpus") / "en"
    folder.mkdir()
    for name in ("A_HRC_RES_60_27.md", "A_HRC_RES_56_2.md"):
        (folder / name).write_bytes((SOURCES / "en" / name).read_bytes())
    encoder = StaticEncoder()
    with library_of([folder], encoder) as library:
        yield WatchedAssistant(library, encoder)


@pytest.mark.parametrize(
    ("asked", "within"),
    [
        ("60/27 op 5", None),
        ("Who voted against 56/2?", None),
        ("What does 60/27 request of OHCHR?", None),
        ("How do 60/27 and 56/2 differ on migrants at sea?", None),
        ("Which hub of knowledge is to be virtual?", []),
        ("What does 60/27 say of a virtual hub of knowledge?", ["A/HRC/RES/60/27"]),
    ],
)
def test_which_questions_go_to_the_search(assistant: WatchedAssistant, asked: str, within: list[str] | None) -> None:
    search = assistant.search_behind(asked)
    assert (None if search is None else sorted(map(str, search.within))) == within
    found = examples(assistant, [question("60/27 6", question=asked)], ["late", "dense"])
    assert len(found) == (within is not None)
    for each in found:
        assert each.evidence.shape == (len(each.gold), 2)
        assert each.gold.any()
        assert each.document_named == bool(within)


def test_evidence_that_a_reply_adds_is_seen(assistant: WatchedAssistant) -> None:
    asked = question("60/27 6", question="By which session is the report on the regional seminars due?")
    (found,) = examples(assistant, [asked], ["deadline"])
    assert found.evidence.max() == 1.0


def test_a_table_of_a_small_library(assistant: WatchedAssistant) -> None:
    weights = dict(sorted(load_weights().weights.items()))
    asked = [
        question("60/27 6", id="a", question="Which hub of knowledge is to be virtual?"),
        question("60/27 6", id="b", question="By which session is the report on the regional seminars due?"),
    ]
    found = examples(assistant, asked, list(weights))
    lines = markdown(found, switched_off(found, weights)).split("\n")
    assert lines[0] == "| switched off | change | all (2) | en (2) |"
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines[2:]] == list(switches(list(weights)))


@pytest.mark.parametrize(
    ("corpus", "said"),
    [("none", "NMIRF_CORPUS is none; there are no documents to measure with."), ("", "holds no documents")],
)
def test_without_documents_there_is_one_sentence(
    corpus: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NMIRF_CORPUS", corpus or str(tmp_path))
    assert main([]) == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1


def test_a_document_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_bytes(b"\x00\x01")
    with pytest.raises(LibraryError, match=r"one\.md"), library_of([tmp_path], StaticEncoder()):
        pass
