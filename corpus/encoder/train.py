"""Trains the embedded encoder from rows of translations: tokenizer, table, figures and model card.

    python -m corpus.encoder.train --data DIR --out DIR [--teacher MODEL --credit TEXT] [--library DIR] [--seed N]
        [--steps N]

DIR holds a folder a source, with ``pairs.jsonl`` (an object a line: ``{"t": {language: text, ...}}``, texts
that are translations of each other) and ``SOURCE.txt`` (``source: ...``, ``licence: ...`` and, where one is
asked for, ``acknowledgement: ...``, a line each).

A table learns from translations which texts mean the same, but not which others are near: that it learns from an
English teacher, whose similarities between the texts of a batch it takes over in every pair of languages.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that PyTorch's own documentation gives it
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from torch import Tensor

from corpus.encoder import Encoder, StaticEncoder, load_encoder
from corpus.encoder.figures import in_table, in_words, precision_at_1
from corpus.encoder.tokenizer import train_tokenizer
from corpus.encoder.training_data import (
    DOMAIN,
    VOCABULARY,
    Row,
    Split,
    read_sources,
    split_development,
    title_rows,
    vocabulary_rows,
)
from corpus.errors import NmirfError
from corpus.library import Library

log = logging.getLogger(__name__)

Ids = NDArray[np.int32]
Vectors = NDArray[np.float32]

# How often a source is drawn: the square root of its size times this. The domain itself comes first.
SOURCE_WEIGHTS = {DOMAIN: 8.0, "tico19": 3.0, "sdg_metadata": 2.0}

DIMENSIONS = 384
STEPS = 6_000
LEARNING_RATE = 0.02
WARM_UP = 0.05  # of the steps
SCALE = 20.0
MARGIN = 0.4
TOKEN_DROPOUT = 0.15
TEACHER_SCALE = 15.0  # softer than SCALE: which texts are near at all, rather than which is nearest
TEACHER_WEIGHT = 1.0
# Small, so that a piece that was hardly ever seen says hardly anything. After 600 steps .928; from .005, .920.
INITIAL_DEVIATION = 0.02
NEVER = -1e4  # a logit that no softmax gives anything to
ROWS_OF_MANY = 384  # rows in a batch of up to LANGUAGES_DRAWN languages
ROWS_OF_PAIRS = 1_024
LANGUAGES_DRAWN = 4
SMALLEST_GROUP = 30  # fewer rows in the same languages give too few negatives to be a batch
THREADS = 2  # of the sums: another number rounds differently, so the same seed gives another table


@dataclass(frozen=True)
class Batch:
    """Translations of some rows: ``texts[language][row]``, as pieces, and the teacher's vectors of the rows."""

    texts: list[list[Ids]]
    taught: Tensor | None


@dataclass(frozen=True)
class Group:
    """Rows of one source in the same languages: ``texts[language][row]``, as pieces.

    ``taught`` is the teacher's vector of each row (rows x its dimensions), None where it cannot read them.
    """

    texts: list[list[Ids]]
    taught: Vectors | None
    weight: float

    def batch(self, rng: np.random.Generator) -> Batch:
        """Randomly drawn rows in randomly drawn languages."""
        size = ROWS_OF_MANY if len(self.texts) > 2 else ROWS_OF_PAIRS
        count = len(self.texts[0])
        rows = rng.choice(count, min(size, count), replace=False)
        languages = rng.permutation(len(self.texts))[:LANGUAGES_DRAWN]
        texts = [[self.texts[language][row] for row in rows] for language in languages]
        return Batch(texts, None if self.taught is None else torch.from_numpy(self.taught[rows]))


def taught_vectors(sources: Mapping[str, list[Row]], teacher: Encoder) -> dict[str, NDArray[np.float32]]:
    """The teacher's vector of every English text."""
    texts = sorted({row["en"] for rows in sources.values() for row in rows if "en" in row})
    log.info("the teacher %s reads %d texts", teacher.name, len(texts))
    return dict(zip(texts, teacher.encode_passages(texts), strict=True))


def group_rows(sources: Mapping[str, list[Row]], tokenizer: Tokenizer, taught: Mapping[str, Vectors]) -> list[Group]:
    """The groups that batches are drawn from; without ``taught`` vectors, translations alone teach."""
    groups: list[Group] = []
    for name, rows in sources.items():
        by_languages: dict[tuple[str, ...], list[Row]] = {}
        for row in rows:
            by_languages.setdefault(tuple(sorted(row)), []).append(row)
        large = {key: kept for key, kept in by_languages.items() if len(kept) >= SMALLEST_GROUP}
        weight = SOURCE_WEIGHTS.get(name, 1.0) * math.sqrt(len(rows))
        roots = sum(math.sqrt(len(kept)) for kept in large.values())
        for languages, kept in large.items():
            texts = [pieces_of(tokenizer, [row[language] for row in kept]) for language in languages]
            vectors = np.array([taught[row["en"]] for row in kept]) if taught and "en" in languages else None
            groups.append(Group(texts, vectors, weight * math.sqrt(len(kept)) / roots))
    return groups


