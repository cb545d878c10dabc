"""Trains the embedded encoder from rows of translations: tokenizer, table, figures and model card.

    python -m corpus.encoder.train --data DIR --out DIR [--seed N] [--steps N]

DIR holds a folder a source, with ``pairs.jsonl`` (an object a line: ``{"t": {language: text, ...}}``, texts
that are translations of each other) and ``SOURCE.txt`` (``source: ...``, ``licence: ...`` and, where one is
asked for, ``acknowledgement: ...``, a line each).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that PyTorch's own documentation gives it
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from torch import Tensor

from corpus.encoder import StaticEncoder
from corpus.language import Language

log = logging.getLogger(__name__)

Row = dict[str, str]
Ids = NDArray[np.int32]
Precision = dict[tuple[str, str], float]

DEVELOPMENT_SOURCE = "unpc_dev"
DEVELOPMENT_ROWS = 500

# How often a source is drawn: the square root of its size times this. The domain itself comes first.
SOURCE_WEIGHTS = {"unpc_dev": 8.0, "tico19": 3.0, "sdg_metadata": 2.0}
# Sources whose text the tokenizer learns from first, before the budget of a language is filled with the rest.
TOKENIZER_SOURCES = ("unpc_dev", "tico19", "tico19_terms", "sdg_translations", "country_codes", "cldr")
TOKENIZER_CHARACTERS = 1_500_000  # a language; a third of it in Chinese, where a character says more

# Letters that are written either way, and the digits of Arabic and Persian.
VARIANT_LETTERS = {"ة": "ه", "ى": "ي", "ё": "е"} | {chr(zero + d): str(d) for zero in (0x660, 0x6F0) for d in range(10)}

# P@1 among the harder candidates for 16, 24, 32 and 40 thousand pieces: .941, .944, .940, .928 (one seed each). This
# much text shows the pieces of a large vocabulary too seldom; a teacher, or more text, may move the best upwards.
PIECES = 24_000
DIMENSIONS = 256
STEPS = 2_600
LEARNING_RATE = 0.02
WARM_UP = 0.05  # of the steps
SCALE = 20.0
MARGIN = 0.4
TOKEN_DROPOUT = 0.25
# Small, so that a piece that was hardly ever seen says hardly anything. After 600 steps .928; from .005, .920.
INITIAL_DEVIATION = 0.02
ROWS_OF_MANY = 384  # rows in a batch of up to LANGUAGES_DRAWN languages
ROWS_OF_PAIRS = 1_024
LANGUAGES_DRAWN = 4
SMALLEST_GROUP = 30  # fewer rows in the same languages give too few negatives to be a batch
THREADS = 2  # of the sums: another number rounds differently, so the same seed gives another table


def read_sources(data: Path) -> dict[str, list[Row]]:
    """The rows of every source under the folder, by the name of its own folder, in alphabetical order."""
    return {
        path.parent.name: [json.loads(line)["t"] for line in path.read_text(encoding="utf-8").splitlines()]
        for path in sorted(data.glob("*/pairs.jsonl"))
    }


def split_development(sources: dict[str, list[Row]]) -> tuple[list[Row], dict[str, list[Row]]]:
    """The development rows, and the sources without any row that shares a text with one of them.

    The split depends on the texts alone: not on the order of the rows, nor on a seed.
    """
    rows = sorted(sources[DEVELOPMENT_SOURCE], key=lambda row: hashlib.sha256(row["en"].encode()).digest())
    development = rows[:DEVELOPMENT_ROWS]
    held_out = {text for row in development for text in row.values()}
    training = {name: [row for row in rows if held_out.isdisjoint(row.values())] for name, rows in sources.items()}
    return development, training


def normalizer() -> normalizers.Normalizer:
    """NFKC, lower case, one space for any blank; diacritics and variant spellings folded."""
    return normalizers.Sequence(
        [
            normalizers.NFKD(),
            normalizers.Lowercase(),
            # Marks on Latin letters, but not on Cyrillic ones (й is no и); Arabic vowel signs, hamzas on a
            # seat and tatweel; soft hyphens, zero-width characters and direction marks.
            normalizers.Replace(
                Regex(
                    r"(?<=[a-z])[\u0300-\u036f]+"
                    r"|[\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
                ),
                "",
            ),
            normalizers.NFC(),
            # As fixed strings: an expression takes several times as long, and normalizing is half of all the work.
            *(normalizers.Replace(old, new) for old, new in VARIANT_LETTERS.items()),
            normalizers.Replace(Regex("[‘’ʼ]"), "'"),
            normalizers.Replace(Regex("[«»“”„]"), '"'),
            normalizers.Replace(Regex("[‐‑‒–—―−]"), "-"),
            normalizers.Replace(Regex(r"\s\s+|[^\S ]"), " "),
            normalizers.Strip(),
        ]
    )


def train_tokenizer(sources: dict[str, list[Row]], rng: np.random.Generator) -> Tokenizer:
    """A Unigram tokenizer over text balanced by language; its first piece is the unknown one."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(),
            pre_tokenizers.Digits(individual_digits=False),
            pre_tokenizers.Punctuation("isolated"),
        ]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=PIECES,
        unk_token="[UNK]",
        special_tokens=["[UNK]"],
        max_piece_length=16,
        show_progress=False,
    )
    tokenizer.train_from_iterator(balanced_texts(sources, rng), trainer)
    # The trainer adds in an order that changes from run to run: scores differ in their last bits, pieces of equal
    # score change places, and characters kept for coverage alone take turns of .0001 at the end. Rounded, sorted, and
    # with one score for those characters, the same text gives the same tokenizer.
    unknown, *learnt = json.loads(tokenizer.to_str())["model"]["vocab"]
    rare = min(score for piece, score in learnt if len(piece) > 1) + 0.1
    pieces = [(piece, round(max(score, rare) if len(piece) == 1 else score, 4)) for piece, score in learnt]
    pieces.sort(key=lambda piece: (-piece[1], piece[0]))
    tokenizer.model = models.Unigram([tuple(unknown), *pieces], unk_id=0)
    return tokenizer


