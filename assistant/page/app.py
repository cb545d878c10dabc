"""The page: built over a Desk, served on the loopback interface, or elsewhere to those who can sign in."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.page.desk import Desk
from corpus.errors import SettingsError

if TYPE_CHECKING:
    import gradio as gr

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 7860

# Read by Gradio and the libraries beneath it when they are imported. None of them calls out.
_QUIET = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}


def build_page(desk: Desk) -> gr.Blocks:
    """The page over a desk, not yet served."""
    _prepare_environment()
    from assistant.page.layout import Page

    return Page(desk).blocks


def launch(
    desk: Desk,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    auth: tuple[str, str] | None = None,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serve the page until interrupted. ``announce`` is told the address once the page can be opened.

    Raises SettingsError when other machines could reach the page and there is no name and password to sign in
    with, and when the port cannot be had.
    """
    page = start(desk, host, port, auth)
    if announce is not None:
        announce(str(page.local_url))
    try:
        page.block_thread()
    finally:
        page.close(verbose=False)


def start(desk: Desk, host: str, port: int, auth: tuple[str, str] | None = None) -> gr.Blocks:
    """Serve the page from a thread until what is returned is closed. Raises as ``launch`` does."""
    if auth is not None and not all(part.strip() for part in auth):
        raise SettingsError("The name or the password to sign in with is empty; give both.")
    if auth is None and not is_loopback(host):
        raise SettingsError(
            f"The page would be open to everyone who can reach {host}; "
            f"use {DEFAULT_HOST}, or give a name and a password to sign in with."
        )
    page = build_page(desk)
    _reach_directly(host)
    from starlette.middleware import Middleware

    from assistant.page.guard import Guard
    from assistant.page.layout import theme

    try:
        page.launch(
            server_name=host,
            server_port=port,
            auth=auth,
            prevent_thread_lock=True,
            quiet=True,
            show_error=False,
            share=False,
            inbrowser=False,
            inline=False,
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            pwa=False,
            mcp_server=False,
            ssr_mode=False,
            root_path="",
            max_file_size=1,
            state_session_capacity=1000,
            app_kwargs={
                "docs_url": None,
                "redoc_url": None,
                "openapi_url": None,
                "middleware": [Middleware(Guard)],
            },
            theme=theme(),
            css_paths=Path(__file__).parent / "style.css",
        )
    except OSError as error:
        raise SettingsError(
            f"The page cannot be served on {host}, port {port}; name another port or host."
        ) from error
    return page


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server on the host. Names but localhost may be anything: no."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _prepare_environment() -> None:
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)


def _reach_directly(host: str) -> None:
    """Keep Gradio's own request to its server from going through a proxy, which would refuse it."""
    for name in ("NO_PROXY", "no_proxy"):
        reached = [h for h in os.environ.get(name, "").split(",") if h]
        missing = [h for h in ("127.0.0.1", "localhost", host) if h not in reached]
        os.environ[name] = ",".join(reached + missing)
