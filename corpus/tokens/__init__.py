"""Token counts without the network: an encoding of our own, ``nmirf_un``, for tiktoken.

Why an own encoding. Every encoding that tiktoken knows is downloaded on first use, and this project must
work without a network. Theirs are also made for English first: cl100k_base takes more than one token for a
Chinese character, so that a chunk of so many tokens holds far less of a resolution in Chinese than in
English. This one is trained on documents held in all six languages: a text costs between 0.7 times (Chinese)
and 1.3 times (French) what it costs in English.

A token is a measure of size, the same on every machine and in every run; it is not what a chat model will
bill. Chunk boundaries depend on it, so the ranks file is trained again (``python -m corpus.tokens.train``)
only on purpose.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.errors import NmirfError

if TYPE_CHECKING:
    from tiktoken import Encoding

ENCODING_NAME = "nmirf_un"
RANKS_FILE = Path(__file__).with_name(f"{ENCODING_NAME}.tiktoken")
RANKS_SHA256 = "f1d2f980ffe0d341dfdbb91fa8a639d87420c235ec0154fbaf2f5da2979c16c5"

# How o200k_base cuts text into pieces before merging, changed for what is counted here:
# - Han characters stand alone: without spaces, "决议HRC" and "，决议" would be learnt as words of their own.
# - A line break belongs to no other piece (o200k_base takes ".\n" as one), so the counts of lines add up.
# - No look-ahead: o200k_base's "\s+(?!\S)" makes the regex engine backtrack, and a million letters or spaces
#   in a row then end in a panic of tiktoken's Rust code that no `except Exception` stops.
# - No English contractions ('ll): resolutions have none.
_UPPER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]"
_LOWER = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]"
PATTERN = "|".join(
    (
        r"\p{Han}+",
        rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+",
        rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+",
        r"[\r\n]+",
        r"[^\S\r\n]+",
    )
)


class TokensError(NmirfError):
    """The ranks of the encoding are missing, or are not the ones that this version was released with."""


def count_tokens(text: str) -> int:
    """The number of tokens of a text in ``nmirf_un``; 0 for the empty text.

    Total: any string has a count, and the time is linear in its length. There are no special tokens, so
    ``<|endoftext|>`` is text like any other. A text that is cut at its line breaks counts as the sum of its
    lines and of the runs of line breaks between them. Raises `TokensError` when the ranks file is damaged.
    """
    return len(_encoding().encode_ordinary(text))


@lru_cache(maxsize=1)
def _encoding() -> Encoding:
    # Not by tiktoken.get_encoding: an editable install made before tiktoken_ext was there does not find it.
    from tiktoken import Encoding

    return Encoding(**encoding_arguments())


def encoding_arguments() -> dict[str, Any]:
    """The arguments of ``tiktoken.Encoding``, read anew; there are no special tokens."""
    return {
        "name": ENCODING_NAME,
        "pat_str": PATTERN,
        "mergeable_ranks": read_ranks(),
        "special_tokens": {},
    }


def read_ranks(path: Path = RANKS_FILE, expected_sha256: str = RANKS_SHA256) -> dict[bytes, int]:
    """Token bytes -> rank, from a file in tiktoken's format: each line base64 of the token, then the rank.

    Not ``tiktoken.load.load_tiktoken_bpe``: that copies even a local file to a cache under the temporary
    folder, keyed by path, and reads the copy from then on.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TokensError(f"{path} cannot be read ({error}): install the package again.") from error
    found = hashlib.sha256(content).hexdigest()
    if found != expected_sha256:
        raise TokensError(f"{path} has sha256 {found}, not {expected_sha256}: install the package again.")
    pairs = (line.split() for line in content.splitlines())
    return {base64.b64decode(token): int(rank) for token, rank in pairs}
