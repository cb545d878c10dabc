"""The bench of encoders: what is measured, on a few made-up rows and on small libraries, and the errors."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from corpus.encoder import EMBEDDED_MODEL, StaticEncoder
from corpus.encoder.training_data import read_sources, split_development
from corpus.errors import EncoderError, LibraryError, NmirfError, QuestionError
from corpus.language import Language
from corpus.tokens import count_tokens
from evals import bench_encoder, encoder_passages, encoder_speed
from evals.bench_encoder import (
    Remembering,
    Searched,
    aligned,
    main,
    methods_of,
    other_model,
    paragraphs_section,
    questions_section,
    static_model,
    translations_section,
)
from evals.encoder_passages import Pool, plain_query
from evals.encoder_questions import average_precision, find, gain_at, load_asked_rows, pool_of
from evals.encoder_speed import TOKENS, measure, paragraphs_of
from evals.shipped import library_of
from tests.conftest import SOURCES
from tests.encoders import HashEncoder
from tests.evals.rows import question

# Rows as of the data folder, in all six languages.
WATER = {
    "en": "Clean drinking water is a human right.",
    "fr": "L'eau potable est un droit de l'homme.",
    "es": "El agua potable es un derecho humano.",
    "ru": "Чистая питьевая вода является правом человека.",
    "zh": "清洁饮用水是一项人权。",
    "ar": "مياه الشرب النظيفة حق من حقوق الإنسان.",
}
BUDGET = {
    "en": "The Committee approved the budget of the Organization.",
    "fr": "Le Comité a approuvé le budget de l'Organisation.",
    "es": "El Comité aprobó el presupuesto de la Organización.",
    "ru": "Комитет утвердил бюджет Организации.",
    "zh": "委员会批准了本组织的预算。",
    "ar": "وافقت اللجنة على ميزانية المنظمة.",
}
SCHOOL = {
    "en": "Many children in rural areas have no school, and their parents cannot read.",
    "fr": "De nombreux enfants des zones rurales n'ont pas d'école, et leurs parents ne savent pas lire.",
    "es": "Muchos niños de las zonas rurales no tienen escuela, y sus padres no saben leer.",
    "ru": "Многие дети в сельских районах не имеют школы, а их родители не умеют читать.",
    "zh": "农村地区的许多儿童没有学校，他们的父母不识字。",
    "ar": "كثير من الأطفال في المناطق الريفية ليس لديهم مدرسة، ووالداهم لا يعرفون القراءة.",
}
ASKED = {
    "en": "Who approved the budget?",
    "fr": "Qui a approuvé le budget ?",
    "es": "¿Quién aprobó el presupuesto?",
    "ru": "Кто утвердил бюджет?",
    "zh": "谁批准了预算？",
    "ar": "من وافق على الميزانية؟",
}


def key(row: dict[str, str]) -> str:
    return hashlib.sha256(row["en"].encode()).hexdigest()[:12]


def write_lines(path: Path, *lines: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    write_lines(folder / "unpc_dev/pairs.jsonl", {"t": WATER}, {"t": BUDGET})
    write_lines(folder / "tico19/pairs.jsonl", {"t": SCHOOL}, {"t": {"en": "A pair.", "fr": "Une paire."}})
    return folder


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    return StaticEncoder()


@pytest.mark.parametrize(
    ("scores", "relevant", "precision"),
    [
        ([0.9, 0.1], [True, False], 1.0),
        ([0.9, 0.1], [False, True], 1 / 2),
        ([0.9, 0.8, 0.7, 0.6], [True, False, True, False], (1 / 1 + 2 / 3) / 2),
        ([0.1, 0.8, 0.7, 0.9], [True, False, False, True], (1 / 1 + 2 / 4) / 2),
        ([0.6, 0.7, 0.8, 0.9], [True, True, False, False], (1 / 3 + 2 / 4) / 2),
    ],
)
def test_average_precision_by_hand(scores: list[float], relevant: list[bool], precision: float) -> None:
    assert average_precision(np.array(scores, dtype=np.float32), np.array(relevant)) == pytest.approx(precision)


@pytest.mark.parametrize(("rank", "gain"), [(1, 1.0), (2, 0.6309), (3, 0.5), (10, 0.2891), (11, 0.0)])
def test_gain_of_one_relevant_item(rank: int, gain: float) -> None:
    scores = -np.arange(20, dtype=np.float32)
    assert gain_at(scores, rank - 1) == pytest.approx(gain, abs=1e-4)


class TableEncoder:
    """Given vectors for given texts."""

    name = "table"
    dimensions = 2

    def __init__(self, cosines: dict[str, float]) -> None:
        self._cosines = cosines

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        cosines = np.array([self._cosines[text] for text in texts], dtype=np.float32)
        return np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.tile(np.array([1, 0], dtype=np.float32), (len(texts), 1))


def test_a_mixed_pool_by_hand(tmp_path: Path) -> None:
    # Five versions of the answer come first, then six other sentences, then the sixth version of the answer, in French.
    cosines = {BUDGET[language]: 0.9 for language in Language} | {BUDGET["fr"]: 0.1}
    cosines |= {WATER[language]: 0.5 for language in Language}
    asked = load_asked_rows(write_lines(tmp_path / "asked.jsonl", {"row": key(BUDGET), **ASKED}))
    found = find(TableEncoder(cosines), asked, pool_of(asked, [BUDGET, SCHOOL], [WATER]))
    assert found.mean_average_precision == pytest.approx(dict.fromkeys(("all", *Language), (5 * 1 + 6 / 12) / 6))
    assert found.ndcg == pytest.approx({**dict.fromkeys(Language, 1.0), "fr": 1 / np.log2(3)})


def test_questions_and_translations_by_the_model_that_ships(
    data_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = read_sources(data_folder)
    split = split_development(sources)
    asked = load_asked_rows(
        write_lines(tmp_path / "asked.jsonl", {"row": key(BUDGET), **ASKED}, {"row": key(SCHOOL), **SCHOOL})
    )
    model, _ = static_model(EMBEDDED_MODEL, "embedded")
    translations = translations_section([model], split)
    assert {name: (each["rows"], each["rows_of_source"]) for name, each in translations.items()} == {
        "unpc_dev": (2, 2),
        "tico19": (1, 1),
    }
    themselves = translations["unpc_dev"]["models"]["embedded"]["among_themselves"]
    assert themselves["mean"] == 1.0
    assert len(themselves) == 31
    questions = questions_section([model], asked, [row for rows in sources.values() for row in rows], split)
    assert (questions["questions"], questions["sentences"]) == (2, 3)
    found = questions["models"]["embedded"]
    assert set(found["mean_average_precision"]) == {"all", *Language}
    assert found["mean_average_precision"]["all"] > 0.9
    assert min(found["ndcg"].values()) == 1.0
    printed = capsys.readouterr().out
    assert "P@1 of 2 development rows of unpc_dev, 30 directions" in printed
    assert "2 questions in each language, 3 sentences in each" in printed


FULL_LINE = json.dumps({"row": "0123456789ab", **ASKED})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "holds no question"),
        ("\n\n", "holds no question"),
        ("{", "line 1: this is not JSON"),
        ("[]", "line 1: a line is an object with the texts row, ar, en, es, fr, ru, zh"),
        (f'{FULL_LINE}\n{{"row": "ab", "en": "Who?"}}', "line 2: a line is an object"),
        (FULL_LINE.replace(ASKED["en"], " "), "line 1: a line is an object"),
        (f"{FULL_LINE}\n{FULL_LINE}", "line 2: the row 0123456789ab is asked about twice"),
    ],
)
def test_a_file_of_questions_that_is_not_right_is_named_with_its_line(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "asked.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(QuestionError, match=said):
        load_asked_rows(path)
    with pytest.raises(QuestionError, match=r"none\.jsonl: the questions cannot be read \(No such file"):
        load_asked_rows(tmp_path / "none.jsonl")


def test_the_questions_that_ship_are_right() -> None:
    assert all(re.fullmatch("[0-9a-f]{12}", each.row) for each in load_asked_rows())


def test_rows_that_the_data_lack_are_counted(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "asked.jsonl", *({"row": row, **ASKED} for row in ("0" * 12, key(WATER), "1" * 12)))
    with pytest.raises(QuestionError, match=r"lack 2 of the 3 rows that are asked about \(000000000000 is the first\)"):
        pool_of(load_asked_rows(path), [WATER], [])
    # A row in fewer than six languages cannot be asked about in all of them.
    with pytest.raises(QuestionError, match="lack 3 of the 3"):
        pool_of(load_asked_rows(path), [{language: WATER[language] for language in ("en", "fr")}], [])


@pytest.mark.parametrize("language", [Language.EN, Language.ZH, Language.AR])
def test_paragraphs_have_sixty_tokens_and_differ(language: Language) -> None:
    text = "\n".join(p.read_text(encoding="utf-8") for p in sorted((SOURCES / language).glob("*60_27*")))
    found = paragraphs_of(text, 300)
    assert len(found) == 300
    tokens = [count_tokens(paragraph) for paragraph in found]
    # A character more or a word more would be too many.
    assert all(TOKENS - 15 < count <= TOKENS for count in tokens)
    assert np.mean(tokens) > TOKENS - 3
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("text", ["water", "水"])
def test_a_short_text_is_repeated(text: str) -> None:
    assert paragraphs_of(text, 3) == [text] * 3


def test_paragraphs_of_nothing_are_an_error() -> None:
    with pytest.raises(LibraryError, match="hold no words"):
        paragraphs_of(" \n", 3)


def test_speed_is_measured_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_speed, "RUNS", 2)
    speed = measure(EMBEDDED_MODEL, None, {"two": [WATER["en"], WATER["zh"]]}, [ASKED["en"]])
    assert dict(speed.texts) == {"two": 2}
    assert min(speed.load_s, speed.query_s, *speed.rates.values()) > 0


def test_a_model_that_cannot_be_opened_says_so_from_its_process(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"The speed of .* cannot be measured \(.*EncoderError: The static model"):
        measure(tmp_path, None, {}, ["Who?"])


def test_texts_are_encoded_once() -> None:
    class Counting(HashEncoder):
        seen: tuple[str, ...] = ()

        def encode_passages(self, texts):  # type: ignore[no-untyped-def]
            self.seen += tuple(texts)
            return super().encode_passages(texts)

    counting = Counting()
    remembering = Remembering(counting, "counting")
    once = remembering.encode_passages(["a b", "c", "a b"])
    assert np.array_equal(once[[0, 1, 0]], remembering.encode_passages(["a b", "c", "a b"]))
    assert np.array_equal(once, HashEncoder().encode_passages(["a b", "c", "a b"]))
    assert counting.seen == ("a b", "c")
    assert remembering.encode_passages([]).shape == (0, counting.dimensions)


# Questions to paragraphs.


@pytest.fixture(scope="module")
def pools(encoder: StaticEncoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Language, Pool]]:
    """A short resolution in English and in Chinese, a pool each."""
    folder = tmp_path_factory.mktemp("corpus")
    for name in ("en/A_HRC_RES_60_27.md", "zh/A_HRC_RES_60_27.txt"):
        (folder / name).parent.mkdir()
        (folder / name).write_bytes((SOURCES / name).read_bytes())
    with library_of([folder / "en"], encoder) as english, library_of([folder / "zh"], encoder) as chinese:
        yield {Language.EN: Pool(english, Language.EN), Language.ZH: Pool(chinese, Language.ZH)}


def test_a_query_without_structure_keeps_the_words(encoder: StaticEncoder) -> None:
    query = plain_query(question("60/27 1", question="What does 60/27 ask of OHCHR at the sixty-third session?"))
    assert (query.symbols, query.bodies, query.sessions, query.terms, query.numbers) == ((), (), (), (), ())
    assert {"60/27", "ohchr"} <= {word.stem for word in query.content}
    assert "60/27" in query.content_text


@pytest.mark.parametrize(
    ("method", "asked", "gold", "language", "found"),
    [
        ("embedded: vectors", "an online hub of knowledge", "60/27 6", "en", True),
        ("BM25", "virtual knowledge hub", "60/27 6", "en", True),
        ("BM25", "virtual knowledge hub", "60/27 6", "zh", False),
        ("embedded: late interaction", "virtual knowledge hub", "60/27 6", "en", True),
        ("embedded: late interaction", "virtual knowledge hub", "60/27 6", "zh", True),
        ("late interaction + BM25", "virtual knowledge hub", "60/27 6", "en", True),
        ("all evidence, no structure", "virtual knowledge hub", "60/27 6", "en", True),
        ("all evidence, no structure", "virtual knowledge hub", "60/27 6", "zh", True),
        ("BM25", "zebra", "60/27 6", "en", False),
    ],
)
def test_each_method_finds_what_it_can(
    pools: dict[Language, Pool], method: str, asked: str, gold: str, language: str, found: bool
) -> None:
    model, static = static_model(EMBEDDED_MODEL, "embedded")
    chosen = methods_of([model], static)[method]
    assert encoder_passages.finds(chosen, question(gold, question=asked), pools[Language(language)]) is found


def test_reporting_questions_are_only_counted(pools: dict[Language, Pool], capsys: pytest.CaptureFixture[str]) -> None:
    asked = question("60/27 6", id="d-1", question="virtual knowledge hub")
    hidden = replace(asked, id="r-1", split="report", language=Language.ZH, question="虚拟知识中心")
    figures = paragraphs_section(
        {"BM25": encoder_passages.lexical}, Searched([asked], [hidden, replace(hidden, id="r-2")]), pools
    )
    assert figures["questions"] == {"all": 1, "en": 1, "report": 2}
    assert figures["paragraphs in the language of the question"] == {"BM25": {"all": 1, "en": 1, "report": 2}}
    assert figures["Chinese paragraphs alone"] == {"BM25": {"all": 0, "en": 0, "report": 2}}
    printed = capsys.readouterr().out
    assert "all (1)  en (1)  report (2)" in printed
    assert "r-1" not in printed
    assert "虚拟" not in printed


def test_tables_are_aligned() -> None:
    assert aligned([["", "a", "bb"], ["long", "1", "22"], ["x", "333", "4"]]) == (
        "        a  bb\nlong    1  22\nx     333   4"
    )


# The command.


@pytest.mark.parametrize(
    ("arguments", "corpus", "said"),
    [
        (["--data", "nowhere"], None, "nowhere"),
        (["--encoder", "nowhere"], None, "The static model in 'nowhere' cannot be read"),
        (["--model", "nowhere/none"], None, "The encoder 'nowhere/none' cannot be loaded (neither a folder nor"),
        (["--json", "."], None, "--json . cannot be written"),
        (["--model", str(EMBEDDED_MODEL)], "none", "NMIRF_CORPUS is none"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_sentence(
    arguments: list[str],
    corpus: str | None,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    if corpus:
        monkeypatch.setenv("NMIRF_CORPUS", corpus)
    assert main(arguments) == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1


def test_the_command_prints_the_sections_and_writes_the_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in SOURCES.glob("*/A_HRC_RES_60_27.*"):
        copied = tmp_path / "corpus" / path.parent.name / path.name
        copied.parent.mkdir(parents=True)
        copied.write_bytes(path.read_bytes())
    monkeypatch.setenv("NMIRF_CORPUS", str(tmp_path / "corpus"))
    monkeypatch.setattr(bench_encoder, "OF_THE_TUTORIALS", "no-such-model")
    monkeypatch.setattr(bench_encoder, "TEXTS", 60)
    monkeypatch.setattr(encoder_speed, "RUNS", 1)
    assert main(["--json", str(tmp_path / "figures.json")]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(
        "no-such-model is not in the local cache; compare with any model by --model PATH_OR_NAME."
    )
    assert "Translations and questions to sentences need --data" in printed
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert figures["speed"]["embedded"]["texts"] == {"English": 60, "six languages": 60}
    assert figures["speed"]["embedded"]["dimensions"] == StaticEncoder().dimensions
    assert 0 < figures["late"]["median_s"] <= figures["late"]["longest_s"]
    assert f"over {figures['late']['paragraphs']} paragraphs" in printed
    own, chinese = (counts for way, counts in figures["paragraphs"].items() if way != "questions")
    questions = figures["paragraphs"]["questions"]
    for counts in (*own.values(), *chinese.values()):
        assert set(counts) == {"all", *Language, "report"}
        assert counts["all"] == sum(counts[language] for language in Language)
        assert all(0 <= counts[name] <= questions[name] for name in counts)
    # One pool and the other are the same for the Chinese questions.
    assert {name: counts["zh"] for name, counts in own.items()} == {
        name: counts["zh"] for name, counts in chinese.items()
    }


def test_another_model_is_called_by_the_end_of_its_path() -> None:
    model = other_model(str(EMBEDDED_MODEL))
    assert model.label == "encoder/model"
    assert model.folder == EMBEDDED_MODEL
    with pytest.raises(NmirfError, match="cannot be loaded"):
        other_model("nowhere/none")
