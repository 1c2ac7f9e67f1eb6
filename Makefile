# The seven things one does with the hall. Each is also a command, `hall …`, for machines without make.
#   PORT=8000      the port of `make run`
#   VAR=var        the data folder
#   ARGS='…'       more arguments, e.g. make test ARGS='tests/support -x'

PORT ?=
VAR ?=
ARGS ?=
SETUP := hall/presentation/commandline/setting_up.py
BIN := $(if $(filter Windows_NT,$(OS)),.venv/Scripts,.venv/bin)
export PORT VAR

# The first Python that is new enough; a name alone proves nothing, so each one is asked.
FIND = for found in "$(BIN)/python" python3.12 python3.13 python3.11 python3.14 python3 python; do \
	  if "$$found" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then python=$$found; break; fi; done; \
	if [ -z "$$python" ]; then echo "No Python 3.11 or newer found. Install one (Debian: apt install python3 python3-venv) and try again." >&2; exit 1; fi

.PHONY: help setup setup-dev run test check bench soak map
.DEFAULT_GOAL := help

help: ## explain these targets
	@echo "make run      start the hall on http://127.0.0.1:8000 with sample data; Ctrl-C stops it (PORT=, VAR=)"
	@echo "make test     run all tests on a real PostgreSQL (ARGS= for pytest)"
	@echo "make check    style, types, contracts, sizes, migrations, map"
	@echo "make bench    measure, and print a table with ratios"
	@echo "make soak     the long fault tests"
	@echo "make map      write docs/where.md from the modules' own words"
	@echo "make setup    only install what the lock names into .venv; the others do it by themselves"

setup:
	@$(FIND); "$$python" $(SETUP)

setup-dev:
	@$(FIND); "$$python" $(SETUP) --dev

run: setup
	@exec $(BIN)/hall run $(ARGS)

test check bench soak map: setup-dev
	@exec $(BIN)/hall $@ $(ARGS)
