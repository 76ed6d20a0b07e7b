# `make help` lists what there is.

PYTHON ?= python3
PORT ?= 8501
BENCH ?=
WORKERS ?= auto
SCALE ?= 20
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
PYTEST := $(BIN)/python -m pytest -n $(WORKERS)
NOT_FAST := $(addprefix --ignore=tests/,browser faults releases)
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock"

# Without bytecode every process of every run would compile all modules, and rewrite the assertions, anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run setup test fast soak lint format bench lock hooks clean help

run: $(RUN_STAMP)  ## install once, then serve the pages (PORT=8600 for another port)
	@echo "Open the link that is printed now (Ctrl+C stops the program)"
	@$(BIN)/streamlit run app.py --server.address 127.0.0.1 --server.port $(PORT) --server.headless true

setup: $(RUN_STAMP)  ## install what the program needs into .venv

test: lint  ## everything: lint, types, and every test
	$(PYTEST) --dist loadgroup

fast: $(DEV_STAMP)  ## the tests for while you work: none that is slow, in a browser, or of the fault table
	$(PYTEST) --dist worksteal -m "not slow and not browser and not faults" --hypothesis-profile fast $(NOT_FAST)

soak: $(DEV_STAMP)  ## new random examples of the property tests SCALE=20 times as many, and sessions of 2,000 random steps as many times, and slow browsers, for a night
	PROPERTY_SCALE=$(SCALE) $(PYTEST) --dist worksteal -m hypothesis --hypothesis-profile soak
	PROPERTY_SCALE=$(SCALE) SESSION_SEED=$$(date +%s) $(PYTEST) --dist worksteal tests/ui/test_hostile.py -k session
	SLOW_BROWSER=1 $(PYTEST) --dist loadgroup tests/browser

lint: $(DEV_STAMP)  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(DEV_STAMP)  ## put the code into its format, and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV_STAMP)  ## how fast it is; BENCH="explorer --rows 100m" for one part
	$(BIN)/python -m tests.bench $(BENCH)

lock: $(DEV_STAMP)  ## renew the lock files: the newest versions that requirements*.txt allow
	$(LOCK) --upgrade requirements.txt -o requirements.lock
	$(LOCK) --upgrade -c requirements.lock requirements-dev.txt -o requirements-dev.lock

hooks: $(DEV_STAMP)  ## run ruff and mypy before each commit
	$(BIN)/pre-commit install

clean:  ## take away .venv and every cache
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Token Ledger needs Python 3.11 or later; set PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): requirements.lock | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements.lock
	@touch $@

$(DEV_STAMP): requirements-dev.lock requirements.lock | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements-dev.lock
	@touch $(RUN_STAMP) $@
