"""The page: built over a Desk, served on the loopback interface, or elsewhere to those who can sign in."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from assistant.page.desk import Desk
from corpus.errors import SettingsError

if TYPE_CHECKING:
    import gradio as gr

Made = TypeVar("Made")

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 7860

# Read by Gradio and the libraries beneath it when they are imported or a page is built. None of them calls out, and
# the statistics that Gradio makes of all past events, with pandas, after each event, are not made.
_QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(10**9),
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


def build_page(desk: Desk) -> gr.Blocks:
    """The page over a desk, not yet served."""
    _prepare_environment()
    from assistant.page.layout import Page

    return _in_a_running_loop(lambda: Page(desk).blocks)


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
    try:
        if announce is not None:
            announce(str(page.local_url))
        page.block_thread()
    finally:
        page.close(verbose=False)


def start(desk: Desk, host: str, port: int, auth: tuple[str, str] | None = None) -> gr.Blocks:
    """Serve the page from a thread until what is returned is closed. Raises as ``launch`` does."""
    if auth is not None and not all(part.strip() for part in auth):
        raise SettingsError("The name or the password to sign in with is empty; give both.")
    if auth is None and not is_loopback(host):
        raise SettingsError(
            f"The page would be open to everyone who can reach {host or 'this machine'}; "
            f"use {DEFAULT_HOST}, or give a name and a password to sign in with."
        )
    host = host.strip("[]")
    _check_port(host, port)
    page = build_page(desk)
    _reach_directly(host)
    from starlette.middleware import Middleware

    from assistant.page.guard import Guard
    from assistant.page.layout import theme

    serve = partial(
        page.launch,
        server_name=f"[{host}]" if ":" in host else host,
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
    _in_a_running_loop(serve)
    return page


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server on the host. Names but localhost may be anything: no."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _in_a_running_loop(make: Callable[[], Made]) -> Made:
    # Where no event loop runs, Gradio makes some for its locks, sets them as the thread's own, and closes none.
    async def made() -> Made:
        return make()

    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(lambda: asyncio.run(made())).result()


def _check_port(host: str, port: int) -> None:
    # Gradio would find out as well, but only when all is built, and leave a socket open.
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except (OSError, OverflowError) as error:
        raise SettingsError(
            f"The page cannot be served on {host}:{port} ({error}); name another port or host."
        ) from error


def _prepare_environment() -> None:
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)


def _reach_directly(host: str) -> None:
    """Keep Gradio's own request to its server from going through a proxy, which would refuse it."""
    for name in ("NO_PROXY", "no_proxy"):
        reached = [h for h in os.environ.get(name, "").split(",") if h]
        missing = [h for h in ("127.0.0.1", "localhost", host) if h not in reached]
        os.environ[name] = ",".join(reached + missing)
