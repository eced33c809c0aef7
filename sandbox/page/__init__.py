"""The page of the sandbox, as a browser asks for it."""

from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".wav": "audio/wav",
    ".json": "application/json",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' data: blob:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def routes() -> list[web.RouteDef]:
    """The page itself and its files."""

    async def index(_: web.Request) -> web.StreamResponse:
        return _served("index.html")

    async def file(request: web.Request) -> web.StreamResponse:
        return _served(request.match_info["path"])

    return [
        web.get("/", index),
        web.get("/page/{path:.+}", file),
    ]


def _served(path: str) -> web.StreamResponse:
    """A file of the page. Only what is in the folder can be named, so no path leads out of it."""
    files = {found.relative_to(FOLDER).as_posix(): found for found in FOLDER.rglob("*") if found.suffix in TYPES}
    if path not in files:
        raise _absent()
    return web.FileResponse(files[path], headers=HEADERS | {"Content-Type": TYPES[files[path].suffix]})


def _absent() -> web.HTTPNotFound:
    return web.HTTPNotFound(text="The page has no such file.", headers=HEADERS)
