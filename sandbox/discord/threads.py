"""Threads: made, archived, woken up and removed, each change announced."""

from sandbox.discord.announcer import Announcer
from sandbox.discord.permissions import Permission
from sandbox.discord.shapes import THREAD, new_thread
from sandbox.discord.wire import Clock, Json, Refusal, iso
from sandbox.discord.world import World


class Threads:
    """Changes the threads of the world. In an archived one nothing can be changed, but writing there wakes it up."""

    def __init__(self, world: World, announcer: Announcer, clock: Clock) -> None:
        self._world = world
        self._announcer = announcer
        self._clock = clock

    def make(self, name: str, parent: Json) -> None:
        """The owner of the guild makes a public thread below a channel."""
        owner = self._world.people["owner"]["id"]
        thread = new_thread(self._world.ids.new(), parent, name, owner, iso(self._clock()))
        self._world.threads[thread["id"]] = thread
        self._announcer.thread("THREAD_CREATE", thread | {"newly_created": True})

    def turn(self, thread: Json, *, archived: bool, locked: bool) -> None:
        """Put it away or wake it up; where it is locked, only who may manage threads wakes it up."""
        now = iso(self._clock())
        thread["thread_metadata"] |= {"archived": archived, "locked": locked, "archive_timestamp": now}
        self._announcer.thread("THREAD_UPDATE", thread)
        self._announcer.world()

    def enter(self, channel: Json, author_id: str) -> None:
        """Before somebody writes: wake an archived thread, or refuse (50083) where it is locked for them."""
        if channel["type"] != THREAD:
            return
        about: Json = channel["thread_metadata"]
        may_manage = self._world.permissions(author_id, channel) & Permission.MANAGE_THREADS
        if about["locked"] and not may_manage:
            raise _archived()
        if about["archived"]:
            self.turn(channel, archived=False, locked=about["locked"])

    def require_awake(self, channel_id: str) -> None:
        """Refuse a change in an archived thread (50083)."""
        thread = self._world.threads.get(channel_id)
        if thread and thread["thread_metadata"]["archived"]:
            raise _archived()

    def count(self, channel_id: str, messages: int) -> None:
        """So many messages more, or fewer, in what may be a thread."""
        if thread := self._world.threads.get(channel_id):
            thread["message_count"] += messages
            thread["total_message_sent"] += max(0, messages)

    def drop(self, thread: Json) -> None:
        """It is deleted."""
        self._announcer.thread("THREAD_DELETE", thread)
        del self._world.threads[thread["id"]]

    def below(self, channel: Json) -> list[Json]:
        """The threads of a channel."""
        return [one for one in self._world.threads.values() if one["parent_id"] == channel["id"]]


def _archived() -> Refusal:
    return Refusal(400, 50083, "Thread is archived")
