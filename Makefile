# Set-up happens by itself: whatever a target needs is installed once per content of the lock files.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Without compiled bytecode imports take four times as long, and every run rewrites every test's assertions.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
PY := $(VENV)/bin/python
ARGS ?=
# Where the running suite keeps its notes: the DIR of --data, when it was started with one.
DATA ?= .data

STAMPS := .cache/stamps
# Another interpreter: PYTHON=python3.12 make setup. The choice stays until another is named.
PYTHON ?= $(if $(wildcard $(STAMPS)/python-*),$(PY),python3)
key = $(shell { cat $(1); $(2); } 2>/dev/null | sha256sum | cut -c1-16)
PYTHON_READY := $(STAMPS)/python-$(call key,requirements/dev.lock,$(PYTHON) --version)
NODE_READY := $(STAMPS)/node-$(call key,package-lock.json,node --version)
CHROMIUM_READY := $(STAMPS)/chromium

.PHONY: help setup python node chromium lock dev suite test check format bench soak faults fuzz explore commands conformance seed watch relay

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: python node chromium ## install all that is needed here (the other targets do it themselves)

python: $(PYTHON_READY)
node: $(NODE_READY)
chromium: $(CHROMIUM_READY)

$(PYTHON_READY): | $(STAMPS)
	@local/setup/python.sh '$(PYTHON)' $(VENV) requirements/dev.lock
	@rm -f $(STAMPS)/python-* && touch $(STAMPS)/python-$$({ cat requirements/dev.lock; $(PY) --version; } | sha256sum | cut -c1-16)

$(NODE_READY): package-lock.json | $(STAMPS)
	@local/setup/node.sh
	@rm -f $(STAMPS)/node-* && touch $@

$(CHROMIUM_READY): | $(STAMPS)
	@local/setup/chromium.sh
	@touch $@

$(STAMPS):
	@mkdir -p $@

dev: python node ## start everything on this machine, with demo data; ARGS=--help shows the options
	@$(PY) -m local $(ARGS)

suite: python node ## run the Firebase CLI's own emulators around ours; FIRESTORE=official takes Google's
	@$(PY) -m local.official $(ARGS)

# Two processes, each with servers of its own; what ARGS names is run by one, in order.
test: python node chromium ## run all tests but the long ones; ARGS goes to pytest
	@$(PY) -m pytest -m 'not long' --durations=10 $(if $(ARGS),$(ARGS),-n 2 --dist loadfile --no-loadscope-reorder)

check: python ## format, lint, security, types and architecture, in seconds
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/bandit --quiet --severity-level medium --configfile pyproject.toml --recursive functions emulator
	@$(PY) -m local.checks.secrets
	@$(PY) -m local.checks.audit
	@$(VENV)/bin/mypy functions emulator local seed
	@$(PY) -m pytest -q tests/architecture

format: python ## rewrite the code in the common format
	@$(VENV)/bin/ruff check --quiet --fix-only .
	@$(VENV)/bin/ruff format .

# These import what is deployed, as a deployment would.
bench soak faults commands: export PYTHONPATH := $(CURDIR)/functions:$(CURDIR)

bench: python node ## measure latency and throughput beside their floors
	@$(PY) -m benches $(ARGS)

soak: python ## let bookers fight for slots for ten minutes while servers are killed; ARGS="--minutes 1"
	@$(PY) -m tests.soak $(ARGS)

faults: python ## break every part under load and see that nothing is lost; ARGS="--rows 21-25 --quick"
	@$(PY) -m tests.faults $(ARGS)

fuzz: python ## call every published command 10,000 times, by its schema and against it; CALLS=50000
	@FUZZ_CALLS=$(or $(CALLS),10000) $(PY) -m pytest -q tests/integration/test_fuzzed_schemas.py $(ARGS)

explore: python ## run all property tests with examples that are new each time; ARGS goes to pytest
	@HYPOTHESIS_PROFILE=exploring $(PY) -m pytest -m 'hypothesis and not long' --durations=5 $(if $(ARGS),$(ARGS),-n 2 --dist loadfile --no-loadscope-reorder)

commands: python ## write docs/commands.json anew, after a command has changed
	@$(PY) -m local.commands_json

conformance: python ## run google-cloud-firestore's own system tests against the emulator
	@$(PY) tests/conformance/firestore_system_suite.py $(ARGS)

# These two speak to the suite that `make dev` runs.
beside_suite = test -r $(DATA)/suite.env || { echo "No suite is running; start one with: make dev"; exit 1; }; . $(DATA)/suite.env

seed: python ## add demo data to the running suite; ARGS="--size large"
	@$(beside_suite); $(PY) -m seed $(ARGS)

watch: python ## show a trainer's day, bookings and feed of the running suite as they change
	@$(beside_suite); $(PY) -m local.watch $(ARGS)

relay: python ## operate the relay of the running suite; ARGS="status", "reconcile --help"
	@$(beside_suite); PYTHONPATH=functions $(PY) -m courtside relay $(ARGS)

lock: python ## choose versions anew for requirements/dev.in and package.json
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	@$(VENV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--no-emit-index-url --no-annotate requirements/dev.in -o requirements/dev.lock
	@npm update --package-lock-only --silent
