"""The tokenizer of the embedded encoder: which spellings are one, and the pieces that texts are cut into."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from corpus.encoder.training_data import Row
from corpus.language import Language

# P@1 among the harder candidates for 16, 24, 32 and 40 thousand pieces: .941, .944, .940, .928 (one seed each). This
# much text shows the pieces of a large vocabulary too seldom.
PIECES = 24_000

# Sources whose text it learns from first, before the budget of a language is filled with the rest.
FIRST_SOURCES = ("unpc_dev", "tico19", "tico19_terms", "sdg_translations", "country_codes", "cldr")
CHARACTERS = 1_500_000  # a language; a third of it in Chinese, where a character says more

# Letters that are written either way, and the digits of Arabic and Persian.
VARIANT_LETTERS = {"ة": "ه", "ى": "ي", "ё": "е"} | {chr(zero + d): str(d) for zero in (0x660, 0x6F0) for d in range(10)}

# The Arabic article and what is written together with it: and, so; by, like, for. A stem of three letters is left.
ARABIC_ARTICLE = r"(?<![\u0621-\u064a])[وف]?(?:بال|كال|ال|لل)(?=[\u0621-\u064a]{3})"


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


def pre_tokenizer() -> pre_tokenizers.PreTokenizer:
    """Words, punctuation and runs of digits apart, each with the mark of a beginning; Han characters without it.

    So a word is the same piece wherever it stands: after an apostrophe (l'homme), a bracket or the Arabic article, and
    a Chinese word at the beginning of a text or in the middle.
    """
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Punctuation("isolated"),
            pre_tokenizers.Digits(individual_digits=False),
            pre_tokenizers.Split(Regex(ARABIC_ARTICLE), "isolated"),
            pre_tokenizers.Metaspace(),
            pre_tokenizers.Split(Regex(r"▁(?=\p{Han})"), "removed"),
        ]
    )


def train_tokenizer(sources: dict[str, list[Row]], rng: np.random.Generator) -> Tokenizer:
    """A Unigram tokenizer over text balanced by language; its first piece is the unknown one."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = pre_tokenizer()
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
    """Texts of every language up to its budget of characters, ``FIRST_SOURCES`` before the others."""
    for language in Language:
        first = {row[language] for name in FIRST_SOURCES for row in sources.get(name, []) if language in row}
        every = {row[language] for rows in sources.values() for row in rows if language in row}
        left = CHARACTERS // (3 if language is Language.ZH else 1)
        for texts in (sorted(first), sorted(every - first)):
            for index in rng.permutation(len(texts)):
                if left <= 0:
                    break
                left -= len(texts[index])
                yield texts[index]
