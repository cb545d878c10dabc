"""Train the ranks of ``nmirf_un`` on the documents that ship: ``python -m corpus.tokens.train``.

The same documents give the same file, byte for byte. Its sha256 is printed and goes into ``RANKS_SHA256``;
until it does, the encoding refuses the new file. Chunk boundaries move with the ranks, so indexes are to be
rebuilt after.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from corpus.language import Language
from corpus.tokens import ENCODING_NAME, PATTERN, RANKS_FILE, RANKS_SHA256

SOURCES = Path(__file__).parents[1] / "sources"
VOCABULARY = 16_000
# The last merges that there is room for are of pairs seen three times; what is seen oftener gets a token.
_TIMES_COMMON_HAN = 4

Documents = Mapping[str, Mapping[Language, str]]


def shared_documents(sources: Path = SOURCES) -> dict[str, dict[Language, str]]:
    """Document name -> language -> text, for the documents held in all six languages.

    That is what balances the languages: each says the same, once. A document held in one language only would
    make that language cheaper than the others.
    """
    held = {language: {path.stem: path for path in (sources / language).iterdir()} for language in Language}
    shared = sorted(set.intersection(*(set(paths) for paths in held.values())))
    return {
        name: {language: held[language][name].read_text(encoding="utf-8") for language in Language} for name in shared
    }


def common_han() -> list[str]:
    """The 3,755 characters of GB 2312 level 1 (rows 16 to 55), which make up nearly all of written Chinese.

    The documents hold fewer than 1,000 of them; one that they lack would cost two or three tokens elsewhere.
    """
    cells = (bytes((0xA0 + row, 0xA0 + cell)) for row in range(16, 56) for cell in range(1, 95))
    return [character for character in (cell.decode("gb2312", errors="ignore") for cell in cells) if character]


def train(texts: Iterable[str], vocabulary: int = VOCABULARY) -> list[bytes]:
    """The tokens in the order of their ranks: the 256 bytes, then the merges, most frequent first.

    At most ``vocabulary`` tokens; fewer when nothing is left that occurs twice.
    """
    # tiktoken has a trainer for teaching only, which takes a hundred times as long.
    from tokenizers import Regex, Tokenizer
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import ByteLevel, Sequence, Split
    from tokenizers.trainers import BpeTrainer

    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = Sequence(
        [Split(Regex(PATTERN), "isolated"), ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    trainer = BpeTrainer(
        vocab_size=vocabulary, min_frequency=2, show_progress=False, initial_alphabet=ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(texts, trainer)
    byte_of = _byte_of_character()
    by_rank = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    tokens = [bytes(byte_of[character] for character in token) for token, _ in by_rank]
    return [bytes((byte,)) for byte in range(256)] + [token for token in tokens if len(token) > 1]


def _byte_of_character() -> dict[str, int]:
    """The printable characters by which byte-level tokenizers (GPT-2's) stand for bytes."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + n): byte for n, byte in enumerate(others)}


def ranks_file(tokens: Sequence[bytes]) -> bytes:
    """The content of a file in tiktoken's format: base64 of the token, a space, its rank; a line each."""
    return b"".join(b"%s %d\n" % (base64.b64encode(token), rank) for rank, token in enumerate(tokens))


def tokens_per_character(tokens: Sequence[bytes], documents: Documents) -> dict[Language, float]:
    """Tokens per character of the documents, by language."""
    from tiktoken import Encoding

    encoding = Encoding(
        ENCODING_NAME,
        pat_str=PATTERN,
        mergeable_ranks={token: rank for rank, token in enumerate(tokens)},
        special_tokens={},
    )
    rates = {}
    for language in Language:
        texts = [texts[language] for texts in documents.values()]
        rates[language] = sum(len(encoding.encode_ordinary(text)) for text in texts) / sum(map(len, texts))
    return rates


def _training_texts(documents: Documents) -> list[str]:
    return [text for texts in documents.values() for text in texts.values()] + common_han() * _TIMES_COMMON_HAN


def _unseen_rates(documents: Documents, vocabulary: int) -> dict[Language, float]:
    """Tokens per character of each document when trained on the others; the mean over documents."""
    rates = []
    for name, texts in documents.items():
        others = {other: content for other, content in documents.items() if other != name}
        rates.append(tokens_per_character(train(_training_texts(others), vocabulary), {name: texts}))
    return {language: sum(rate[language] for rate in rates) / len(rates) for language in Language}


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, write the file and print its sha256 and what a character costs in each language."""
    parser = argparse.ArgumentParser(prog="python -m corpus.tokens.train", description=main.__doc__)
    parser.add_argument("--vocabulary", type=int, default=VOCABULARY, help="tokens at most (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=RANKS_FILE, help="the file to write (default: %(default)s)")
    options = parser.parse_args(arguments)

    documents = shared_documents()
    tokens = train(_training_texts(documents), options.vocabulary)
    content = ranks_file(tokens)
    options.output.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    seen = tokens_per_character(tokens, documents)
    unseen = _unseen_rates(documents, options.vocabulary)

    lines = [
        f"{options.output}: {len(tokens)} tokens, {len(content)} bytes, from {len(documents)} documents",
        f"sha256 {sha256}"
        + ("" if sha256 == RANKS_SHA256 else " (new: set RANKS_SHA256 in corpus/tokens/__init__.py)"),
        "tokens per character: of these documents, and of each when trained on the others",
        *(f"  {language}  {seen[language]:.3f}  {unseen[language]:.3f}" for language in Language),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
