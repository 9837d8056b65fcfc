# The same targets for people and for CI. Each one sets up what it needs by itself in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= auto

.PHONY: help demo test test-real check format bench snapshots lock clean

help: ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /	/' | expand -t 14

demo: $(READY) ## Open the console on a simulated fleet
	@$(BIN)/flywheel demo $(ARGS)

test: $(READY) ## Run the tests that need only Python
	$(BIN)/python -m pytest -n $(WORKERS) --ignore=tests/real --cov --cov-report=term $(ARGS)

test-real: $(READY) ## Build or fetch real servers (once, into a cache) and test against them
	scripts/install-real-servers
	CI=true $(BIN)/python -m pytest tests/real $(ARGS)

check: $(READY) ## Run the static checks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) ## Measure speed, bytes and memory beside other programs (docs/performance.md)
	@$(BIN)/python -m benchmarks $(ARGS)

snapshots: $(READY) ## Accept the screens as they are now; read the .txt differences before committing
	$(BIN)/python -m pytest tests/tui --snapshot-update $(ARGS)

lock: ## Resolve the dependencies anew
	scripts/lock

clean: ## Remove what the other targets made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .snapshot-report

$(READY): pyproject.toml requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Flywheel needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@echo "Setting up $(VENV) once; this takes a minute or two."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
