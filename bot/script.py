"""The console script `zoetrope`: starts the bot just as `python -m bot` does."""

import runpy


def main() -> None:
    """Run the command line.

    As a module by its name: the processes that open files are told where this one began, and would import a script
    again, each time with all of the bot (multiprocessing/spawn.py, `get_preparation_data`).
    """
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
