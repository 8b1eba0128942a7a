# Everything runs in .venv; PYTHON is the interpreter with which it is created.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: setup demo test crash attack chaos soak fuzz audit lint check bench evaluate evaluate-real lock docs docs-site docs-serve models

setup: .venv/.ready ## make the virtual environment

.venv/.ready: pyproject.toml requirements.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the pinned packages (a minute or two the first time) …"
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps -e .
	@touch $@

demo: setup ## one day of a sample county through all 15 sources; ONCE=1 ends after the table
	@$(BIN)/hub demo $(if $(ONCE),--once)

# COVERAGE=1 measures branches too, and fails below the floor of pyproject.toml.
COVERED := $(if $(COVERAGE),--cov --cov-report=term:skip-covered)

test: setup ## unit, contract and end-to-end tests; COVERAGE=1 measures branches too
	$(BIN)/python -m pytest $(COVERED)

crash: setup ## long: kill -9 of the hub, its parts and services, whole lives of cases, the page in a browser
	$(BIN)/python -m pytest -m slow -n 2

attack: setup ## long: the whole table of attacks on the SQL of staff; make crash runs a part of it
	ATTACK_FULL=1 $(BIN)/python -m pytest -m slow tests/attack

# For a chaos run: the seed of its faults, its length, and whether the processes run under `hub up`
# (machine) or as services with three brokers of Apache Kafka (services).
SEED ?= 1
MINUTES ?= 10
ON ?= machine

chaos: setup ## long: kills, stops, full disks, cut links, clocks that jump; then every guarantee is checked
	$(BIN)/python -m tests.chaos --seed $(SEED) --minutes $(MINUTES) --on $(ON)

# For a soak run: messages a second, and the size of the town in counties.
RATE ?= 40
COUNTIES ?= 16

soak: setup ## long: a steady load without faults; memory, files, threads and lag are watched
	$(BIN)/python -m tests.chaos --seed $(SEED) --minutes $(MINUTES) --on $(ON) --pace 0 --rate $(RATE) --counties $(COUNTIES)

RUNS ?= 1000000

fuzz: setup ## long: coverage-guided inputs to all decoders; inputs that fail are saved in var/fuzz
	$(BIN)/python -m tests.fuzz.decoders var/fuzz -runs=$(RUNS)

audit: setup ## known vulnerabilities of the pinned packages
	$(BIN)/python .ci/audit

# The programs with which the hub is compared need older packages than the hub, so they have an
# environment of their own.
var/bench/.ready: hub/lab/bench/peers/requirements.lock
	@test -x var/bench/bin/python || $(PYTHON) -m venv var/bench
	@var/bench/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r $<
	@touch $@

bench: setup var/bench/.ready ## long: all figures of docs/performance.md, hub and peers, on this machine; QUICK=1 for a few minutes
	$(BIN)/hub bench $(if $(QUICK),--quick --json,--write docs)

# A folder of real texts that people have labelled; without it only written sentences are measured.
REAL ?= $(wildcard ../shared/real-texts)

evaluate: setup ## measure merging, assignment and firms with minimum scores; REAL=folder adds real texts
	@set -e; drawn=$$(mktemp -d); trap 'rm -rf "$$drawn"' EXIT; \
	$(BIN)/hub dedup draw $$drawn/exam.ndjson --matters 500; \
	$(BIN)/hub dedup evaluate $$drawn/exam.ndjson --at-least rules.precision=0.99 \
	  --at-least rules.recall=0.90 --at-least rules.recall_with_suggestions=0.97; \
	$(BIN)/hub assign evaluate $$drawn/exam.ndjson --at-most assignment.off_list=0 \
	  --at-least assignment.right=0.94 --at-least placement.grid=0.97; \
	$(BIN)/hub simulate --labelled $$drawn/day.ndjson --messages 1500; \
	$(BIN)/hub assign evaluate $$drawn/day.ndjson --at-most assignment.off_list=0 \
	  --at-least assignment.right=0.98 --at-least assignment.others_kept_with_reason=1; \
	$(BIN)/hub firms evaluate --at-least rules.precision=0.98 --at-least rules.recall=0.85 \
	  --at-least rules.recall_with_offers=0.97 --at-least rules.refused=0.98
	$(if $(REAL),$(MAKE) --no-print-directory evaluate-real,@echo "no real texts: measured on written sentences only")

# Real texts are no part of this repository: REAL is a folder with data/texts.csv.xz.
evaluate-real: setup
	$(BIN)/hub real categories $(REAL) --at-least categories.sorted=0.80 \
	  --at-least categories.right_or_tolerable=0.93 --at-least categories.right=0.85 \
	  --at-most categories.off=0.05
	$(BIN)/hub real merging $(REAL)

lint: setup ## style, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: setup ## write the generated documents again after a model or a catalogue has changed
	$(BIN)/python -m hub.lab.docs.export docs
	$(BIN)/python -m hub.lab.docs.data docs

docs-site: setup ## build the documentation site in var/site; a broken link is an error
	$(BIN)/zensical build --strict --clean

docs-serve: setup ## read the documentation in a browser, on port 8000; it follows changes
	$(BIN)/zensical serve

models: setup ## train the classifier and the weights again; REAL=folder adds real texts; some minutes
	$(BIN)/python -m hub.lab.learn $(if $(REAL),--real $(REAL))

check: lint test

COMPILE := uv pip compile --quiet --python-version 3.11 --universal --generate-hashes \
  --no-emit-index-url --custom-compile-command "make lock"

lock: ## pin every package anew, with hashes
	$(COMPILE) --extra dev -o requirements.lock pyproject.toml
	$(COMPILE) --constraint requirements.lock -o requirements-run.lock pyproject.toml
	$(COMPILE) -o hub/lab/bench/peers/requirements.lock hub/lab/bench/peers/requirements.in