def pieces_of(tokenizer: Tokenizer, texts: Sequence[str]) -> list[Ids]:
    """The pieces of each text."""
    encodings = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    return [np.array(encoding.ids, dtype=np.int32) for encoding in encodings]


class LazyAdam:
    """Adam that moves only the rows in a batch; each row counts its own steps."""

    def __init__(self, table: Tensor, betas: tuple[float, float] = (0.9, 0.999)) -> None:
        self.table = table
        self.betas = betas
        self.first = torch.zeros_like(table)
        self.second = torch.zeros_like(table)
        self.count = torch.zeros(len(table), 1)

    def step(self, rows: Tensor, gradient: Tensor, learning_rate: float) -> None:
        """Moves these rows of the table against their gradient."""
        one, two = self.betas
        first = self.first[rows].mul_(one).add_(gradient, alpha=1 - one)
        second = self.second[rows].mul_(two).addcmul_(gradient, gradient, value=1 - two)
        count = self.count[rows] + 1
        self.first[rows], self.second[rows], self.count[rows] = first, second, count
        scale = (second / (1 - two**count)).sqrt_().add_(1e-8)
        self.table[rows] -= learning_rate * (first / (1 - one**count)) / scale


def train_table(groups: list[Group], pieces: int, steps: int, rng: np.random.Generator) -> Tensor:
    """A vector a piece, such that the mean vectors of translations are nearer than those of other texts."""
    probabilities = np.array([group.weight for group in groups])
    probabilities /= probabilities.sum()
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    table = torch.randn(pieces, DIMENSIONS, generator=generator) * INITIAL_DEVIATION
    optimizer = LazyAdam(table)
    for step in range(steps):
        batch = groups[rng.choice(len(groups), p=probabilities)].batch(rng)
        ids, offsets = flattened([text for texts in batch.texts for text in texts], rng)
        rows, positions = torch.unique(ids, return_inverse=True)
        vectors = table[rows].requires_grad_()
        means = F.embedding_bag(positions, vectors, offsets, mode="mean")
        loss = batch_loss(F.normalize(means, dim=1, eps=1e-6).view(len(batch.texts), -1, DIMENSIONS), batch.taught)
        loss.backward()  # type: ignore[no-untyped-call]
        assert vectors.grad is not None
        warm = min(1.0, (step + 1) / (WARM_UP * steps))
        optimizer.step(rows, vectors.grad, LEARNING_RATE * warm * (1 + math.cos(math.pi * step / steps)) / 2)
        if (step + 1) % 200 == 0:
            log.info("step %d of %d: loss %.3f", step + 1, steps, loss.item())
    return table


def flattened(texts: list[Ids], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """The pieces of all texts less those dropped at random, and where each text begins."""
    owners = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    kept = rng.random(len(owners)) >= TOKEN_DROPOUT
    offsets = np.searchsorted(owners[kept], np.arange(len(texts)))
    return torch.from_numpy(np.concatenate(texts).astype(np.int64)[kept]), torch.from_numpy(offsets)


def batch_loss(vectors: Tensor, taught: Tensor | None) -> Tensor:
    """What the vectors of a batch (languages x rows x dimensions) cost, both ways between every two languages.

    InfoNCE with an additive margin tells translations from the other texts. Where the rows were ``taught`` (rows x the
    teacher's dimensions), the Kullback-Leibler divergence tells the others from each other: how the teacher shares out
    nearness among them, and how the table does. A text and its own translation have no part in that.
    """
    rows = vectors.shape[1]
    targets, margin = torch.arange(rows), MARGIN * torch.eye(rows)
    itself = torch.eye(rows, dtype=torch.bool)
    wanted = None
    if taught is not None:
        wanted = F.softmax((TEACHER_SCALE * taught @ taught.T).masked_fill(itself, NEVER), dim=1)
    losses: list[Tensor] = []
    for one, other in combinations(vectors, 2):
        cosines = one @ other.T
        for scores in (cosines, cosines.T):
            loss = F.cross_entropy(SCALE * (scores - margin), targets)
            if wanted is not None:
                given = F.log_softmax((TEACHER_SCALE * scores).masked_fill(itself, NEVER), dim=1)
                loss = loss + TEACHER_WEIGHT * F.kl_div(given, wanted, reduction="batchmean")
            losses.append(loss)
    return torch.stack(losses).mean()


def save_model(table: Tensor, tokenizer: Tokenizer, folder: Path) -> None:
    """Writes the folder that sentence-transformers, model2vec and ``StaticEncoder`` read alike."""
    vectors = table.numpy().copy()
    # model2vec leaves unknown pieces out and sentence-transformers does not: at zero they agree.
    vectors[0] = 0
    weights = np.abs(vectors).max(axis=1) / 127
    weights[0] = 1
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        "embeddings": np.rint(vectors / weights[:, None]).astype(np.int8),
        "weights": weights.astype(np.float32),
    }
    save_file(arrays, folder / "model.safetensors")
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "1_Normalize").mkdir(exist_ok=True)
    (folder / "model.safetensors").chmod(0o644)
    modules = "sentence_transformers.sentence_transformer.modules."
    documents: dict[str, Any] = {
        "config.json": {
            "model_type": "model2vec",
            "architectures": ["StaticModel"],
            "hidden_dim": DIMENSIONS,
            "embedding_dtype": "int8",
            "normalize": True,
            "max_length": None,
        },
        # A file, for git keeps no empty folder.
        "1_Normalize/config.json": {"module_input_name": "sentence_embedding"},
        "config_sentence_transformers.json": {"similarity_fn_name": "cosine"},
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": modules + "StaticEmbedding"},
            {"idx": 1, "name": "1", "path": "1_Normalize", "type": modules + "Normalize"},
        ],
    }
    for name, content in documents.items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def acknowledgements(data: Path, sources: dict[str, list[Row]]) -> str:
    """A Markdown list: what each source is, its licence, and what it asks to be acknowledged."""
    lines: list[str] = []
    for name in sources:
        text = (data / name / "SOURCE.txt").read_text(encoding="utf-8")
        fields = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
        said = [fields["source"], f"licence: {fields['licence']}", fields.get("acknowledgement", "")]
        lines.append(f"- **{name}**: " + ". ".join(part.rstrip(".") for part in said if part) + ".")
    return "\n".join(lines)


