"""Breaks the code on purpose, one promise after the other, and reports whether a test notices: `make mutants`."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.mutants.table import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
LEFT = shutil.ignore_patterns(".venv", ".git", "__pycache__", ".pytest_cache", ".hypothesis", ".ruff_cache", "data")
LONGEST = 180  # seconds for the tests of one mutant; a bot that hangs is one that was noticed
GREEN = 0


def main() -> int:
    """Try each mutant, or those whose name has the given words in it; 1 if one survived."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("words", nargs="*", help="try only the mutants with these words in their names")
    words: list[str] = parser.parse_args().words
    chosen = [one for one in MUTANTS if all(word in one.name for word in words)]
    survivors: list[Mutant] = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=LEFT)
        for mutant in chosen:
            began = time.monotonic()
            dead = _dies(mutant, copy)
            survivors += [] if dead else [mutant]
            print(f"{'red     ' if dead else 'SURVIVES'} {time.monotonic() - began:5.1f} s  {mutant.name}", flush=True)
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} are noticed.")
    return bool(survivors)


def _dies(mutant: Mutant, copy: Path) -> bool:
    """Whether its tests, which are green without it, are red with it."""
    file = copy / mutant.file
    whole = file.read_text()
    file.write_text(mutant.broken(whole))
    try:
        return _tested(mutant.tests, copy) != GREEN
    finally:
        file.write_text(whole)


def _tested(tests: tuple[str, ...], copy: Path) -> int | None:
    """The exit code of these tests, None if they took too long."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", *tests]
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        command, cwd=copy, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        try:
            return running.wait(LONGEST)
        except subprocess.TimeoutExpired:
            running.terminate()
            return None


if __name__ == "__main__":
    sys.exit(main())
