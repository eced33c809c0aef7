"""A channel as lines of text: what is new in it since one last looked."""

import re
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

ESCAPED = re.compile(r"\\([\\*_~`|<>\[\]()#-])")
TIMESTAMP = re.compile(r"<t:(\d+):\w>")
BOLD = re.compile(r"\*\*(.+?)\*\*")
MENTION = re.compile(r"<@(\d+)>")
NAME = 10  # characters for who speaks


class Transcript:
    """Turns the messages of a channel into lines, each thing once."""

    def __init__(self, people: dict[str, str]) -> None:
        self._people = people  # id -> name
        self._shown: dict[str, list[str]] = {}

    def news(self, messages: list[Json]) -> list[str]:
        """The lines for what was posted, edited or deleted since the last call, oldest first."""
        lines: list[str] = []
        for message in messages:
            known = self._shown.get(message["id"], [])
            now = [line for line in self._lines(message) if line]
            lines += [self._spoken(message, line) for line in now if line not in known]
            self._shown[message["id"]] = now
        for gone in self._shown.keys() - {message["id"] for message in messages}:
            lines.append(f"{'':<{NAME}} (a message of the bot is removed)")
            del self._shown[gone]
        return lines

    def _spoken(self, message: Json, line: str) -> str:
        private = " (only you see this)" if message["flags"] & 64 else ""
        return f"{message['author']['username']:<{NAME}} {line}{private}"

    def _lines(self, message: Json) -> list[str]:
        if message["flags"] & 128:
            return ["thinking…"]
        lines = [*self._plain(message["content"]).splitlines()]
        for embed in message["embeds"]:
            footer: Json = embed.get("footer") or {}
            texts: list[str | None] = [embed.get("title"), embed.get("description"), footer.get("text")]
            texts += [f"{field['name']} {field['value']}" for field in embed.get("fields") or ()]
            lines += [line for text in texts if text for line in self._plain(text).splitlines()]
        for row in message["components"]:
            labels = [button["label"] for button in row.get("components", ()) if button.get("label")]
            lines.append(" ".join(f"({label})" for label in labels))
        for file in message["attachments"]:
            lines.append(f"[{file['filename']}, {file['size'] / 1e6:.1f} MB]")
        for reaction in message.get("reactions") or ():
            lines.append(f"{reaction['emoji']['name']} {reaction['count']}")
        return lines

    def _plain(self, text: str) -> str:
        text = MENTION.sub(lambda found: f"@{self._people.get(found[1], 'somebody')}", text)
        text = BOLD.sub(r"\1", text)
        text = TIMESTAMP.sub(lambda found: _clock(int(found[1])), text)
        return "\n".join(
            ESCAPED.sub(r"\1", line).removeprefix("-# ").removeprefix("> ").strip() for line in text.splitlines()
        )


def _clock(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
