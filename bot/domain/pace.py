"""How patient the bot is, in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When the bot looks, edits, tries again and gives up. All in seconds."""

    first_look: float = 0.4  # after the submit
    longest_look: float = 5.0  # between two looks at a request
    look_share: float = 0.1  # of a request's age: the older, the rarer
    edit_every: float = 3.0  # between two edits of one card
    stage_after: float = 0.8  # the same, where the job has come to another stage
    edits_a_second: float = 5.0  # of all cards together; more jobs make each card slower
    pause: float = 1.0  # before something is tried again; doubles
    longest_pause: float = 60.0
    fetches: tuple[float, ...] = (1.0, 4.0, 15.0)  # between two attempts at a file that does not come whole
    answer: float = 900.0  # in which a member may say how his job is to go on
    give_up: float = 900.0  # on a job for which nothing was paid yet, counted from when it was accepted or answered
    grace: float = 300.0  # in which a submit that got no answer may still turn up at fal
    token: float = 14 * 60.0  # of an interaction's 15 min, in which its card is edited by its token

    def until_look(self, age: float) -> float:
        """Seconds until the next look at a request that was submitted `age` seconds ago."""
        return min(max(age * self.look_share, self.first_look), self.longest_look)

    def until_edit(self, cards: int) -> float:
        """Seconds between two edits of one card while `cards` of them are kept up to date."""
        return max(self.edit_every, cards / self.edits_a_second)
