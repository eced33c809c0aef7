"""How patient the bot is, in seconds."""

from dataclasses import dataclass

from bot.domain.progress import Progress, Queued, Running


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When the bot looks, edits, tries again and gives up. All in seconds."""

    first_look: float = 0.4  # after the submit, and about the least between two looks
    longest_look: float = 5.0  # between two looks at a request
    look_share: float = 0.1  # of a request's age, or of the time that a render still takes, if that is less
    look_ahead: float = 0.5  # between two looks, for each request that stands before it in the queue
    jitter: float = 0.2  # the share by which a wait is longer or shorter, so that no crowd of looks marches in step
    edit_every: float = 3.0  # between two edits of one card
    longest_edit: float = 5.0  # that one edit may take; the next one tells more
    stage_after: float = 0.8  # the same, where the job has come to another stage
    edits_a_second: float = 5.0  # of all cards together; more jobs make each card slower
    pause: float = 1.0  # before something is tried again; doubles
    longest_pause: float = 60.0
    fetches: tuple[float, ...] = (1.0, 4.0, 15.0)  # between two attempts at a file that does not come whole
    answer: float = 900.0  # in which a member may say how his job is to go on
    give_up: float = 900.0  # on what is not paid yet, or is paid and cannot be had, or cannot be called off
    grace: float = 300.0  # in which a submit that got no answer may still turn up at fal
    hold: float = 24 * 3600.0  # in which a film, or bad news, waits for a place where it may be shown
    patience: float = 1.0  # times each endpoint's own deadline
    token: float = 14 * 60.0  # of an interaction's 15 min, in which its card is edited by its token
    settling: float = 60.0  # after the start, before anything is removed: first comes what waits to be done
    farewell: float = 3.0  # for the cards, when the bot is told to stop

    def until_look(self, progress: Progress | None, age: float, usual: float, chance: float) -> float:
        """Seconds until the next look at a request: short while something is about to happen, long in a queue.

        `age` is since it was submitted or began to be rendered, `usual` what a render takes; `chance` is from 0 to 1.
        """
        match progress:
            case Queued(ahead):
                wait = self.look_ahead * ahead
            case Running(done):
                left = age / done - age if done else usual - age
                wait = self.look_share * min(age, abs(left))
            case _:
                wait = self.look_share * age
        calm = min(max(wait, self.first_look), self.longest_look)
        return calm * (1 + self.jitter * (2 * chance - 1))

    def until_edit(self, cards: int) -> float:
        """Seconds between two edits of one card while `cards` of them are kept up to date."""
        return max(self.edit_every, cards / self.edits_a_second)
