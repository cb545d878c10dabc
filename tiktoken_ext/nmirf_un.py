"""tiktoken's way to find the encoding: ``tiktoken.get_encoding("nmirf_un")``.

tiktoken imports every module of this namespace package (which must have no ``__init__.py``) as soon as any
encoding is asked for, so nothing is read before the constructor is called.
"""

from __future__ import annotations

from typing import Any


def nmirf_un() -> dict[str, Any]:
    """The arguments of ``tiktoken.Encoding``."""
    from corpus.tokens import encoding_arguments

    return encoding_arguments()


ENCODING_CONSTRUCTORS = {"nmirf_un": nmirf_un}
