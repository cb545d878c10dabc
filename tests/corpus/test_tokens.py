"""The encoding nmirf_un: it counts any text, the same everywhere, without the network."""

import base64
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tiktoken
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.errors import NmirfError
from corpus.language import Language
from corpus.tokens import (
    ENCODING_NAME,
    PATTERN,
    RANKS_FILE,
    RANKS_SHA256,
    TokensError,
    count_tokens,
    read_ranks,
)
from corpus.tokens.train import common_han, main, ranks_file, shared_documents, tokens_per_character, train

ROOT = Path(__file__).parents[2]

ROWS = {
    "ar": "وإذ يضع في اعتباره قرار مجلس حقوق الإنسان ٦٠/٢٧، المؤرَّخ ٨ تشرين الأول/أكتوبر ٢٠٢٥",
    "en": "Requests the Office of the High Commissioner to report to the Council at its sixty-third session",
    "es": "Exhorta a los Estados a que establezcan mecanismos nacionales; véase A/HRC/57/73 (párr. 8 b))",
    "fr": "Prie le Haut-Commissariat d’aider les États qui en font la demande, s'agissant de l'ONU\u00a0:",
    "ru": "Призывает государства создать национальные механизмы осуществления, представления докладов и ё",
    "zh": "请高级专员办事处编写报告，提交人权理事会第六十三届会议（A/HRC/63/二〇二六）",
    "emoji": "👩🏽‍⚖️ 🇺🇳 ❤️",
    "control characters": "\x00\x07\x1b[0m\x7f\x85\u200f\u202e\ufeff\uffff",
    "space": " \t\r\n\n \u3000\u2028 ",
    "special tokens of others": "<|endoftext|><|im_start|>",
    "broken Chinese character": "\u4e00\ufffd𠀀",
}

texts = st.one_of(st.text(), st.lists(st.sampled_from([*ROWS.values(), "\n", " "])).map("".join))


def _encoding() -> tiktoken.Encoding:
    return tiktoken.get_encoding(ENCODING_NAME)


@pytest.mark.parametrize("text", ROWS.values(), ids=ROWS.keys())
def test_rows_round_trip(text: str) -> None:
    assert _encoding().decode(_encoding().encode(text)) == text


@given(texts)
def test_any_text_round_trips(text: str) -> None:
    assert _encoding().decode(_encoding().encode(text)) == text


@given(texts)
def test_a_count_lies_between_none_and_the_bytes(text: str) -> None:
    assert bool(text) <= count_tokens(text) <= len(text.encode())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        (" ", 1),
        ("\n\n", 1),
        (" Human Rights Council", 3),
        ("人权理事会", 1),
        ("\ud800", 3),  # half a surrogate pair, as a damaged PDF may give: counted as U+FFFD
    ],
)
def test_counts(text: str, expected: int) -> None:
    assert count_tokens(text) == expected


# Not so for any cut: merging is greedy, and now and then a word costs one token more than its two halves.
# Chunks are made of paragraphs, and for those the sum is exact.
@given(texts, texts, st.sampled_from(["\n", "\r\n", "\n\n"]))
@example("ends with a point.", "  begins with spaces", "\n")
@example("决议", "HRC", "\n")
@example("trailing spaces   ", "x", "\n\n")
def test_counts_of_lines_add_up(above: str, below: str, line_break: str) -> None:
    above, below = above.rstrip("\r\n"), below.lstrip("\r\n")
    whole = count_tokens(above + line_break + below)
    assert whole == count_tokens(above) + count_tokens(line_break) + count_tokens(below)


@pytest.mark.parametrize("run", ["a", "Aa", "A", " ", "\n", "\u0301", "-", "权", "ا", "7", "👩‍"])
def test_long_runs_are_counted(run: str) -> None:
    # With tiktoken's own encodings some of these end in a panic, which is no Exception.
    assert count_tokens(run * 300_000) > 0


def test_every_common_chinese_character_is_one_token() -> None:
    characters = common_han()
    assert len(characters) == 3_755
    assert [character for character in characters if count_tokens(character) != 1] == []


