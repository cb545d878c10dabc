"""The command line: ``nmirf ask, show, ingest, eval, chat``. It alone touches both ingest and the assistant.

Heavy imports are late: ``--help`` needs neither gradio nor torch nor chromadb.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corpus.errors import NmirfError, QuestionError
from corpus.language import Language

if TYPE_CHECKING:
    from rich.progress import Progress

    from assistant.answer import Assistant
    from assistant.reply import Reply
    from assistant.settings import Settings
    from corpus.library import Library
    from ingest.pipeline import FileReport, Pipeline

EXIT_ABSTAINED = 3
EXIT_BAD_INPUT = 2
EXIT_FAILED = 1
EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="nmirf",
    help="Cited answers about United Nations human rights resolutions and national mechanisms, in six languages.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

LanguageOption = Annotated[
    str | None, typer.Option("--language", "-l", help="ar, en, es, fr, ru or zh; detected when not given.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """Run the command line. A known error is one sentence on standard error and exit code 2."""
    try:
        app()
    except NmirfError as error:
        print(f"nmirf: {error}", file=sys.stderr)
        sys.exit(EXIT_BAD_INPUT)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_FAILED)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question, in any of the six languages.")] = None,
    language: LanguageOption = None,
    as_json: JsonOption = False,
    source: Annotated[
        str | None, typer.Option("--input", help="A file of questions, one a line; - for standard input.")
    ] = None,
    earlier: Annotated[
        list[str] | None,
        typer.Option("--after", help="A question asked before it in the conversation; the oldest first."),
    ] = None,
) -> None:
    """Answer a question with cited paragraphs. Exit code 0 when answered, 3 when not."""
    chosen = _language(language)
    if (question is None) == (source is None):
        raise QuestionError("Give one question, or --input with a file of questions, one a line.")
    if earlier and source is not None:
        raise QuestionError("--after goes with one question; the lines of --input are asked each by itself.")
    if question is not None:
        from assistant.question import understand

        understand(question, chosen)  # bad input is refused before a library is made
    lines = _lines(source) if source is not None else None
    with _assistant() as assistant:
        if lines is not None:
            _ask_all(assistant, lines, chosen)
            return
        assert question is not None
        from assistant.render import to_json

        reply = assistant.reply(question, chosen, earlier or ())
        _print_json(to_json(reply)) if as_json else _print_reply(reply)
    from assistant.answer import is_answer

    if not is_answer(reply):
        raise typer.Exit(EXIT_ABSTAINED)


def _print_reply(reply: Reply) -> None:
    from assistant.render import escape_markdown, read_as_line, to_markdown

    read_as = read_as_line(reply)
    _print_markdown(f"*{escape_markdown(read_as)}*\n\n{to_markdown(reply)}" if read_as else to_markdown(reply))


def _ask_all(assistant: Assistant, lines: Iterator[str], language: Language | None) -> None:
    """One JSON object a line, in order; a question that cannot be asked gives an object with ``error``."""
    from assistant.render import to_json

    for line in lines:
        question = line.rstrip("\r\n")
        try:
            _print_json(to_json(assistant.reply(question, language)), indent=None)
        except QuestionError as error:
            _print_json(_refused(question, language, error), indent=None)


def _refused(question: str, language: Language | None, error: QuestionError) -> dict[str, Any]:
    """An abstention in the form of the others, so that one bad line among many stops nothing; ``error`` says why."""
    return {
        "question": question,
        "language": str(language or Language.EN),
        "status": "abstained",
        "reason": "off_topic" if question.strip() else "ambiguous",
        "kind": None,
        "text": str(error),
        "citations": [],
        "error": str(error),
    }


@app.command()
def show(symbol: str, language: LanguageOption = None, as_json: JsonOption = False) -> None:
    """Print a parsed document, with the labels that citations use."""
    from assistant.address import symbols_of
    from assistant.render import document_json, document_markdown
    from corpus.alignment import misalignment

    chosen = _language(language)
    with _assistant() as assistant:
        mentions = symbols_of(symbol)
        found = assistant.retriever.find(mentions[0]) if mentions else None
        if found is None or not found.held:
            held = ", ".join(str(s) for s in assistant.retriever.symbols()) or "nothing yet"
            raise NmirfError(f"The library does not hold {symbol!r}; it holds {held}.")
        if len(found.held) > 1:
            raise NmirfError(f"{symbol!r} may be {' or '.join(str(s) for s in found.held)}; give the full symbol.")
        reading = assistant.retriever.reading_language(found.held[0], chosen or Language.EN)
        assert reading is not None
        if chosen is not None and reading is not chosen:
            versions = ", ".join(assistant.retriever.versions(found.held[0]))
            raise NmirfError(f"The library does not hold {found.held[0]} in {chosen}; it holds {versions}.")
        library = assistant.library
        document = library.document(found.held[0], reading)
        assert document is not None
        misaligned = misalignment(document, library.document_versions(found.held[0]))
        if misaligned is not None:
            document = replace(document, issues=(*document.issues, misaligned.issue))
        _print_json(document_json(document)) if as_json else _print_markdown(document_markdown(document))


@app.command()
def ingest(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders; the corpus of the settings when none.")
    ] = None,
    as_json: JsonOption = False,
    rebuild: Annotated[
        bool,
        typer.Option(
            "--rebuild",
            help="First encode the documents held anew, as with another encoder; then read the files of PATHS even if "
            "they have not changed. The old index is in use until the new one is whole; run again, it goes on.",
        ),
    ] = False,
) -> None:
    """Add documents to the library. Running it again changes nothing."""
    from ingest.pipeline import files_in

    settings = _settings()
    targets = paths or ([settings.corpus] if settings.corpus else [])
    if not targets and not rebuild:
        raise NmirfError("There is nothing to ingest; name files or folders.")
    files_in(targets)  # a path that is not there is told before anything is done
    library = _library(settings)
    before = library.index_id()
    try:
        with library.writing():
            pipeline = _pipeline(settings, library)
            if rebuild:
                _rebuild(pipeline, library, as_json)
            reports = list(_reported(pipeline.ingest(targets, again=rebuild and bool(paths)), as_json))
    except KeyboardInterrupt:
        if rebuild and library.index_id() == before:
            told = "the old index is in use; run nmirf ingest --rebuild again to go on"
        else:
            told = "what was done so far is kept; run nmirf ingest again to go on"
        print(f"nmirf: Stopped: {told}.", file=sys.stderr)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    finally:
        library.close()
    if any(r.status in ("failed", "quarantined") for r in reports):
        raise typer.Exit(EXIT_FAILED)


def _rebuild(pipeline: Pipeline, library: Library, as_json: bool) -> None:
    """Encode the documents held anew and say so; the new index takes the place of the old one when it is whole."""
    held = library.extent()
    with _progress(quiet=as_json) as progress:
        stage = pipeline.stage()
        before = next(stage)
        task = progress.add_task("Encoding paragraphs", total=held.paragraphs, completed=before.paragraphs)
        for done in stage:
            progress.update(task, completed=done.paragraphs)
        chunks = progress.add_task("Indexing vectors", total=None)
        pipeline.replace_index(lambda count: progress.update(chunks, total=library.count_chunks(), advance=count))
    encoder = library.meta("encoder")
    if as_json:
        report = {"status": "rebuilt", "documents": held.documents, "already_done": before.documents}
        _print_json(report | {"encoder": encoder}, indent=None)
        return
    resumed = f"; {before.documents} of them before it was interrupted" if before.documents else ""
    print(f"Encoded {held.documents} documents anew with {encoder}{resumed}.")


def _progress(quiet: bool = False) -> Progress:
    """Bars on standard error, which show only their end when that is no terminal, and nothing then when quiet."""
    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        progress.TimeRemainingColumn(),
        console=console,
        disable=quiet and not console.is_terminal,
    )


def _reported(reports: Iterator[FileReport], as_json: bool) -> Iterator[FileReport]:
    counts: dict[str, int] = {}
    for report in reports:
        counts[str(report.status)] = counts.get(str(report.status), 0) + 1
        if as_json:
            _print_json(_report_json(report), indent=None)
        else:
            found = " ".join(x for x in (report.symbol, report.language, report.kind) if x)
            doubts = "; ".join(i.message for i in report.issues)
            print(f"{report.status:<12} {Path(report.path).name}  {found}{'  — ' + doubts if doubts else ''}")
        yield report
    if not as_json:
        print("Total: " + (", ".join(f"{n} {status}" for status, n in counts.items()) or "no files") + ".")


def _report_json(report: FileReport) -> dict[str, Any]:
    return {
        "path": report.path,
        "status": str(report.status),
        "symbol": report.symbol,
        "language": report.language,
        "kind": report.kind,
        "title": report.title,
        "paragraphs": report.paragraphs,
        "issues": [{"code": i.code, "message": i.message, "line": i.line} for i in report.issues],
    }


@app.command("eval")
def evaluate(
    questions: Annotated[
        Path | None, typer.Option("--questions", help="A file of questions, a JSON object a line.")
    ] = None,
    json_path: Annotated[Path | None, typer.Option("--json", help="Write all figures to this file.")] = None,
    baseline: Annotated[Path | None, typer.Option("--baseline", help="Compare with the figures in this file.")] = None,
    misses: Annotated[bool, typer.Option("--misses", help="List the questions that went wrong.")] = False,
) -> None:
    """Score answers against questions with gold paragraphs. Exit code 1 below the thresholds."""
    from assistant.render import to_json
    from evals.run import evaluate as run_evaluation

    with _assistant() as assistant:

        def respond(question: str, earlier: Sequence[str]) -> dict[str, Any]:
            return to_json(assistant.reply(question, earlier=earlier))

        code = run_evaluation(respond, questions, json_path, baseline, misses)
    raise typer.Exit(code)


@app.command()
def chat(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 7860,
    user: Annotated[
        str | None, typer.Option(help="The name to sign in with; the password is read from NMIRF_PASSWORD.")
    ] = None,
) -> None:
    """Open the chat page. Beyond this machine it opens only with --user and a password."""
    with _assistant() as assistant:
        from assistant.page.app import launch

        password = _settings().password
        launch(assistant, host, port, (user, password or "") if user is not None else None, _announce)


def _announce(address: str) -> None:
    print(f"The page is at {address} (Ctrl-C ends it).", file=sys.stderr, flush=True)


# What the commands share.


def _language(code: str | None) -> Language | None:
    if code is None:
        return None
    if code not in {str(each) for each in Language}:
        raise NmirfError(f"{code!r} is not one of the six languages: ar, en, es, fr, ru, zh.")
    return Language(code)


def _lines(source: str) -> Iterator[str]:
    if source == "-":
        stream = sys.stdin.buffer.read()
    else:
        try:
            stream = Path(source).read_bytes()
        except OSError as error:
            raise QuestionError(
                f"{source}: cannot be read ({error.strerror}); name a file of questions, one a line."
            ) from error
    try:
        text = stream.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuestionError(f"{source}: not UTF-8 at byte {error.start}; save the file as UTF-8.") from error
    return iter(text.split("\n")[:-1] if text.endswith("\n") else text.split("\n"))


def _settings() -> Settings:
    from assistant.settings import load_settings

    settings = load_settings()
    if not settings.allow_download:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    return settings


def _library(settings: Settings) -> Library:
    from corpus.library import Library

    return Library(settings.home)


def _pipeline(settings: Settings, library: Library) -> Pipeline:
    from corpus.encoder import load_encoder
    from ingest.pipeline import Pipeline

    return Pipeline(library, load_encoder(settings.encoder, allow_download=settings.allow_download))


@contextmanager
def _assistant() -> Iterator[Assistant]:
    """The assistant over the library of the settings, filled with the corpus on first use."""
    from assistant.answer import Assistant
    from corpus.encoder import load_encoder

    settings = _settings()
    library = _library(settings)
    try:
        if settings.corpus is not None and not library.count_documents():
            _first_use(settings, library, settings.corpus)
        encoder = load_encoder(settings.encoder, allow_download=settings.allow_download)
        library.check_makers(encoder.name, encoder.dimensions)
        yield Assistant(library, encoder)
    finally:
        library.close()


def _first_use(settings: Settings, library: Library, corpus: Path) -> None:
    from ingest.pipeline import files_in

    with library.writing(), _progress() as progress:
        task = progress.add_task("Ingesting the corpus", total=len(files_in([corpus])))
        for report in _pipeline(settings, library).ingest([corpus]):
            if report.status in ("failed", "quarantined"):
                print("; ".join(i.message for i in report.issues), file=sys.stderr)
            progress.advance(task)


def _print_json(value: object, indent: int | None = 2) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent) + "\n")
    sys.stdout.flush()


def _print_markdown(text: str) -> None:
    """Markdown as it is when piped; set for reading on a terminal."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(text))
    else:
        sys.stdout.write(text + "\n")
