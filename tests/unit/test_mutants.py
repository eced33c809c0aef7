"""The list of mutants is true to the code: `make mutants` tries them, which takes longer."""

from pathlib import Path

import pytest

from tests.mutants.table import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_a_mutant_breaks_is_there_and_so_are_its_tests(mutant: Mutant) -> None:
    whole = (ROOT / mutant.file).read_text()
    assert mutant.broken(whole) != whole
    assert [test for test in mutant.tests if not (ROOT / test).exists()] == []