def test_the_documents_cost_about_the_same_in_every_language() -> None:
    documents = shared_documents().values()
    cost = {language: sum(count_tokens(texts_in[language]) for texts_in in documents) for language in Language}
    assert {language: n for language, n in cost.items() if not 0.6 <= n / cost[Language.EN] <= 1.4} == {}


def test_ranks_file_is_the_one_released() -> None:
    content = RANKS_FILE.read_bytes()
    assert hashlib.sha256(content).hexdigest() == RANKS_SHA256
    assert len(content) <= 400_000
    ranks = read_ranks()
    assert sorted(ranks.values()) == list(range(len(ranks)))
    assert all(ranks[bytes([byte])] == byte for byte in range(256))
    assert ranks_file(sorted(ranks, key=ranks.__getitem__)) == content


@pytest.mark.parametrize("content", [None, b"", b"YQ== 0\n"], ids=["missing", "empty", "another"])
def test_damaged_ranks_are_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / RANKS_FILE.name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TokensError, match="install the package again") as error:
        read_ranks(path)
    assert isinstance(error.value, NmirfError)
    assert str(path) in str(error.value)


def test_the_namespace_package_is_shared_with_tiktoken() -> None:
    assert not (ROOT / "tiktoken_ext" / "__init__.py").exists()
    assert {ENCODING_NAME, "o200k_base"} <= set(tiktoken.list_encoding_names())


_IN_A_FRESH_PROCESS = """
import socket

def refuse(*arguments, **options):
    raise AssertionError("the network was used")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse

import tiktoken
from corpus.tokens import count_tokens

encoding = tiktoken.get_encoding("nmirf_un")
text = "Human Rights Council 人权理事会"
assert encoding.decode(encoding.encode(text)) == text
assert encoding.encode("<|endoftext|>")
assert len(encoding.encode(text)) == count_tokens(text)
print(count_tokens(text))
"""


def test_without_network_nothing_is_downloaded_or_cached(tmp_path: Path) -> None:
    folder, temporary = tmp_path / "elsewhere", tmp_path / "tmp"
    folder.mkdir()
    temporary.mkdir()
    environment = {k: v for k, v in os.environ.items() if k not in {"TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"}}
    environment |= {"PYTHONPATH": str(ROOT), "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", _IN_A_FRESH_PROCESS],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stderr, done.stdout.strip()) == ("", str(count_tokens("Human Rights Council 人权理事会")))
    assert list(folder.iterdir()) == []
    assert list(temporary.iterdir()) == []


def test_training_twice_gives_the_same_ranks() -> None:
    rows = list(ROWS.values()) * 3
    tokens = train(rows, vocabulary=400)
    assert tokens == train(rows, vocabulary=400)
    assert len(tokens) == len(set(tokens)) == 400
    assert train([], vocabulary=400) == [bytes([byte]) for byte in range(256)]


def test_training_learns_no_piece_across_a_line_or_between_scripts() -> None:
    tokens = train(["决议HRC，决议.\n"] * 5)
    encoding = tiktoken.Encoding(
        "test", pat_str=PATTERN, mergeable_ranks={t: n for n, t in enumerate(tokens)}, special_tokens={}
    )
    pieces = encoding.decode_tokens_bytes(encoding.encode("决议HRC，决议.\n"))
    assert [piece.decode() for piece in pieces] == ["决议", "HRC", "，", "决议", ".", "\n"]


def test_training_command_writes_the_file_and_tells_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "small.tiktoken"
    assert main(["--vocabulary", "300", "--output", str(output)]) == 0
    content = output.read_bytes()
    printed = capsys.readouterr().out
    assert hashlib.sha256(content).hexdigest() + " (new: set RANKS_SHA256" in printed
    assert [line.split()[0] for line in printed.splitlines()[-6:]] == list(Language)
    assert content.splitlines()[0].split() == [base64.b64encode(b"\x00"), b"0"]
    assert len(read_ranks(output, hashlib.sha256(content).hexdigest())) == 300


def test_more_tokens_make_texts_shorter() -> None:
    documents = {"row": {language: ROWS[language] * 2 for language in Language}}
    rows = [text for texts_by_language in documents.values() for text in texts_by_language.values()]
    few, many = (tokens_per_character(train(rows, size), documents) for size in (280, 500))
    assert all(many[language] < few[language] for language in Language)