def balanced_texts(sources: dict[str, list[Row]], rng: np.random.Generator) -> Iterator[str]:
    """Texts of every language up to its budget of characters, ``TOKENIZER_SOURCES`` before the others."""
    for language in Language:
        first = {row[language] for name in TOKENIZER_SOURCES for row in sources.get(name, []) if language in row}
        every = {row[language] for rows in sources.values() for row in rows if language in row}
        left = TOKENIZER_CHARACTERS // (3 if language is Language.ZH else 1)
        for texts in (sorted(first), sorted(every - first)):
            for index in rng.permutation(len(texts)):
                if left <= 0:
                    break
                left -= len(texts[index])
                yield texts[index]


@dataclass(frozen=True)
class Group:
    """Rows of one source in the same languages: ``texts[language][row]``, as pieces."""

    texts: list[list[Ids]]
    weight: float

    def batch(self, rng: np.random.Generator) -> list[list[Ids]]:
        """Translations of randomly drawn rows: a list a language, in the same order."""
        size = ROWS_OF_MANY if len(self.texts) > 2 else ROWS_OF_PAIRS
        count = len(self.texts[0])
        rows = rng.choice(count, min(size, count), replace=False)
        languages = rng.permutation(len(self.texts))[:LANGUAGES_DRAWN]
        return [[self.texts[language][row] for row in rows] for language in languages]


def group_rows(sources: dict[str, list[Row]], tokenizer: Tokenizer) -> list[Group]:
    """The groups that batches are drawn from."""
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
            groups.append(Group(texts, weight * math.sqrt(len(kept)) / roots))
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
        ids, offsets = flattened([text for texts in batch for text in texts], rng)
        rows, positions = torch.unique(ids, return_inverse=True)
        vectors = table[rows].requires_grad_()
        means = F.embedding_bag(positions, vectors, offsets, mode="mean")
        loss = contrastive_loss(F.normalize(means, dim=1, eps=1e-6).view(len(batch), -1, DIMENSIONS))
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


