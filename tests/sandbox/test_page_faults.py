"""The page offers the faults that the control API takes, and no others."""

import re
from importlib import resources

import pytest

from sandbox.discord import faults as discord_faults
from sandbox.fal import faults as fal_faults

TROUBLE = (resources.files("sandbox") / "page/js/behind/trouble.js").read_text()
TAKEN = {"fal": fal_faults.KINDS, "discord": discord_faults.REST}
AT_ONCE = {"fal": (), "discord": discord_faults.GATEWAY}  # those that strike when they are asked for


@pytest.mark.parametrize("service", ["fal", "discord"])
def test_the_page_lets_one_choose_among_all_kinds_that_wait_and_no_others(service: str) -> None:
    kinds = TROUBLE.partition("export const KINDS")[2]
    listed = re.search(rf"^  {service}: \[(.*?)\]", kinds, re.DOTALL | re.MULTILINE)
    assert listed
    assert sorted(re.findall(r'"(\w+)"', listed[1])) == sorted(TAKEN[service])


@pytest.mark.parametrize("service", ["fal", "discord"])
def test_the_troubles_that_the_page_words_itself_are_kinds_of_their_service(service: str) -> None:
    worded = set(re.findall(rf'{service}\("[^"]*", {{ kind: "(\w+)"', TROUBLE))
    assert worded
    assert worded <= {*TAKEN[service], *AT_ONCE[service]}
    assert worded >= {*AT_ONCE[service]}
