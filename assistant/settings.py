"""The settings of the program, closed and few. The only reader of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import SettingsError

PREFIX = "NMIRF_"
NO_CORPUS = "none"


@dataclass(frozen=True)
class Settings:
    """Where things are kept, which documents to start from, and which model embeds.

    ``corpus`` None means an empty library; ``encoder`` None means the model that ships.
    """

    home: Path
    corpus: Path | None
    encoder: str | None
    allow_download: bool
    password: str | None = None


def _shipped_corpus() -> Path:
    import corpus

    return Path(next(iter(corpus.__path__))) / "sources"


# Each setting, and what it is for; a table in the README is made from this one.
KNOWN = {
    "HOME": "the folder where everything is kept (default: .nmirf in the home folder)",
    "CORPUS": "another folder of documents to start from, or none for an empty library",
    "ENCODER": "a sentence-transformers model by name or path, in the place of the one that ships",
    "ALLOW_DOWNLOAD": "1 lets NMIRF_ENCODER be fetched from a model hub",
    "PASSWORD": "the password to sign in to the page with, for nmirf chat --user",
}
# Read by the tests alone.
_OF_TESTS = frozenset({"TEST_BROWSER"})


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of an environment (the process's own by default).

    Raises SettingsError when a variable with the prefix NMIRF_ is not a setting, or has a value that it does not take.
    """
    values = os.environ if environment is None else environment
    for name in values:
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in KNOWN.keys() | _OF_TESTS:
            known = ", ".join(PREFIX + each for each in KNOWN)
            raise SettingsError(f"{name} is not a setting; the settings are {known}.")
    home = values.get("NMIRF_HOME", "").strip()
    corpus = values.get("NMIRF_CORPUS", "").strip()
    download = values.get("NMIRF_ALLOW_DOWNLOAD", "").strip()
    if download not in ("", "0", "1"):
        raise SettingsError(f"NMIRF_ALLOW_DOWNLOAD is {download!r}; it takes 1 or 0.")
    if corpus and corpus != NO_CORPUS and not Path(corpus).expanduser().is_dir():
        raise SettingsError(f"NMIRF_CORPUS is {corpus!r}, which is no folder; name a folder of documents, or none.")
    return Settings(
        home=Path(home).expanduser() if home else Path.home() / ".nmirf",
        corpus=None if corpus == NO_CORPUS else Path(corpus).expanduser() if corpus else _shipped_corpus(),
        encoder=values.get("NMIRF_ENCODER", "").strip() or None,
        allow_download=download == "1",
        password=values.get("NMIRF_PASSWORD") or None,
    )
