"""The encoders: what each promises, and that the embedded model is what others read in its folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from corpus.encoder import EMBEDDED_MODEL, Encoder, StaticEncoder, load_encoder
from corpus.errors import EncoderError
from corpus.language import Language

# A sentence a row, in all six languages; every row is about something else.
TRANSLATIONS: list[dict[Language, str]] = [
    {
        Language.AR: "يطلب إلى الأمين العام أن يقدم تقريراً عن هذا القرار",
        Language.EN: "Requests the Secretary-General to submit a report on this resolution",
        Language.ES: "Solicita al Secretario General que presente un informe sobre esta resolución",
        Language.FR: "Prie le Secrétaire général de présenter un rapport sur la présente résolution",
        Language.RU: "Просит Генерального секретаря представить доклад о настоящей резолюции",
        Language.ZH: "请秘书长提交一份关于本决议的报告",
    },
    {
        Language.AR: "لكل طفل الحق في التعليم",
        Language.EN: "Every child has the right to education",
        Language.ES: "Todo niño tiene derecho a la educación",
        Language.FR: "Tout enfant a droit à l’éducation",
        Language.RU: "Каждый ребенок имеет право на образование",
        Language.ZH: "每个儿童都有受教育的权利",
    },
    {
        Language.AR: "الحصول على مياه الشرب المأمونة ومرافق الصرف الصحي",
        Language.EN: "Access to safe drinking water and sanitation",
        Language.ES: "El acceso al agua potable y al saneamiento",
        Language.FR: "L’accès à l’eau potable et à l’assainissement",
        Language.RU: "Доступ к безопасной питьевой воде и санитарии",
        Language.ZH: "获得安全饮用水和卫生设施",
    },
    {
        Language.AR: "المساواة بين الجنسين وتمكين المرأة",
        Language.EN: "Gender equality and the empowerment of women",
        Language.ES: "La igualdad de género y el empoderamiento de la mujer",
        Language.FR: "L’égalité des sexes et l’autonomisation des femmes",
        Language.RU: "Гендерное равенство и расширение прав и возможностей женщин",
        Language.ZH: "性别平等和增强妇女权能",
    },
    {
        Language.AR: "حماية اللاجئين والأشخاص المشردين داخلياً",
        Language.EN: "Protection of refugees and internally displaced persons",
        Language.ES: "La protección de los refugiados y los desplazados internos",
        Language.FR: "La protection des réfugiés et des déplacés",
        Language.RU: "Защита беженцев и внутренне перемещенных лиц",
        Language.ZH: "保护难民和境内流离失所者",
    },
]
TEXTS = [text for row in TRANSLATIONS for text in row.values()]
BLANK = ["", "   ", "\n\t", "\u200b", "\u00a0"]
ODD = ["١٢٣ 60/27 A/HRC/RES/60/27", "l’homme — «droits»", "😀 état\n\nétat", "Ëlan ЁЛКА ЙОД", "人权" * 2000]


@pytest.fixture(scope="module")
def embedded() -> StaticEncoder:
    encoder = load_encoder(None)
    assert isinstance(encoder, StaticEncoder)
    return encoder


@pytest.fixture(scope="module")
def by_path() -> Encoder:
    return load_encoder(str(EMBEDDED_MODEL))


@pytest.fixture(params=["embedded", "by_path"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    chosen: Encoder = request.getfixturevalue(request.param)
    return chosen


def test_rows_are_texts_of_length_1(encoder: Encoder) -> None:
    for encode in (encoder.encode_passages, encoder.encode_queries):
        vectors = encode(TEXTS)
        assert vectors.shape == (len(TEXTS), encoder.dimensions)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_blank_texts_are_zeros(encoder: Encoder) -> None:
    for encode in (encoder.encode_passages, encoder.encode_queries):
        vectors = encode(["rights", *BLANK, "duties"])
        assert not vectors[1:-1].any()
        assert np.linalg.norm(vectors[[0, -1]], axis=1) == pytest.approx(1, abs=1e-5)


def test_no_texts_are_no_rows(encoder: Encoder) -> None:
    assert encoder.encode_passages([]).shape == (0, encoder.dimensions)


def test_a_vector_depends_on_its_text_alone(embedded: StaticEncoder) -> None:
    many = embedded.encode_passages(TEXTS * 20)
    again = StaticEncoder().encode_passages(TEXTS)
    assert np.array_equal(many, np.tile(again, (20, 1)))
    assert np.array_equal(embedded.encode_queries(TEXTS[7:8]), again[7:8])


def test_length_is_not_truncated(embedded: StaticEncoder) -> None:
    long = "the right to food " * 2000
    assert not np.array_equal(*embedded.encode_passages([long, long + "торговля людьми " * 200]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("RÉSOLUTION", "resolution"),
        ("l’homme", "l'homme"),
        ("مُحَمَّد", "محمد"),
        ("أإآ", "ااا"),
        ("٢٠٢٥", "2025"),
        ("ёлка", "елка"),
        ("ＡＢＣ", "abc"),
        ("human\u00a0\n rights", "human rights"),
        ("im\u00adplementation", "implementation"),
    ],
)
def test_ways_of_writing_the_same_are_one(embedded: StaticEncoder, one: str, other: str) -> None:
    assert np.array_equal(*embedded.encode_passages([one, other]))


def test_cyrillic_letters_keep_their_marks(embedded: StaticEncoder) -> None:
    assert not np.array_equal(*embedded.encode_passages(["мой", "мои"]))


@pytest.mark.parametrize(("one", "other"), list(permutations(Language, 2)))
def test_translations_are_nearer_than_other_texts(embedded: StaticEncoder, one: Language, other: Language) -> None:
    questions = embedded.encode_queries([row[one] for row in TRANSLATIONS])
    passages = embedded.encode_passages([row[other] for row in TRANSLATIONS])
    assert (questions @ passages.T).argmax(axis=1).tolist() == list(range(len(TRANSLATIONS)))


def test_sentence_transformers_reads_the_same(embedded: StaticEncoder, by_path: Encoder) -> None:
    texts = TEXTS + BLANK + ODD
    assert by_path.dimensions == embedded.dimensions
    assert by_path.encode_passages(texts) == pytest.approx(embedded.encode_passages(texts), abs=1e-5)


def test_sentence_transformers_needs_no_loader_of_ours(embedded: StaticEncoder) -> None:
    from sentence_transformers import SentenceTransformer

    vectors = SentenceTransformer(str(EMBEDDED_MODEL)).encode(TEXTS, show_progress_bar=False)
    assert vectors == pytest.approx(embedded.encode_passages(TEXTS), abs=1e-5)


def test_model2vec_reads_the_same(embedded: StaticEncoder) -> None:
    from model2vec import StaticModel

    texts = TEXTS + BLANK + ODD
    vectors = StaticModel.from_pretrained(EMBEDDED_MODEL).encode(texts)
    assert vectors == pytest.approx(embedded.encode_passages(texts), abs=1e-5)


@pytest.mark.parametrize(
    ("text", "written"),
    [("Human rights 😀", "human rights"), ("国家机制", "国家机制"), ("", ""), ("😀", "")],
)
def test_pieces_are_those_that_are_known(embedded: StaticEncoder, text: str, written: str) -> None:
    pieces = embedded.pieces(text)
    assert "".join(pieces).replace("▁", " ").strip() == written
    assert len(pieces) == len(embedded.piece_ids([text])[0])


def test_names_tell_models_apart(embedded: StaticEncoder, by_path: Encoder) -> None:
    assert re.fullmatch(r"embedded:[0-9a-f]{12}", embedded.name)
    assert StaticEncoder().name == embedded.name
    assert re.fullmatch(rf"sentence-transformers:{re.escape(str(EMBEDDED_MODEL))}:[0-9a-f]{{12}}", by_path.name)


def test_a_model_that_is_changed_in_its_folder_has_another_name(tmp_path: Path, by_path: Encoder) -> None:
    folder = tmp_path / "model"
    shutil.copytree(EMBEDDED_MODEL, folder)
    first = load_encoder(str(folder)).name
    assert first.rsplit(":", 1)[1] == by_path.name.rsplit(":", 1)[1]
    arrays = load_file(folder / "model.safetensors")
    arrays["weights"][5] *= 2
    save_file(arrays, folder / "model.safetensors")
    assert load_encoder(str(folder)).name != first


def test_the_embedded_encoder_needs_no_model_library() -> None:
    code = (
        "import sys; from corpus.encoder import load_encoder; load_encoder(None).encode_queries(['text']);"
        "print(sorted({'torch', 'transformers', 'sentence_transformers', 'model2vec'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_model_is_small_and_has_a_card() -> None:
    assert sum(path.stat().st_size for path in EMBEDDED_MODEL.rglob("*") if path.is_file()) < 15_000_000
    card = (EMBEDDED_MODEL / "README.md").read_text(encoding="utf-8")
    for heading in ("Figures", "Recipe", "Limits", "Training data", "Licence"):
        assert f"\n## {heading}\n" in card


@pytest.mark.parametrize("name", ["", "  ", "no-such/model", "./no/such/folder", os.curdir])
def test_a_model_that_cannot_be_loaded_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr("socket.getaddrinfo", lambda *address, **options: asked.append(address))
    with pytest.raises(EncoderError, match=re.escape(repr(name))) as raised:
        load_encoder(name)
    assert "leave the setting out" in str(raised.value)
    assert not asked


@pytest.mark.parametrize("damaged", ["model.safetensors", "tokenizer.json"])
def test_a_damaged_model_is_an_error(tmp_path: Path, damaged: str) -> None:
    for name in ("model.safetensors", "tokenizer.json"):
        (tmp_path / name).write_bytes((EMBEDDED_MODEL / name).read_bytes())
    (tmp_path / damaged).write_bytes(b"{}")
    with pytest.raises(EncoderError, match=re.escape(repr(str(tmp_path)))):
        StaticEncoder(tmp_path)


@pytest.mark.parametrize(
    ("folder", "prompts", "different"),
    [
        ("multilingual-e5-small", {}, True),
        ("multilingual-e5-large-instruct", {}, False),
        ("gte5-base", {}, False),
        ("asks-and-answers", {"query": "question: ", "document": ""}, True),
    ],
)
def test_prompts_are_respected(tmp_path: Path, folder: str, prompts: dict[str, str], different: bool) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(EMBEDDED_MODEL), prompts=prompts)
    model.save(str(tmp_path / folder), create_model_card=False)
    encoder = load_encoder(str(tmp_path / folder))
    query = encoder.encode_queries(["water"])
    passage = encoder.encode_passages(["water"])
    assert np.array_equal(query, passage) is not different
    prefix = prompts.get("query", "query: ") if different else ""
    assert query == pytest.approx(model.encode([prefix + "water"], show_progress_bar=False), abs=1e-5)
