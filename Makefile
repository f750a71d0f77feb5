# Every target does its own set-up: Python 3.11 and make are all that a machine must bring.
# `make` alone lists the targets.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 3
STAMP := $(VENV)/.installed
UV_VERSION := 0.13.9

export IB_PROVIDER_HOME ?= $(CURDIR)/var
export IB_PROVIDER_INCLUDE ?= $(CURDIR)/include

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The lock is complete, so nothing is left to resolve: --no-deps. Compiled bytecode halves every
# start of Airflow. Rebuilt only when a lock or the package's own metadata changed.
$(STAMP): requirements.txt requirements-dev.txt pyproject.toml
	@test -x $(BIN)/python || { echo "creating $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "installing the locked packages into $(VENV) (a minute or two the first time)"
	@$(BIN)/pip install -qq --disable-pip-version-check --no-compile --no-deps -r requirements-dev.txt
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib plugins || true
	@touch $(STAMP)

.PHONY: setup
setup: $(STAMP) ## install everything into .venv (the other targets do it by themselves)

.PHONY: demo
demo: $(STAMP) ## run the whole pipeline once against a simulated gateway and print a report
	@$(BIN)/ib-provider demo

# The seed: every process must collect parametrised tests in one order, sets of texts included.
.PHONY: test
test: $(STAMP) ## run every test that needs no account (WORKERS=3 files at a time, for most of them wait; the heaviest last)
	@PYTHONHASHSEED=0 $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile -m "not alone and not stack"
	@PYTHONHASHSEED=0 $(BIN)/python -m pytest -q -n 2 --dist loadfile -m stack tests/integration tests/system
	@$(BIN)/python -m pytest -q -m alone tests/integration

.PHONY: torture
torture: $(STAMP) ## kill rebalances at random 300 times and count what is wrong (KILLS=<n> SEED=<n>)
	@PYTHONPATH=plugins:. $(BIN)/python -m tests.torture $(or $(KILLS),300) $(SEED)

.PHONY: check
check: $(STAMP) ## lint, types, layers, architecture
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q tests/architecture

.PHONY: bench
bench: $(STAMP) ## measure against peers (ONLY=<name> for one row)
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

.PHONY: up
up: $(STAMP) ## start the simulated gateway and Airflow with its UI, in the foreground
	@$(BIN)/ib-provider up

.PHONY: down
down: $(STAMP) ## stop what a lost `make up` left running
	@$(BIN)/ib-provider down

.PHONY: lock
lock: ## resolve pyproject.toml anew into the two lock files
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -qq uv==$(UV_VERSION)
	@$(BIN)/uv pip compile --quiet --no-config --python-version 3.11 --custom-compile-command "make lock" \
		--annotation-style line --no-emit-index-url --upgrade --override lock-overrides.txt \
		--extra simulator --extra postgres --extra celery pyproject.toml --output-file requirements.txt
	@$(BIN)/uv pip compile --quiet --no-config --python-version 3.11 --custom-compile-command "make lock" \
		--annotation-style line --no-emit-index-url --override lock-overrides.txt \
		--constraint requirements.txt --all-extras pyproject.toml --output-file requirements-dev.txt

.PHONY: wheel
wheel: $(STAMP) ## build the provider's wheel into dist/
	@$(BIN)/python -m hatchling build --target wheel