def contrastive_loss(vectors: Tensor) -> Tensor:
    """InfoNCE with an additive margin, both ways between every two of languages x rows x dimensions."""
    rows = vectors.shape[1]
    targets, margin = torch.arange(rows), MARGIN * torch.eye(rows)
    losses: list[Tensor] = []
    for one, other in combinations(vectors, 2):
        scores = SCALE * (one @ other.T - margin)
        losses += [F.cross_entropy(scores, targets), F.cross_entropy(scores.T, targets)]
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


def precision_at_1(encoder: StaticEncoder, rows: Sequence[Row], distractors: Sequence[Row] = ()) -> Precision:
    """Of the rows, the share whose nearest candidate in the other language is its own translation.

    The candidates are the rows themselves, and the distractors.
    """
    vectors = {
        language: encoder.encode_passages([row[language] for row in [*rows, *distractors]]) for language in Language
    }
    return {
        (one, other): float(np.mean((vectors[one][: len(rows)] @ vectors[other].T).argmax(1) == np.arange(len(rows))))
        for one, other in permutations(Language, 2)
    }


def in_words(precision: Precision) -> str:
    """Mean and lowest figure of the directions."""
    one, other = min(precision, key=lambda direction: precision[direction])
    mean = sum(precision.values()) / len(precision)
    return f"mean {mean:.3f}, lowest {precision[one, other]:.3f} ({one} to {other})"


def in_table(precision: Precision) -> str:
    """The directions as a Markdown table, a row the language searched with."""
    lines = ["| from \\ to | " + " | ".join(Language) + " |", "|---" * (len(Language) + 1) + "|"]
    for one in Language:
        cells = (f"{precision[one, other]:.3f}" if one is not other else "" for other in Language)
        lines.append(f"| {one} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


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


def main() -> None:
    """Trains, stores and scores the model; prints the figures."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    parser = argparse.ArgumentParser(description="Train the embedded encoder.")
    parser.add_argument("--data", type=Path, required=True, help="folder with a folder a source")
    parser.add_argument("--out", type=Path, required=True, help="folder to write the model to")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=STEPS)
    arguments = parser.parse_args()

    sources = read_sources(arguments.data)
    if DEVELOPMENT_SOURCE not in sources:
        parser.error(f"{arguments.data} has no {DEVELOPMENT_SOURCE}/pairs.jsonl; name the folder of the sources")
    development, training = split_development(sources)
    torch.set_num_threads(THREADS)
    rng = np.random.default_rng(arguments.seed)

    tokenizer = train_tokenizer(training, rng)
    log.info("tokenizer: %d pieces", tokenizer.get_vocab_size())
    table = train_table(group_rows(training, tokenizer), tokenizer.get_vocab_size(), arguments.steps, rng)
    save_model(table, tokenizer, arguments.out)

    encoder = StaticEncoder(arguments.out)
    distractors = training[DEVELOPMENT_SOURCE]
    small = precision_at_1(encoder, development)
    large = precision_at_1(encoder, development, distractors)
    log.info("P@1 among %d: %s", len(development), in_words(small))
    log.info("P@1 among %d: %s", len(development) + len(distractors), in_words(large))
    log.info("%s\n\n%s", in_table(small), in_table(large))
    card = MODEL_CARD.read_text(encoding="utf-8").format(
        dimensions=DIMENSIONS,
        pieces=tokenizer.get_vocab_size(),
        rows=len(development),
        distractors=len(distractors),
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
        steps=arguments.steps,
        seed=arguments.seed,
        acknowledgements=acknowledgements(arguments.data, sources),
    )
    (arguments.out / "README.md").write_text(card, encoding="utf-8")


if __name__ == "__main__":
    main()