MODEL_CARD = Path(__file__).parent / "model_card.md"


def write_card(
    folder: Path,
    pieces: int,
    data: Path,
    sources: dict[str, list[Row]],
    split: Split,
    seed: int,
    steps: int,
    credit: str | None,
) -> None:
    """Judge the model in a folder by the development rows, print the figures, and write its card."""
    encoder = StaticEncoder(folder)
    rows, others = split.development[DOMAIN], split.training[DOMAIN]
    small, large = precision_at_1(encoder, rows), precision_at_1(encoder, rows, others)
    log.info("P@1 among %d: %s", len(rows), in_words(small))
    log.info("P@1 among %d: %s", len(rows) + len(others), in_words(large))
    log.info("%s\n\n%s", in_table(small), in_table(large))
    card = MODEL_CARD.read_text(encoding="utf-8").format(
        dimensions=DIMENSIONS,
        pieces=pieces,
        rows=len(rows),
        distractors=len(others),
        small=in_words(small),
        large=in_words(large),
        table=in_table(large),
        languages=LANGUAGES_DRAWN,
        many=ROWS_OF_MANY,
        pairs=ROWS_OF_PAIRS,
        scale=SCALE,
        margin=MARGIN,
        dropout=TOKEN_DROPOUT,
        learning_rate=LEARNING_RATE,
        teacher=TAUGHT.format(credit=credit, scale=TEACHER_SCALE, weight=TEACHER_WEIGHT) if credit else UNTAUGHT,
        steps=steps,
        seed=seed,
        acknowledgements=acknowledgements(data, sources),
    )
    (folder / "README.md").write_text(card, encoding="utf-8")


TAUGHT = (
    "The similarities between the texts of a batch are taken over from an English teacher, {credit}, off the diagonal, "
    "by the Kullback-Leibler divergence at scale {scale}, weight {weight}."
)
UNTAUGHT = "No other model was used."


def main() -> int:
    """Trains, stores and scores the model; prints the figures. 2 when the data cannot be used."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    parser = argparse.ArgumentParser(prog="python -m corpus.encoder.train", description="Train the embedded encoder.")
    parser.add_argument("--data", type=Path, required=True, help="folder with a folder a source")
    parser.add_argument("--out", type=Path, required=True, help="folder to write the model to")
    parser.add_argument("--teacher", help="sentence-transformers model; without one, translations alone teach")
    parser.add_argument("--credit", help="the teacher's name in the world and its licence, for the model card")
    parser.add_argument("--library", type=Path, help="NMIRF_HOME whose titles and headings are rows too")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=STEPS)
    named = parser.parse_args()
    if bool(named.teacher) != bool(named.credit):
        parser.error("--teacher and --credit go together: the model card names the teacher and its licence")
    try:
        _train(named.data, named.out, named.teacher, named.credit, named.library, named.seed, named.steps)
    except NmirfError as error:
        log.error("%s", error)
        return 2
    return 0


def _train(
    data: Path, out: Path, teacher: str | None, credit: str | None, library: Path | None, seed: int, steps: int
) -> None:
    sources = read_sources(data)
    split = split_development(sources)
    own = vocabulary_rows() + (title_rows(Library(library)) if library else [])
    training = {**split.training, VOCABULARY: own}
    torch.set_num_threads(THREADS)
    rng = np.random.default_rng(seed)
    tokenizer = train_tokenizer(training, rng)
    log.info("tokenizer: %d pieces", tokenizer.get_vocab_size())
    taught = taught_vectors(training, load_encoder(teacher)) if teacher else {}
    table = train_table(group_rows(training, tokenizer, taught), tokenizer.get_vocab_size(), steps, rng)
    save_model(table, tokenizer, out)
    write_card(out, tokenizer.get_vocab_size(), data, sources, split, seed, steps, credit)


if __name__ == "__main__":
    sys.exit(main())
