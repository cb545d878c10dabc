"""What the server behind the page serves: the page, its assets and its queue. Everything else is refused.

Gradio also brings uploads, file serving, a proxy, run history and an API browser; the page uses none of them.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Path -> whether all below it is served too.
_SERVED = {
    "/": False,
    "/assets/": True,
    "/config": False,
    "/favicon.ico": False,
    "/gradio_api/app_id": False,
    "/gradio_api/cancel": False,
    "/gradio_api/heartbeat/": True,
    "/gradio_api/login_check": False,
    "/gradio_api/queue/": True,
    "/gradio_api/reset": False,
    "/gradio_api/run/": True,
    "/gradio_api/startup-events": False,
    "/gradio_api/token": False,
    "/gradio_api/user": False,
    "/login": False,
    "/logout": False,
    "/manifest.json": False,
    "/robots.txt": False,
    "/static/": True,
    "/svelte/": True,
    "/theme.css": False,
}

# Gradio starts itself from an inline script and compiles its HTML templates, hence the two “unsafe”. What
# matters here: the page can load from, send to and be framed by nobody else, whatever a document says.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def is_served(path: str) -> bool:
    """Whether the server answers requests for a path."""
    if ".." in path:
        return False
    trimmed = path.rstrip("/") or "/"
    return trimmed in _SERVED or any(path.startswith(p) for p, below in _SERVED.items() if below)


class Guard:
    """ASGI middleware: 404 for whatever the page does not need, and security headers on the rest."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not is_served(scope["path"]):
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            await send(message)

        await self._app(scope, receive, send_with_headers)
