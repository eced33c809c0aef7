"""Who may use the page and the control API: they ask for no password, so no other web page may reach them through the
browser of the person in front of it. A program on this machine, which sends none of a browser's headers, may."""

import re

from aiohttp import web
from aiohttp.typedefs import Handler

# The bot speaks there, and each of these asks for what the bot alone knows or gives what a link names.
BOTS = ("/api/", "/gateway", "/attachments/", "/ephemeral-attachments/")
LOOPBACK = re.compile(r"(?:127\.\d+\.\d+\.\d+|(?:[\w-]+\.)*localhost|\[::1\])(?::(\d+))?", re.ASCII | re.IGNORECASE)
STRANGERS = ("cross-site", "same-site")


@web.middleware
async def same_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 403 with a sentence to what another web page causes, whatever name it has for this machine."""
    if request.path.startswith(BOTS):
        return await handler(request)
    if reason := _stranger(request):
        return web.json_response({"error": f"{reason} Open the sandbox at its own address."}, status=403)
    return await handler(request)


def _stranger(request: web.Request) -> str | None:
    """Why a request is not from our own page or a program on this machine."""
    host, origin = request.headers.get("Host"), request.headers.get("Origin")
    if host is not None and not _is_ours(host, request):  # a name that was made to lead here: DNS rebinding
        return f"This sandbox is not called {host}."
    if origin is not None and origin.lower() != f"http://{host}".lower():
        return f"The page at {origin} may not use this sandbox."
    followed = request.path == "/" and request.headers.get("Sec-Fetch-Dest") == "document"  # a link, not a frame
    if request.headers.get("Sec-Fetch-Site") in STRANGERS and not followed:
        return "Another web page may not use this sandbox."
    return None


def _is_ours(host: str, request: web.Request) -> bool:
    """Whether a Host header names this machine and the port that we listen at."""
    found = LOOPBACK.fullmatch(host)
    listening = request.transport.get_extra_info("sockname") if request.transport else None
    return bool(found and listening and int(found[1] or 80) == listening[1])
