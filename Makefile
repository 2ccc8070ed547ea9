# `make` alone says what there is. Everything happens in .venv; nothing outside this folder is touched,
# except by test-services, which installs Debian's Chromium where it is missing and it may.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up

.DEFAULT_GOAL := help
.PHONY: help setup run test test-services check format bench bundle docs lock clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with everything pinned and checked by hash

$(STAMP): pyproject.toml requirements/dev.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Counterflow needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: setup ## the training world through the whole loop, then its board on 127.0.0.1
	$(BIN)/counterflow demo

test: setup ## every test that needs no service
	$(BIN)/pytest -n 2 --dist worksteal -m "not service"

test-services: setup ## the rest: a real browser, an offline installation, killed processes
	tools/services.sh
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder -m service

check: setup ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## put the style right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## measure: prints every figure that the docs quote
	$(BIN)/python benchmarks/run_all.py

bundle: setup ## bundle/: wheels, pins and checksums that install with no network
	tools/bundle.sh

docs: setup ## site/: the documentation as pages
	$(BIN)/zensical build --clean

lock: setup ## resolve the dependencies anew
	tools/lock.sh

clean: ## remove what was made here
	rm -rf $(VENV) build dist site bundle .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
