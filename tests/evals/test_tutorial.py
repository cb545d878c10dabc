"""The tutorial's stack: what counts as found, over a small corpus and over the files that ship."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from corpus.document import Document, DocumentKind, Masthead, Paragraph, ParagraphId, ParagraphKind
from corpus.errors import LibraryError
from corpus.language import Language
from corpus.library import Library
from corpus.symbol import Symbol
from evals.metrics import Figure
from evals.tutorial import TOP_K, GoldTexts, SplitText, compare, main, make_index, own_questions
from tests.conftest import SOURCES
from tests.evals.rows import SYMBOLS, addresses, question

SHARED = "the strengthening of national mechanisms for implementation, reporting and follow-up in all regions"
TEXTS = {
    "title": "National mechanisms for implementation, reporting and follow-up",
    "PP1": f"Recalling {SHARED}, and the seminars on the subject that were held in Geneva by the Office in 2023,",
    "1": f"Encourages {SHARED}¹ and the exchange of experience between peers through the international network;",
    "2": "Requests the Office to do as follows: (a) hold a panel discussion on these mechanisms at the sixty-fifth "
    "session; (b) report on it before the sixty-sixth session;",
    "2(a)": "hold a panel discussion on these mechanisms at the sixty-fifth session;",
    "2(b)": "report on it before the sixty-sixth session;",
    "adoption": "45th meeting, 8 October 2025",
    "vote": "[Adopted without a vote.]",
}


class WordEncoder:
    """A unit vector over words hashed to 512 places: texts that share words lie near each other."""

    name = "words"
    dimensions = 512

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.full((len(texts), self.dimensions), 1e-6, dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in text.lower().split():
                vector[sum(word.encode()) % self.dimensions] += 1
        lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / lengths

    encode_queries = encode_passages


def put(library: Library, document: Document, path: Path) -> None:
    no_vectors = np.zeros((0, 4), dtype=np.float32)
    library.put(document, [], no_vectors, {}, str(path), "", "2025-10-09T00:00:00+00:00", lambda _: None)


def made_document(symbol: str, language: Language, texts: dict[str, str]) -> Document:
    paragraphs = (
        Paragraph(ParagraphId(label), ParagraphKind.OPERATIVE, text.replace("¹", "")) for label, text in texts.items()
    )
    return Document(Symbol(symbol), language, DocumentKind.RESOLUTION, True, Masthead("Title"), tuple(paragraphs))


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = Library(tmp_path / "home")
    for name, number in (("one.md", "60/27"), ("two.md", "36/29")):
        put(opened, made_document(SYMBOLS[number], Language.EN, TEXTS), tmp_path / name)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("gold", "piece", "found"),
    [
        ("60/27 1", f"1. {TEXTS['1']}", True),
        ("60/27 1", TEXTS["1"].replace(" ", "\n"), True),
        ("60/27 1", "and the exchange of experience between peers through the international network;", True),
        ("60/27 1", "and the exchange of experience between peers", False),
        ("60/27 1", SHARED, False),
        ("60/27 1", TEXTS["PP1"], False),
        ("60/27 PP1", TEXTS["PP1"], True),
        ("60/27 PP1, 60/27 1", TEXTS["1"], True),
        ("60/27 2", TEXTS["2(b)"] + " " + TEXTS["2(a)"], True),
        ("60/27 2(a)", TEXTS["2"], True),
        ("60/27 2(b)", TEXTS["2(a)"], False),
        ("60/27 adoption", f"{SHARED}\n8 October 2025\n45th meeting", False),
        ("60/27 adoption", "45th meeting,\n8 October 2025", True),
        ("60/27 vote", "5/ [Adopted without a vote.]", True),
        ("60/27 title", TEXTS["title"].lower(), False),
        ("60/27 title", TEXTS["title"], True),
        ("60/27 vote", "", False),
    ],
)
def test_when_a_piece_has_found_a_paragraph(library: Library, gold: str, piece: str, found: bool) -> None:
    texts = GoldTexts(library, Language.EN)
    assert texts.found(addresses(gold), [SplitText("one.md", piece)]) is found
    # The other resolution has the same paragraphs, word for word.
    assert not texts.found(addresses(gold), [SplitText("two.md", piece)])


def test_a_paragraph_without_a_passage_of_its_own_is_found_by_the_whole_of_it(library: Library, tmp_path: Path) -> None:
    repeated = {"title": TEXTS["title"], "1": f"Takes note of the report “{TEXTS['title']}”, and welcomes it;"}
    put(library, made_document(SYMBOLS["72/351"], Language.EN, repeated), tmp_path / "three.md")
    texts = GoldTexts(library, Language.EN)
    gold = addresses("72/351 title")
    assert texts.found(gold, [SplitText("three.md", f"A/72/351\n\n{TEXTS['title']}\n")])
    assert not texts.found(gold, [SplitText("three.md", "Mechanisms for implementation, reporting and follow-up")])


def test_gold_that_the_library_lacks_is_an_error_unless_it_holds_another(library: Library) -> None:
    texts = GoldTexts(library, Language.EN)
    pieces = [SplitText("one.md", TEXTS["1"])]
    assert texts.found(addresses("72/351 3, 60/27 1"), pieces)
    with pytest.raises(LibraryError, match="none of A/72/351 3, A/HRC/RES/60/27 99 in en"):
        texts.found(addresses("72/351 3, 60/27 99"), pieces)


def test_a_folder_without_texts_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "image.png").write_bytes(b"\x89PNG")
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(LibraryError, match="holds no text to split"):
            make_index(folder, WordEncoder())


def test_an_index_returns_the_nearest_pieces_first(tmp_path: Path) -> None:
    for n, text in enumerate(("red apple", "red pear", "blue sea", "red apple pie", "cloud", "moon")):
        (tmp_path / f"{n}.txt").write_text(text, encoding="utf-8")
    encoder = WordEncoder()
    found = make_index(tmp_path, encoder).search(encoder.encode_queries(["red apple"])[0])
    assert len(found) == TOP_K
    assert [piece.file_name for piece in found[:2]] == ["0.txt", "3.txt"]


def test_both_ways_are_scored_over_the_answerable_questions(tmp_path: Path) -> None:
    sources, library = tmp_path / "sources", Library(tmp_path / "home")
    written = {
        Language.EN: {"1": "The mechanism has to be permanent, with staff and a clear mandate of its own."},
        Language.ZH: {"1": "国家机制必须是常设的，应有专职工作人员和明确的任务授权。"},
    }
    for language, texts in written.items():
        (sources / language).mkdir(parents=True)
        (sources / language / "1.txt").write_text(texts["1"], encoding="utf-8")
        # Five files of other words crowd the Chinese one out for an English question.
        for n in range(2, 7):
            (sources / language / f"{n}.txt").write_text(f"with mandate {n}", encoding="utf-8")
        path = sources / language / "1.txt"
        put(library, made_document(SYMBOLS["60/27"], language, texts), path)
    questions = [
        question("60/27 1", id="en", question="a permanent mechanism with staff and a mandate of its own"),
        question(id="none", question="What is the weather?"),
    ]
    compared = compare(questions, library, sources, WordEncoder())
    library.close()
    assert compared.as_they_came == Figure(0, 1)
    assert compared.by_language == Figure(1, 1)


@pytest.mark.parametrize("language", Language)
def test_all_shipped_gold_can_be_found_and_in_few_pieces(
    language: Language, documents: dict[tuple[str, Language], Document], tmp_path: Path
) -> None:
    # Else a paragraph would be held against the tutorial that no search could find, or found by chance.
    library = Library(tmp_path)
    for (symbol, spoken), document in documents.items():
        if spoken == language:
            (path,) = (SOURCES / language).glob(f"{symbol.replace('/', '_')}.*")
            put(library, document, path)
    pieces = make_index(SOURCES / language, WordEncoder()).pieces
    texts = GoldTexts(library, language)
    library.close()
    asked = [each for each in own_questions() if each.answerable and each.language == language]
    for address in {address for each in asked for address in each.gold}:
        assert 1 <= sum(texts.found([address], [piece]) for piece in pieces) <= 4, address


def test_the_command_prints_found_and_total(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NMIRF_HOME", str(tmp_path))
    assert main([]) == 2
    assert "is empty; run nmirf ingest first" in capsys.readouterr().err
    assert main(["--questions", str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl" in capsys.readouterr().err
