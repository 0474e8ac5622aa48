# One command for each thing one does here; `make` alone lists them.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
.PHONY: help setup compile checked run test check stories build bench verdicts screens lock clean

help:  ## This list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

setup: $(VENV)/ready compile  ## Make .venv with everything pinned in requirements-dev.lock, and compile what can be compiled

$(VENV)/ready: requirements-dev.lock
	$(PYTHON) -m venv $(VENV) || python3 -m venv $(VENV)
	$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Gatepost needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

# The hot path of DNS, by the same files (setup.py). Without a C compiler it runs interpreted, which is said and no error.
compile: $(VENV)/ready
	@if command -v $${CC:-cc} >/dev/null; then $(BIN)/python setup.py --quiet build_ext --build-lib build/compiled --build-temp build/temp >build.log 2>&1 \
	  && echo "DNS answers run compiled" || { cat build.log; echo "The compiler failed: DNS answers run interpreted, at about a tenth of the speed"; }; rm -f build.log; \
	else echo "No C compiler: DNS answers run interpreted, at about a tenth of the speed"; fi

checked: $(VENV)/ready
	@GATEPOST_BOUNDSCHECK=1 $(BIN)/python setup.py --quiet build_ext --build-lib build/checked --build-temp build/temp-checked >/dev/null 2>&1

run: setup  ## Serve on 127.0.0.1: DNS on port 5300, the portal on port 8080, data in ./data
	$(BIN)/python app.py serve

check: setup  ## Ruff and the type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Once as it runs here; then the hot path interpreted, and compiled with every index checked.
HOT := tests/dnsd tests/reputation/verdict tests/reputation/test_publisher.py
# A worker takes a file at a time, the slow ones first (tests/slowest.py): what its tests share is then made once. Two
# workers a core, for half of the time they wait: for a program to start, a page to load, a mail server to answer.
PYTEST := $(BIN)/python -m pytest -n $(shell expr 2 \* $$(getconf _NPROCESSORS_ONLN)) --dist loadfile --no-loadscope-reorder
test: setup check build  ## Everything: linter, types, executable, all tests (installs the Debian packages they need, where it may)
	$(BIN)/python -m tests.debian
	$(PYTEST)
	GATEPOST_INTERPRETED=1 $(PYTEST) -q $(HOT)
	if command -v $${CC:-cc} >/dev/null; then $(MAKE) --no-print-directory checked && GATEPOST_COMPILED=build/checked $(PYTEST) -q $(HOT); fi

stories: setup  ## Only the tests that start the real program
	$(BIN)/python -m pytest tests/stories

build: setup  ## One executable, dist/gatepost, which then tests itself
	$(BIN)/pyinstaller --noconfirm --clean --log-level WARN build.spec
	dist/gatepost selftest

bench: setup  ## Measure, side by side with peers
	$(BIN)/python -m benchmarks

verdicts: setup  ## Measure how good the verdicts are, and write docs/scoring.md
	$(BIN)/python -m benchmarks.verdicts

screens: setup  ## Take the pictures of docs/screens.md from the demo
	$(BIN)/python -m docs.screens.take

lock: setup  ## Renew the lock files after a change in pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --no-header -o requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --no-header --allow-unsafe --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

clean:  ## Remove what was built; data and .venv stay
	rm -rf build dist .cache .pytest_cache .ruff_cache .mypy_cache
