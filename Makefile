# Two commands on a fresh machine (python3.11, python3-venv, make): make demo, make test.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
SOURCES := pyproject.toml constraints.txt
TIME ?= 60s
EXAMPLE := examples/dutch-247
DEMAND := $(EXAMPLE)/out/demand.csv

.DEFAULT_GOAL := help
.PHONY: help demo test fast lint picture clean

help: ## show these targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

# What is pinned, hashes checked, then Heliotrope itself; kernels are compiled once.
$(VENV)/.ready: $(SOURCES)
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: apt-get install python3.11 python3.11-venv, or set PYTHON=..."; exit 2; }
	@echo "Setting up $(VENV) (once, a minute or two)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes --requirement constraints.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -c "from solver.warm import warm_up; print(f'Kernels compiled in {warm_up():.0f} s')"
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready constraints-dev.txt
	@echo "Adding the tools of development"
	@$(PIP) install --require-hashes --requirement constraints-dev.txt
	@touch $@

demo: $(VENV)/.ready ## from contacts to a roster and the service it gives, on the bundled example
	@$(BIN)/helio forecast $(EXAMPLE)/contacts.csv --planning $(EXAMPLE) --out $(DEMAND)
	@echo
	@$(BIN)/helio requirements $(EXAMPLE) --demand $(DEMAND) --day 2027-03-24
	@echo
	@$(BIN)/helio solve $(EXAMPLE) --demand $(DEMAND) --time-limit $(TIME) --out $(EXAMPLE)/out
	@echo
	@$(BIN)/helio show $(EXAMPLE)/out --day 2027-03-29
	@echo
	@$(BIN)/helio simulate $(EXAMPLE)/out $(EXAMPLE)/out

test: $(VENV)/.ready-dev ## run all tests
	@$(BIN)/python -m pytest --numprocesses 2

fast: $(VENV)/.ready-dev ## run the tests that take no more than seconds
	@$(BIN)/python -m pytest --numprocesses 2 -m "not slow"

lint: $(VENV)/.ready-dev ## format, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

picture: $(VENV)/.ready ## draw docs/demo.svg, the picture in the README
	@$(BIN)/python docs/make_picture.py examples/dutch-247 docs/demo.svg

clean: ## remove what the other targets made
	@rm -rf $(VENV) build *.egg-info examples/*/out .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +
