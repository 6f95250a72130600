# Every command a person needs; `make` alone prints them. The work is done in tools/.
.DEFAULT_GOAL := help
.SUFFIXES:
.PHONY: help run test test-fast faults check fmt bench seed doctor states languages lock venv clean

PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
ARGS ?=
export OMP_NUM_THREADS := 1

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Start everything at http://127.0.0.1:8000 (PORT=…); Ctrl-C stops it
	@exec $(PYTHON) -m tools.run

test: venv-dev ## Run every test on SQLite and PostgreSQL, in a browser too (ARGS="-k refund")
	@$(BIN)/python -m tools.testbed
	@$(PYTEST) -n 2 --dist worksteal $(ARGS)

test-fast: venv-dev ## Run the tests that need neither a browser nor PostgreSQL
	@$(PYTEST) -n 2 --dist worksteal -m "not browser and not slow" --database sqlite $(ARGS)

faults: venv-dev ## Pull every plug, many times, and write docs/faults.md anew
	@$(BIN)/python -m tools.testbed
	@$(PYTEST) tests/faults -n 2 --dist worksteal -o faulthandler_timeout=1800 --every-survivor --stories 100 --rounds 10 --write-report $(ARGS)

check: venv-dev ## Format, lint, types, migrations in step with models, generated pages up to date
	@$(BIN)/python -m tools.check

fmt: venv-dev ## Format the code and mend what the linter can mend
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: venv-dev ## Measure payments per second, and audit the books afterwards
	@$(BIN)/python -m tools.bench $(ARGS)

seed: ## Add the demo merchant, its API key and its payment link
	@$(PYTHON) -m tools.run --only seed

doctor: ## Check this installation and say how to mend what is wrong
	@$(PYTHON) -m tools.run --only doctor

states: ## Write docs/states.md, errors.md, settings.md and methods.md anew from the code
	@$(PYTHON) -m tools.run --only states errors settings methods

languages: venv-dev ## Bring the catalogs of app/languages in step with the code; say what is not translated
	@$(BIN)/python -m tools.languages

lock: venv-dev ## Resolve requirements*.txt anew into requirements.lock
	@$(BIN)/python -m tools.lock

clean: ## Remove var/: the demo's data, secrets and logs
	@$(PYTHON) -m tools.run --clean

venv-dev:
	@$(PYTHON) -m tools.environment --dev
