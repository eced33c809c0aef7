# Everything a newcomer needs, with nothing but Python 3.11+ and make. `make help` lists it.
# A distribution's Python, where it is new enough: built with optimizations that pyenv leaves out, it takes a tenth less.
PYTHON ?= $(or $(shell /usr/bin/python3 -c 'import sys, ensurepip; sys.version_info < (3, 11) or print(sys.executable)' 2>/dev/null),python3)
BIN := .venv/bin
ARGS ?=
WORKERS ?= 4
KILLS ?= 500
# our own modules are compiled once, and not by each process that a test starts
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS)

.PHONY: help demo test check soak mutants pictures readme words bench format lock clean
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: .venv/ready ## try the bot without any account: make demo ARGS='--once --image photo.jpg --prompt "…" --out film.mp4'
	@$(BIN)/zoetrope demo $(ARGS)

test: .venv/ready ## the whole test suite
	$(PYTEST) $(ARGS)

soak: .venv/ready ## kill the bot at random for longer: make soak KILLS=5000
	SOAK_KILLS=$(KILLS) $(PYTEST) tests/crash/test_random_kills.py $(ARGS)

mutants: .venv/ready ## break the code on purpose and report whether a test notices
	$(BIN)/python -m tests.mutants $(ARGS)

check: .venv/ready ## style, types, layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/basedpyright
	$(BIN)/lint-imports

pictures: .venv/ready ## the pictures of the README, from the real page (needs Chromium)
	$(BIN)/python -m tests.page.pictures docs/pictures

readme: .venv/ready ## the tables of the README anew, from the code
	$(BIN)/python -m tests.readme

words: .venv/ready ## today's sentences into the catalogues of the other languages, where they are to be translated
	$(BIN)/python -m tests.words

bench: .venv/ready ## how long films, files, reports and the page take: see benchmarks/README.md
	$(BIN)/python -m benchmarks.first_film
	$(BIN)/python -m benchmarks.media
	$(BIN)/python -m benchmarks.year
	$(BIN)/python -m benchmarks.page

format: .venv/ready ## put the code into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: ## renew the lock files from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links --extra sandbox pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links --extra sandbox --extra dev pyproject.toml \
		--output-file requirements-dev.lock

clean: ## remove what was made
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis

# The environment is made anew when the lock changes: nothing stale stays in it.
.venv/ready: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q bot cogs sandbox
	@touch $@
