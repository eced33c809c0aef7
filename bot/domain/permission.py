"""What a server lets be made: by whom, where, of which words, and with fal's safety checker or without."""

from dataclasses import dataclass, replace

from bot.domain.card import quote
from bot.domain.doors import SAFETY
from bot.domain.errors import Refused
from bot.domain.job import Job
from bot.domain.language import say, sentence
from bot.domain.rules import Rules
from bot.domain.wording import forbidden

PAUSED = sentence(
    "Those who manage this server let nothing new be made for now. Nothing was spent. Please try again later."
)
BLOCKED = sentence(
    "Those who manage this server have blocked you from making films here. Nothing was spent. Please ask one of them."
)
ELSEWHERE = sentence(
    "fal's safety checker is on in this channel, and this film is asked for without it (`enable_safety_checker`). "
    "Nothing was spent. Please ask for it by a command with the checker on: it can be off in age-restricted channels "
    "alone, where this server allows it."
)
HERE = sentence(
    "fal's safety checker is on in this channel, and this film is asked for without it (`enable_safety_checker`). "
    "Nothing was spent. Please ask for it by a command with the checker on, or ask those who manage this server: they "
    "can let it be off here."
)
CHANNELS_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a film is asked for, as Discord has it."""

    channel_id: int
    parent_id: int | None = None  # the channel that a thread belongs to, for which is done what is done there
    age_restricted: bool = False


def permitted(job: Job, rules: Rules, place: Place, *, everyday: bool) -> Job:
    """The job as its server lets it be made. Raises Refused where it does not.

    `everyday` says that its arguments were chosen by the bot, and not one by one by who asks.
    """
    admitted(job.user_id, rules, place)
    if word := forbidden(rules.words, job.prompt):
        raise Refused(
            say(
                "This server takes no prompts with “{word}”. Nothing was spent. Please put it in other words.",
                word=quote(word),
            )
        )
    return _checked(job, rules, place, everyday=everyday)


def admitted(user_id: int, rules: Rules, place: Place) -> None:
    """Raises Refused where a member may make no film at all, whatever it is of."""
    if rules.paused:
        raise Refused(say(PAUSED))
    if user_id in rules.blocked:
        raise Refused(say(BLOCKED))
    _check_place(rules, place)


def _check_place(rules: Rules, place: Place) -> None:
    here = {place.channel_id, place.parent_id}
    if rules.forbidden.isdisjoint(here) and not (rules.allowed and rules.allowed.isdisjoint(here)):
        return
    others = sorted(rules.allowed - here)
    names = ", ".join(f"<#{channel}>" for channel in others[:CHANNELS_TOLD])
    if len(others) > CHANNELS_TOLD:
        where = say("Please ask in {channels} and other channels.", channels=names)
    else:
        where = say("Please ask in {channels}.", channels=names) if others else say("Please use another channel.")
    raise Refused(" ".join([say("No films are made in this channel. Nothing was spent."), where]))


def _checked(job: Job, rules: Rules, place: Place, *, everyday: bool) -> Job:
    if SAFETY not in job.arguments:
        return job
    may_be_off = rules.unchecked and place.age_restricted
    if everyday:
        return replace(job, arguments={**job.arguments, SAFETY: not may_be_off})
    if job.arguments[SAFETY] or may_be_off:
        return job
    raise Refused(say(HERE if place.age_restricted else ELSEWHERE))
