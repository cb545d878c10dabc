"""The command line as a user runs it: a process of its own, a folder of its own, exit codes, bad input."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from corpus.encoder import EMBEDDED_MODEL, load_encoder
from tests.conftest import SOURCES

MAIN = "from assistant.cli import main; main()"


def run(
    home: Path, *arguments: str, stdin: str | None = None, code: str = MAIN, **settings: str
) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NMIRF_")}
    environment |= {"NMIRF_HOME": str(home), "PYTHONWARNINGS": "default", "PYTHONIOENCODING": "utf-8", **settings}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, env=environment, input=stdin, capture_output=True, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the first question has been asked, so that the corpus is ingested."""
    folder = tmp_path_factory.mktemp("home") / "new"
    first = run(folder, "ask", "What does 60/27 request of OHCHR?", "--json")
    assert first.returncode == 0, first.stderr
    assert "30/30" in first.stderr
    assert [c["paragraph"] for c in json.loads(first.stdout)["citations"]] == ["5", "7", "8"]
    return folder


def ask(home: Path, question: str, *options: str) -> Mapping[str, Any]:
    result = run(home, "ask", question, "--json", *options)
    reply: Mapping[str, Any] = json.loads(result.stdout)
    assert result.returncode == (0 if reply["status"] == "answered" else 3), result.stderr
    return reply


QUESTIONS = [
    ("60/27 op5", "en", "A/HRC/RES/60/27", "5"),
    ("الفقرة 5 من القرار 60/27", "ar", "A/HRC/RES/60/27", "5"),
    ("60/27第8段(b)项", "zh", "A/HRC/RES/60/27", "8(b)"),
    ("Quelle est la date d'adoption de la résolution 54/28 ?", "fr", "A/HRC/RES/54/28", "adoption"),
    ("¿Quién votó en contra de la 56/2?", "es", "A/HRC/RES/56/2", "vote"),
    ("О чем резолюция 36/29?", "ru", "A/HRC/RES/36/29", "title"),
]


@pytest.mark.parametrize(("question", "language", "symbol", "paragraph"), QUESTIONS)
def test_a_question_is_answered_in_its_language(
    home: Path, question: str, language: str, symbol: str, paragraph: str
) -> None:
    reply = ask(home, question)
    assert (reply["language"], reply["status"], reply["reason"]) == (language, "answered", None)
    first = reply["citations"][0]
    assert (first["symbol"], first["paragraph"], first["language"]) == (symbol, paragraph, language)
    assert first["official"] is (language == "zh")
    assert first["url"] == f"https://undocs.org/{language}/{symbol}"
    shown = json.loads(run(home, "show", symbol, "--language", language, "--json").stdout)
    assert first["text"] in [p["text"] for p in shown["paragraphs"] if p["paragraph"] == paragraph]


def test_a_question_may_follow_others(home: Path) -> None:
    reply = ask(home, "and by when?", "--after", "What does 60/27 ask of OHCHR?")
    assert reply["question"] == "and by when?"
    assert reply["read_as"] == "What does 60/27 ask of OHCHR? and by when?"
    assert [c["paragraph"] for c in reply["citations"][:2]] == ["7", "8"]
    printed = run(home, "ask", "et la 54/28 ?", "--after", "La 60/27 a-t-elle été adoptée sans vote ?")
    assert printed.stdout.startswith("*Question comprise ainsi : La 54/28 a-t-elle été adoptée sans vote ?*")
    assert ask(home, "60/27 op5")["read_as"] is None


def test_earlier_questions_go_with_one_question(home: Path) -> None:
    result = run(home, "ask", "--input", "-", "--after", "60/27?", stdin="why?\n")
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "--after goes with one question" in result.stderr


def test_who_names_the_head_is_told_what_is_asked_of_the_office(home: Path) -> None:
    head, office = (
        [(c["symbol"], c["paragraph"]) for c in ask(home, f"What does 54/28 ask {body} to do?")["citations"]]
        for body in ("the High Commissioner", "OHCHR")
    )
    assert head == office
    assert ("A/HRC/RES/54/28", "18") in head


ABSTENTIONS = [
    ("60/27 paragraph 14", "no_such_paragraph", "9 operative paragraphs"),
    ("paragraph 3 of resolution 51/33", "named_but_not_held", "51/33"),
    ("What does Security Council resolution 1325 request?", "not_in_corpus", "1325"),
    ("How do I bake sourdough bread?", "off_topic", "does not answer"),
    ("paragraph 5", "ambiguous", "A/HRC/RES/60/27"),
]


