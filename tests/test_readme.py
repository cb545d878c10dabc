"""The README's commands, options, settings and targets are the program's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from assistant.cli import app
from assistant.settings import KNOWN, PREFIX

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_group(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("line", re.findall(r"`nmirf (\w+[^`]*)`", README))
def test_commands_and_options_exist(line: str) -> None:
    command = COMMANDS[line.split(maxsplit=1)[0]]
    options = {name for parameter in command.params for name in parameter.opts}
    assert set(re.findall(r"--[a-z-]+", line)) <= options


def test_every_command_is_in_the_readme() -> None:
    assert set(re.findall(r"`nmirf (\w+)", README)) == set(COMMANDS)


def test_the_table_of_settings_is_the_programs() -> None:
    assert dict(re.findall(rf"\| `{PREFIX}(\w+)` \| (.*) \|", README)) == KNOWN


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?m)^make (\w+)|`make (\w+)", README))))
def test_make_targets_exist(target: tuple[str, str]) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"(?m)^{target[0] or target[1]}:", makefile)


def test_pictures_and_documents_exist() -> None:
    for name in re.findall(r"\((docs/[^)]+)\)|`(docs/decisions/[\w.-]+)`", README):
        assert (ROOT / (name[0] or name[1])).exists()
