"""Encoders: texts to unit vectors, so that translations of a text lie near each other.

The embedded default ships in ``corpus/encoder/model`` and needs no network. Any sentence-transformers
model can stand in its place. Importing this module imports no model library.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.errors import EncoderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

EMBEDDED_MODEL = Path(__file__).parent / "model"

BATCH_SIZE = 256
"""Texts tokenized at a time: enough to keep the tokenizer's threads busy, and little memory."""

E5_PROMPTS = {"query": "query: ", "passage": "passage: "}
_E5_NAME = re.compile(r"(?:^|[-_])e5(?:[-_]|$)(?!.*instruct)", re.IGNORECASE)


class Encoder(Protocol):
    """Texts to vectors whose dot product is their cosine similarity."""

    @property
    def name(self) -> str:
        """The identity that an index records: two encoders of one name give the same vectors."""

    @property
    def dimensions(self) -> int:
        """The length of a vector."""

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row a text, in order: n x dimensions, each of length 1; zeros for a blank text, never NaN."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As ``encode_passages``, for questions: the two differ where a model has prompts for each."""


class StaticEncoder:
    """A tokenizer and a table: the vector of a text is the mean of its pieces' vectors, of length 1.

    Reads the folder of a static sentence-transformers model whose table is int8 with a weight a row. The
    format is a tokenizer and two arrays, so tokenizers, safetensors and numpy read it here:
    sentence-transformers takes seconds to import, model2vec half as long again as all that this does. A text
    is never truncated, and its vector does not depend on the texts beside it.
    """

    def __init__(self, folder: Path = EMBEDDED_MODEL, label: str = "embedded") -> None:
        """Opens the model in the folder; raises EncoderError if there is none that can be read."""
        from safetensors import SafetensorError
        from safetensors.numpy import load
        from tokenizers import Tokenizer

        try:
            tables = (folder / "model.safetensors").read_bytes()
            tokenizer = (folder / "tokenizer.json").read_bytes()
            arrays = load(tables)
            table = arrays["embeddings"].astype(np.float32)
            table *= arrays["weights"][:, None]
            self._tokenizer = Tokenizer.from_buffer(tokenizer)
            self._unknown = int(json.loads(tokenizer)["model"]["unk_id"])
        except (OSError, LookupError, TypeError, ValueError, SafetensorError) as error:
            raise EncoderError(
                f"The static model in {str(folder)!r} cannot be read ({error}); install the package again, "
                "or name a sentence-transformers model instead."
            ) from error
        self._table: NDArray[np.float32] = table
        # The tokenizer belongs to the identity: the same table read with other pieces gives other vectors.
        self.name = f"{label}:{hashlib.sha256(tables + tokenizer).hexdigest()[:12]}"
        self.dimensions = int(table.shape[1])

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Encoder``. A text of unknown characters alone gives zeros, like a blank one."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, ids in enumerate(self.piece_ids(texts)):
            if len(ids):
                # take and sum, text by text, is four times as fast here as one add.reduceat over a batch
                vectors[row] = self._table.take(ids, axis=0).sum(axis=0)
        return _of_unit_length(vectors)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The same as ``encode_passages``: a static model knows no prompts."""
        return self.encode_passages(texts)

    def piece_ids(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """The pieces of each text in order, as rows of the table; unknown pieces are left out."""
        ids: list[NDArray[np.int64]] = []
        for start in range(0, len(texts), BATCH_SIZE):
            batch = list(texts[start : start + BATCH_SIZE])
            for encoding in self._tokenizer.encode_batch_fast(batch, add_special_tokens=False):
                of_text = np.array(encoding.ids, dtype=np.int64)
                ids.append(of_text[of_text != self._unknown])
        return ids

    def pieces(self, text: str) -> list[str]:
        """The known pieces of a text in order; ``▁`` begins a word."""
        found = self._tokenizer.encode(text, add_special_tokens=False)
        return [piece for piece, row in zip(found.tokens, found.ids, strict=True) if row != self._unknown]


class SentenceTransformerEncoder:
    """Any sentence-transformers model, with the prompts that it was trained with."""

    def __init__(self, name: str, *, allow_download: bool = False) -> None:
        """Opens a model by path or hub name; raises EncoderError, also when a download would be needed."""
        if not name.strip():
            raise EncoderError(
                f"The encoder's name is blank ({name!r}); name a sentence-transformers model, or leave the "
                "setting out for the embedded one."
            )
        self._model = _open_sentence_transformer(name, allow_download=allow_download)
        self.name = f"sentence-transformers:{name}"
        if Path(name).is_dir():
            # A folder can be trained further in place; what the hub has under a name and a revision stays.
            self.name += f":{_weights_of(Path(name))}"
        # The models of the e5 family need their prefixes, and most of their folders do not say so.
        declares = any(self._model.prompts.values())
        self._prompts = E5_PROMPTS if _E5_NAME.search(Path(name).name) and not declares else {}
        self.dimensions = self._model.get_embedding_dimension() or self._encoded(["a"], "query").shape[1]

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Encoder``; texts longer than the model's limit are truncated by the model."""
        return self._rows(texts, "passage")

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Encoder``; texts longer than the model's limit are truncated by the model."""
        return self._rows(texts, "query")

    def _rows(self, texts: Sequence[str], kind: str) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        # A transformer gives its start token a vector, so a blank text would be near something.
        written = [row for row, text in enumerate(texts) if text.strip()]
        if written:
            vectors[written] = self._encoded([texts[row] for row in written], kind)
        return _of_unit_length(vectors)

    def _encoded(self, texts: list[str], kind: str) -> NDArray[np.float32]:
        encode = self._model.encode_query if kind == "query" else self._model.encode_document
        return np.asarray(encode(texts, prompt=self._prompts.get(kind), show_progress_bar=False), dtype=np.float32)


