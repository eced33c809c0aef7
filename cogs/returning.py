"""Which reactions came and went while the bot was away: read from the messages, with a bounded number of requests."""

import logging
from collections.abc import AsyncIterator, Mapping

import discord

from bot.domain.action import BY_NAME, Action, by_emoji
from bot.domain.errors import Unavailable, Undeliverable
from bot.trouble import translated
from cogs.person import Place

log = logging.getLogger(__name__)
MOST_AWAY = 5000  # films that are looked at, the newest ones
LOOKED_THROUGH = 1000  # messages of a channel
MOST_LISTS = 500  # of those who reacted, of all channels together
LONGEST_LIST = 1000  # members


class Away:
    """What is left to do: how many lists may still be read, and whether Discord did not answer."""

    def __init__(self, client: discord.Client) -> None:
        self.client, self.lists, self.again = client, MOST_LISTS, False


async def looked_through(
    channel: Place, films: Mapping[int, str], heard: Mapping[tuple[str, int, str], bool], away: Away
) -> AsyncIterator[tuple[int, int, Action, bool]]:
    """What is another than what was heard (film, member, action), or not done, on these messages, by their films:
    message, member, action, and whether it is there now.

    A channel that does not answer, or is not to be read, is left as it is.
    """
    left, oldest = dict(films), min(films)
    try:
        with translated(away.client):
            async for message in channel.history(limit=LOOKED_THROUGH):
                if message.id < oldest or not left:
                    return
                if job_id := left.pop(message.id, None):
                    before = {(user_id, name): done for (film, user_id, name), done in heard.items() if film == job_id}
                    async for user_id, action, there in _changed(message, before, away):
                        yield message.id, user_id, action, there
    except (Unavailable, Undeliverable) as error:
        log.warning("reactions in channel %s are not looked through: %r", channel.id, error.__cause__)
        away.again |= isinstance(error, Unavailable)


async def _changed(
    message: discord.Message, before: Mapping[tuple[int, str], bool], away: Away
) -> AsyncIterator[tuple[int, Action, bool]]:
    there: set[str] = set()
    for reaction in message.reactions:
        if action := by_emoji(str(reaction.emoji)):
            there.add(action.name)
            known = {user_id: done for (user_id, name), done in before.items() if name == action.name}
            async for user_id, now in _compared(reaction, known, away, lasting=action.lasting):
                yield user_id, action, now
    for user_id, name in before:
        if name not in there:  # nobody has that any more
            yield user_id, BY_NAME[name], False


async def _compared(
    reaction: discord.Reaction, known: Mapping[int, bool], away: Away, *, lasting: bool
) -> AsyncIterator[tuple[int, bool]]:
    """Who has it now and had it not before, or for whom it is not done, or the other way round.

    As many as before are taken for the same ones, where nothing stands or falls with that.
    """
    same = reaction.normal_count - int(reaction.me) == len(known) and all(known.values()) and not (lasting and known)
    if same or not away.lists or reaction.normal_count > LONGEST_LIST:
        return
    away.lists -= 1
    if not away.lists:
        log.warning("%s lists of reactions were read: the rest is not looked through", MOST_LISTS)
    now = {user.id async for user in reaction.users() if not user.bot}
    done = {user_id for user_id in known if known[user_id]}
    for user_id in (now - done) | (known.keys() - now):
        yield user_id, user_id in now
