# Everything runs in .venv; PYTHON names the interpreter that makes it.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: setup demo test lint check lock docs models

setup: .venv/.ready ## make the virtual environment

.venv/.ready: pyproject.toml requirements.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the pinned packages (a minute or two the first time) …"
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps -e .
	@touch $@

demo: setup ## a shipped town's day through all 14 sources; ONCE=1 ends after the table
	@$(BIN)/hub demo $(if $(ONCE),--once)

test: setup ## unit, contract and end-to-end tests
	$(BIN)/python -m pytest

lint: setup ## style, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: setup ## write the made documents anew after a model or a catalogue has changed
	$(BIN)/python -m hub.export_docs docs

models: setup ## learn senses and weights anew from the shipped wordings; some minutes
	$(BIN)/python -m hub.learn

check: lint test

lock: ## pin every package anew, with hashes
	uv pip compile --quiet --python-version 3.11 --universal --extra dev --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" -o requirements.lock pyproject.toml
