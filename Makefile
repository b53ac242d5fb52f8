# 网格 Wangge — `make help` lists everything.
PYTHON ?= python3
BUDGET ?= 3600
PY := .venv/bin/python
export PYTHONDONTWRITEBYTECODE ?= 1
.DEFAULT_GOAL := help
.PHONY: help run test check prove bench demo story format install install-dev

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install:
	@$(PYTHON) infra/bootstrap.py runtime

install-dev: install
	@$(PYTHON) infra/bootstrap.py dev

run: install ## everything on this machine with demo data; Ctrl-C stops it
	@exec $(PY) -m infra.cli run

test: install-dev ## the tests, parallel, on a PostgreSQL of their own
	@$(PY) -m pytest -n 2 --dist loadfile -m "not prove" tests

check: install-dev ## style, types, import fences, schema and its papers, migrations
	@$(PY) -m ruff check --output-format=concise .
	@$(PY) -m ruff format --quiet --check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports --no-cache
	@$(PY) -m schema.export --check
	@$(PY) -m tests.harness.migrations

prove: install-dev ## the long proofs; BUDGET=seconds bounds them
	@BUDGET=$(BUDGET) $(PY) -m tests.prove

bench: install-dev ## measured ratios
	@$(PY) -m tests.load.bench
	@$(PY) -m tests.load.hostile
	@$(PY) -m tests.load.ledger
	@$(PY) -m tests.load.deadlines
	@$(PY) -m tests.load.dashboards

demo: install ## load demo data into the running deployment
	@$(PY) -m infra.cli demo

story: install ## play one report's story against the running deployment
	@$(PY) -m infra.cli story

format: install-dev ## rewrite style
	@$(PY) -m ruff check --fix-only .
	@$(PY) -m ruff format .