def load_encoder(name: str | None = None, *, allow_download: bool = False) -> Encoder:
    """The embedded encoder (None), or the sentence-transformers model of that path or hub name.

    A hub model is only downloaded when ``allow_download`` says so; otherwise it has to be in the local cache.
    Raises EncoderError when the model cannot be loaded.
    """
    return StaticEncoder() if name is None else SentenceTransformerEncoder(name, allow_download=allow_download)


def _open_sentence_transformer(name: str, *, allow_download: bool) -> SentenceTransformer:
    is_folder = Path(name).is_dir()
    try:
        from huggingface_hub import snapshot_download
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]  # ours tell how far the encoding is
        if is_folder or allow_download:
            return SentenceTransformer(name, local_files_only=is_folder)
        # The cache is asked directly: with a name that is not in it, SentenceTransformer calls outside even
        # under local_files_only. Models of the sentence-transformers project itself go without its name.
        qualified = name if "/" in name else f"sentence-transformers/{name}"
        return SentenceTransformer(snapshot_download(qualified, local_files_only=True), local_files_only=True)
    # A damaged or missing model surfaces as whatever the reader of the file that is wrong raises: OSError,
    # KeyError, SafetensorError, and more. All mean the same to the caller.
    except Exception as error:
        reason = str(error).strip().split("\n", 1)[0].rstrip(".")
        remedy = "leave the setting out for the embedded one"
        if not is_folder and not allow_download:
            reason, remedy = "neither a folder nor a model in the local cache", f"allow its download, or {remedy}"
        raise EncoderError(
            f"The encoder {name!r} cannot be loaded ({reason}); give the folder or the name of a "
            f"sentence-transformers model, or {remedy}."
        ) from error


def _weights_of(folder: Path) -> str:
    """A fingerprint of the weights in a folder of a model."""
    weights = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".safetensors", ".bin")):
        with path.open("rb") as file:
            weights.update(hashlib.file_digest(file, "sha256").digest())
    return weights.hexdigest()[:12]


def _of_unit_length(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vectors themselves, each divided in place by its length; rows of zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    np.divide(vectors, lengths, out=vectors, where=lengths > 0)
    return vectors
