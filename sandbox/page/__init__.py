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
    files: dict[str, Path] = {}

    def look() -> None:
        found = [one for one in FOLDER.rglob("*") if one.suffix in TYPES]
        files.update({one.relative_to(FOLDER).as_posix(): one for one in found})

    def served(path: str) -> web.StreamResponse:
        """A file of the page. Only what is in the folder can be named, so no path leads out of it."""
        if path not in files:
            look()
        if path not in files:
            raise _absent()
        return web.FileResponse(files[path], headers=HEADERS | {"Content-Type": TYPES[files[path].suffix]})

    async def index(_: web.Request) -> web.StreamResponse:
        return served("index.html")

    async def file(request: web.Request) -> web.StreamResponse:
        return served(request.match_info["path"])

    return [web.get("/", index), web.get("/page/{path:.+}", file)]


def _absent() -> web.HTTPNotFound:
    return web.HTTPNotFound(text="The page has no such file.", headers=HEADERS)