@pytest.mark.parametrize(("question", "reason", "said"), ABSTENTIONS)
def test_an_abstention_says_why(home: Path, question: str, reason: str, said: str) -> None:
    reply = ask(home, question)
    assert (reply["status"], reply["reason"]) == ("abstained", reason)
    assert said in reply["text"].replace("\\", "")


def test_all_deadlines_of_a_resolution_are_given(home: Path) -> None:
    reply = ask(home, "What are the reporting deadlines of 56/2?")
    assert {"31", "33"} <= {c["paragraph"] for c in reply["citations"]}
    assert "sixty-third" in reply["text"]
    assert "fifty-ninth" in reply["text"]


def test_all_texts_adopted_without_a_vote_are_given(home: Path) -> None:
    reply = ask(home, "Which resolutions were adopted without a vote?")
    assert {c["symbol"] for c in reply["citations"]} == {
        "A/HRC/RES/36/29",
        "A/HRC/RES/54/28",
        "A/HRC/RES/60/27",
    }


def test_a_list_is_given_whole_and_in_order(home: Path) -> None:
    reply = ask(home, "Quelles sont les quatre capacités clés d’un mécanisme national ?")
    assert [c["paragraph"] for c in reply["citations"][:5]] == ["19", "19(a)", "19(b)", "19(c)", "19(d)"]


def test_a_state_is_found_in_the_vote(home: Path) -> None:
    assert "Against (1): France" in ask(home, "How did France vote on 56/2?")["text"]
    assert "反对（2）：日本、美利坚合众国" in ask(home, "美国 日本 56/2投的什么票")["text"]


def test_questions_in_a_file_are_answered_in_order(home: Path, tmp_path: Path) -> None:
    questions = ["60/27 op5", "", "Was verlangt die Resolution von den Staaten und wer berichtet?", "56/2第33段"]
    file = tmp_path / "questions.txt"
    file.write_text("\n".join(questions) + "\n", encoding="utf-8")
    from_file = run(home, "ask", "--json", "--input", str(file))
    from_stdin = run(home, "ask", "--json", "--input", "-", stdin=file.read_text(encoding="utf-8"))
    assert from_file.returncode == from_stdin.returncode == 0
    assert from_file.stdout == from_stdin.stdout
    replies = [json.loads(line) for line in from_file.stdout.splitlines()]
    assert [r["question"] for r in replies] == questions
    assert [r["status"] for r in replies] == ["answered", "abstained", "abstained", "answered"]
    assert "none of the six" in replies[2]["error"]


BAD_INPUT: list[tuple[list[str], str]] = [
    (["ask", ""], "empty"),
    (["ask", "x" * 100_000], "characters"),
    (["ask", "\x01\x02\x03"], "empty"),
    (["ask", "Was verlangt die Resolution 60/27 vom Amt des Hohen Kommissars?"], "none of the six"),
    (["ask"], "one question"),
    (["ask", "a", "--input", "b"], "one question"),
    (["ask", "--json", "--input", "/no/such/file"], "cannot be read"),
    (["ask", "60/27", "--language", "de"], "six languages"),
    (["show", "A/HRC/RES/99/99"], "does not hold"),
    (["show", "hello"], "does not hold"),
    (["ingest", "/no/such/folder"], "no such file"),
    (["chat", "--host", "0.0.0.0", "--port", "1"], "password"),
]


@pytest.mark.parametrize(("arguments", "said"), BAD_INPUT, ids=lambda value: str(value)[:40])
def test_bad_input_gets_one_sentence_and_exit_code_2(home: Path, arguments: list[str], said: str) -> None:
    result = run(home, *arguments)
    assert result.returncode == 2, result.stderr
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""


def test_bad_files_are_named_and_the_rest_is_ingested(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "good.md").write_bytes((SOURCES / "en/A_HRC_RES_36_29.md").read_bytes())
    (folder / "empty.txt").write_bytes(b"")
    (folder / "binary.txt").write_bytes(b"\x00\x01\x02")
    (folder / "latin1.txt").write_bytes("résolution".encode("latin-1"))
    (folder / "letter.txt").write_text("Dear colleagues, the meeting of the committee is on Monday.", encoding="utf-8")
    result = run(tmp_path / "home", "ingest", str(folder), "--json")
    reports = {Path(r["path"]).name: r for r in map(json.loads, result.stdout.splitlines())}
    statuses = {name: report["status"] for name, report in reports.items()}
    assert statuses == {
        "good.md": "added",
        "empty.txt": "failed",
        "binary.txt": "failed",
        "latin1.txt": "failed",
        "letter.txt": "quarantined",
    }
    for name, said in {
        "empty.txt": "empty",
        "binary.txt": "binary",
        "latin1.txt": "UTF-8",
        "letter.txt": "symbol",
    }.items():
        assert said in reports[name]["issues"][0]["message"]
    assert result.returncode == 1
    again = run(tmp_path / "home", "ingest", str(folder), "--json")
    assert '"added"' not in again.stdout
    assert '"unchanged"' in again.stdout


