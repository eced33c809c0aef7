"""Buttons below messages. They carry what to do and the job's id, so they work for ever; `cheaper` has a key that a
restart forgets."""

from typing import NamedTuple


class Button(NamedTuple):
    """A button: what it says, and what its press is called (Discord's custom_id)."""

    label: str
    id: str
    calm: bool = False


def button_id(action: str, job_id: str, detail: object = "") -> str:
    """What the press of a button is called that does something to a job; bot.domain.action.BUTTON_ID reads it."""
    return ":".join([action, job_id, *([str(detail)] if detail != "" else [])])
