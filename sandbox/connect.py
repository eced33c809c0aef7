"""How an unmodified bot is led to the stand-ins: by the environment alone."""

import contextlib
import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Generator
from pathlib import Path

import certifi

from bot.domain.errors import Misconfigured

# The tunnel to the stand-in takes fal's hosts alone; the pictures of a real Discord come straight.
NOT_FAL = ("127.0.0.1", "localhost", ".discord.com", ".discord.gg", ".discordapp.com", ".discordapp.net")


@contextlib.contextmanager
def to(url: str, *, discord: bool, fal: bool) -> Generator[dict[str, str]]:
    """The environment with which a bot uses the sandbox at `url` for Discord, for fal or for both.

    Without a `url` a sandbox of its own runs until the end of the block.
    """
    with contextlib.ExitStack() as stack:
        url = url or stack.enter_context(own_sandbox())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zoetrope-")))
        yield environment(url, folder, discord=discord, fal=fal)


def environment(url: str, folder: Path, *, discord: bool = True, fal: bool = True) -> dict[str, str]:
    """The same, for a sandbox that runs; `folder` takes the certificates that fal-client is to trust.

    Without `fal`, the real one is used with one's own key, through the sandbox if that shows what passes.
    Raises Misconfigured where no sandbox answers, or films would be paid that are not to be.
    """
    straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy this machine uses
    try:
        with straight.open(f"{url}/_sim/connect", timeout=10) as reply:
            services = json.load(reply)
    except (OSError, ValueError) as error:
        raise Misconfigured(f"No sandbox answers at {url}: start one with `zoetrope sandbox`.") from error
    real = not services["fal"]["key"]  # a window onto the real fal, to which everybody shows a key of their own
    if real and fal:
        raise Misconfigured(f"The sandbox at {url} leads to the real fal, where films are paid: say --fal live.")
    found: dict[str, str] = {}
    if discord:
        names = {"DISCORD_TOKEN": "token", "ZOETROPE_DISCORD_API": "api"}
        names |= {"ZOETROPE_DISCORD_GATEWAY": "gateway", "ZOETROPE_DISCORD_CDN": "cdn"}
        found |= {name: services["discord"][key] for name, key in names.items()}
    if fal:
        found["FAL_KEY"] = services["fal"]["key"]
    if fal or real:
        # OpenSSL takes this file in place of its own, so where anything is real the usual authorities must be in it as
        # well; reading them takes a while for each connection that is made ready
        usual = Path(certifi.where()).read_text() if real or not discord else ""
        trusted = folder / "trusted.pem"
        trusted.write_text(usual + services["fal"]["certificate"])
        found["SSL_CERT_FILE"] = str(trusted)
        for name, value in (("https_proxy", services["fal"]["proxy"]), ("no_proxy", ",".join(NOT_FAL))):
            found |= {name: value, name.upper(): value}  # some libraries read the one, some the other
    return found


@contextlib.contextmanager
def own_sandbox(*arguments: str) -> Generator[str]:
    """A sandbox in a process of its own, ended with the block; gives its URL."""
    command = [sys.executable, "-m", "bot", "sandbox", *(arguments or ("--port", "0"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = (process.stdout.readline() if process.stdout else "").strip()
            if not url:
                raise Misconfigured("The sandbox did not start.")
            yield url
        finally:
            process.terminate()