def test_unknown_settings_and_unusable_homes_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    newer = tmp_path / "newer"
    newer.mkdir()
    connection = sqlite3.connect(newer / "library.sqlite")
    connection.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
    connection.execute("INSERT INTO meta VALUES ('schema', '999')")
    connection.commit()
    connection.close()
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "library.sqlite").write_bytes(b"no database at all, but some other file" * 100)
    rows = [
        (run(tmp_path / "h", "ask", "60/27", NMIRF_COLOUR="blue"), "NMIRF_COLOUR"),
        (run(tmp_path / "h", "ask", "60/27", NMIRF_CORPUS="/no/such/folder"), "NMIRF_CORPUS"),
        (run(file, "ask", "60/27"), "cannot be used"),
        (run(newer, "ask", "60/27"), "newer version"),
        (run(broken, "ask", "60/27"), "damaged"),
    ]
    for result, said in rows:
        assert result.returncode == 2, result.stderr
        assert said in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1


def test_an_empty_library_holds_nothing(tmp_path: Path) -> None:
    result = run(tmp_path, "ask", "60/27 op5", "--json", NMIRF_CORPUS="none")
    assert (result.returncode, json.loads(result.stdout)["reason"]) == (3, "not_in_corpus")


def test_a_home_that_lost_its_vectors_goes_on(home: Path) -> None:
    for file in sorted((home / "vectors").rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    assert ask(home, "60/27 op5")["status"] == "answered"
    assert run(home, "ingest").returncode == 0
    assert any((home / "vectors").iterdir())


# Encoded anew.


@pytest.fixture
def copied(home: Path, tmp_path: Path) -> Path:
    """A home of its own that holds the shipped documents."""
    shutil.copytree(home, tmp_path / "home")
    return tmp_path / "home"


def index_id(home: Path) -> str:
    connection = sqlite3.connect(home / "library.sqlite")
    (identity,) = connection.execute("SELECT value FROM meta WHERE key = 'index'").fetchone()
    connection.close()
    return str(identity)


def test_documents_are_encoded_anew_without_their_files(copied: Path) -> None:
    before, answer = index_id(copied), ask(copied, "60/27 op5")
    result = run(copied, "ingest", "--rebuild", NMIRF_CORPUS="none")
    assert result.returncode == 0, result.stderr
    encoded, total = result.stdout.splitlines()
    assert encoded.startswith("Encoded 30 documents anew with embedded:")
    assert encoded.endswith(".")
    assert "interrupted" not in encoded
    assert total == "Total: no files."
    bars = [line.split()[:2] for line in result.stderr.splitlines() if line]
    assert bars == [["Encoding", "paragraphs"], ["Indexing", "vectors"]]
    assert index_id(copied) != before
    assert ask(copied, "60/27 op5") == answer


def test_after_encoding_anew_the_corpus_is_ingested_as_ever(copied: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    text = (SOURCES / "en/A_HRC_RES_60_27.md").read_text(encoding="utf-8")
    (corpus / "new.md").write_text(text.replace("symbol: A/HRC/RES/60/27", "symbol: A/HRC/RES/60/99"), encoding="utf-8")
    result = run(copied, "ingest", "--rebuild", "--json", NMIRF_CORPUS=str(corpus))
    assert (result.returncode, result.stderr) == (0, "")
    rebuilt, added = map(json.loads, result.stdout.splitlines())
    assert rebuilt.pop("encoder").startswith("embedded:")
    assert rebuilt == {"status": "rebuilt", "documents": 30, "already_done": 0}
    assert (added["status"], added["symbol"]) == ("added", "A/HRC/RES/60/99")
    again = run(copied, "ingest", "--rebuild", "--json", str(corpus))
    assert [json.loads(line)["status"] for line in again.stdout.splitlines()] == ["rebuilt", "replaced"]
    assert json.loads(again.stdout.splitlines()[0])["documents"] == 31


def test_a_missing_path_is_told_before_anything_is_encoded(copied: Path) -> None:
    before = index_id(copied)
    result = run(copied, "ingest", "--rebuild", "/no/such/folder")
    assert result.returncode == 2
    assert "no such file" in result.stderr
    assert index_id(copied) == before


# The third call of a function is that during which Ctrl-C is pressed.
INTERRUPTED = """
import os, signal
from {module} import {name}
of, calls = {name}.{function}, []
def interrupted(*arguments):
    calls.append(1)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGINT)
    return of(*arguments)
{name}.{function} = interrupted
from assistant.cli import main
main()
"""


@pytest.mark.parametrize(
    ("module", "name", "function", "said", "resumes"),
    [
        pytest.param(
            *("corpus.encoder", "StaticEncoder", "encode_passages"),
            "the old index is in use; run nmirf ingest --rebuild again to go on",
            True,
            id="while it encodes",
        ),
        pytest.param(
            *("corpus.vectors", "ChromaVectors", "add"),
            "what was done so far is kept; run nmirf ingest again to go on",
            False,
            id="while it indexes",
        ),
    ],
)
def test_an_interruption_is_told_in_a_sentence_and_the_next_run_goes_on(
    module: str, name: str, function: str, said: str, resumes: bool, copied: Path
) -> None:
    before, answer = index_id(copied), ask(copied, "60/27 op5")
    code = INTERRUPTED.format(module=module, name=name, function=function)
    result = run(copied, "ingest", "--rebuild", "--json", code=code)
    assert (result.returncode, result.stdout) == (130, "")
    assert result.stderr == f"nmirf: Stopped: {said}.\n"
    assert (index_id(copied) == before) is resumes
    assert ask(copied, "60/27 op5") == answer
    if not resumes:
        assert run(copied, "ingest").returncode == 0
        return
    again = run(copied, "ingest", "--rebuild", "--json")
    rebuilt = json.loads(again.stdout.splitlines()[0])
    assert rebuilt["documents"] == 30
    assert 0 < rebuilt["already_done"] < 30
    assert ask(copied, "60/27 op5") == answer


def test_an_interrupted_ingest_is_told_in_a_sentence(tmp_path: Path) -> None:
    code = INTERRUPTED.format(module="corpus.encoder", name="StaticEncoder", function="encode_passages")
    result = run(tmp_path, "ingest", "--json", code=code)
    assert result.returncode == 130
    assert [json.loads(line)["status"] for line in result.stdout.splitlines()] == ["added", "added"]
    assert result.stderr == "nmirf: Stopped: what was done so far is kept; run nmirf ingest again to go on.\n"
    assert run(tmp_path, "ingest").stdout.splitlines()[-1] == "Total: 2 unchanged, 28 added."


def test_another_encoder_is_refused_until_the_documents_are_encoded_with_it(copied: Path) -> None:
    """The same model as it ships, read by sentence-transformers: another name, so another encoder to an index."""
    other = load_encoder(str(EMBEDDED_MODEL)).name
    refused = run(copied, "ask", "60/27 op5", NMIRF_ENCODER=str(EMBEDDED_MODEL))
    assert refused.returncode == 2
    last = refused.stderr.splitlines()[-1]
    assert "was made with the encoder embedded:" in last
    assert f"but {other} is in use; run nmirf ingest --rebuild to encode the documents anew" in last
    rebuilt = run(copied, "ingest", "--rebuild", "--json", NMIRF_ENCODER=str(EMBEDDED_MODEL))
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert json.loads(rebuilt.stdout.splitlines()[0])["encoder"] == other
    refused = run(copied, "ask", "60/27 op5")
    assert refused.returncode == 2
    assert f"was made with the encoder {other}, but embedded:" in refused.stderr
    assert run(copied, "ask", "60/27 op5", NMIRF_ENCODER=str(EMBEDDED_MODEL)).returncode == 0


def test_help_needs_no_heavy_import() -> None:
    code = (
        "import sys, assistant.cli\n"
        "heavy = {'torch', 'gradio', 'chromadb', 'sentence_transformers', 'langchain'} & sys.modules.keys()\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_nothing_calls_out(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise OSError('no network')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "import sys; sys.argv = ['nmirf', 'ask', '60/27 op5']\n"
        "from assistant.cli import main; main()"
    )
    environment = os.environ | {"NMIRF_HOME": str(home)}
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
    assert result.returncode == 0, result.stderr
    assert socket.socket.connect is not None
