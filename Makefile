# One command for each thing one does here; `make` alone lists them.
VENV := .venv
PY := $(VENV)/bin/python
.DEFAULT_GOAL := help
.PHONY: help setup runtime tools compile checked run test check debian collected stories mutants build bench verdicts screens fresh lock clean

help:  ## This list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

setup: tools compile  ## Make .venv with everything that is pinned, and compile what can be compiled; PYTHON=/path/to/python chooses

runtime:
	@sh environment.sh requirements.lock

tools: runtime
	@sh environment.sh requirements-dev.lock

# The hot path of DNS, by the same files (setup.py). Where it cannot be compiled it runs interpreted, which is said and no error.
compile: runtime
	@echo "Compiling what has changed of the hot path"
	@mkdir -p build; $(PY) setup.py --quiet build_ext --build-lib build/compiled --build-temp build/temp >build/log 2>&1 && echo "DNS answers run compiled" \
	  || { cat build/log; echo "DNS answers run interpreted, at about a tenth of the speed"; }; rm -f build/log

checked: runtime
	@GATEPOST_BOUNDSCHECK=1 $(PY) setup.py --quiet build_ext --build-lib build/checked --build-temp build/temp-checked >/dev/null 2>&1

run: runtime compile  ## Serve on 127.0.0.1: DNS on port 5300, the portal on port 8080, data in ./data
	$(PY) app.py serve

check: setup  ## Ruff and the type checker
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

# Once as it runs here; then the hot path interpreted, and compiled with every index checked.
HOT := tests/dnsd tests/reputation/verdict tests/reputation/test_publisher.py
# A worker takes a file at a time, the slow ones first (tests/slowest.py): what its tests share is then made once. Two
# workers a core, for half of the time they wait: for a program to start, a page to load, a mail server to answer.
PYTEST := $(PY) -m pytest -n $(shell expr 2 \* $$(getconf _NPROCESSORS_ONLN)) --dist loadfile --no-loadscope-reorder
# Each worker and each program that a test starts begins with the code that an earlier one has compiled, also where the
# environment forbids to keep it; `collected` compiles it before four workers would do so at once.
test: export PYTHONDONTWRITEBYTECODE :=
test: setup  ## Everything: linter, types, executable, all tests (installs the Debian packages they need, where it may)
	@$(MAKE) --no-print-directory -j4 check build debian collected
	$(PYTEST)
	GATEPOST_INTERPRETED=1 $(PYTEST) -q $(HOT)
	if command -v $${CC:-cc} >/dev/null; then $(MAKE) --no-print-directory checked && GATEPOST_COMPILED=build/checked $(PYTEST) -q $(HOT); fi

collected: setup
	@$(PY) -m pytest -q --collect-only >/dev/null || true  # what is wrong is said by the run itself

debian: setup
	@$(PY) -m tests.debian

stories: setup  ## Only the tests that start the real program
	$(PY) -m pytest tests/stories

mutants: setup  ## Which small changes of a module does no test notice? MODULE=reputation/intake/guards.py [SAMPLE=40] [SEED=1] [TESTS=...]
	$(PY) -m tests.mutants $(MODULE) --sample $(or $(SAMPLE),40) --seed $(or $(SEED),1) --tests "$(TESTS)" --at-least $(or $(AT_LEAST),0)

build: setup  ## One executable, dist/gatepost, which then tests itself
	$(PY) -m PyInstaller --noconfirm --clean --log-level WARN --distpath build/frozen build.spec
	$(PY) -m onefile.pack build/frozen/gatepost dist/gatepost
	dist/gatepost selftest

bench: setup  ## Measure, side by side with peers
	$(PY) -m benchmarks

verdicts: setup  ## Measure how good the verdicts are, and write docs/scoring.md
	$(PY) -m benchmarks.verdicts

screens: setup  ## Take the pictures of docs/screens.md from the demo
	$(PY) -m docs.screens.take

fresh: tools  ## Follow README in bare Debian 12 and 13 (as root, with debootstrap; takes long)
	$(PY) -m tests.fresh $(FRESH)

lock: setup  ## Renew the lock files after a change in pyproject.toml
	$(PY) -m piptools compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --no-header --allow-unsafe -o requirements.lock pyproject.toml
	$(PY) -m piptools compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --no-header --allow-unsafe --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

clean:  ## Remove what was built; data and .venv stay
	rm -rf build dist .cache .pytest_cache .ruff_cache .mypy_cache
