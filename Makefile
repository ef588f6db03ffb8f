# Every target works from a fresh clone with Python 3.11 to 3.13 and a package registry.

PYTHON ?= $(shell for p in python3.12 python3.13 python3.11 python3; do \
	$$p -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
	2>/dev/null && echo $$p && break; done)
RUN := .venv/bin/python
TESTS ?= tests
# files in their order: by the number of tests those with one long test would come last, alone
PYTEST := -m pytest -n 2 --dist loadfile --no-loadscope-reorder

export PYTHONUTF8 := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help venv demo up down psql test test-long test-scale lint bench \
	bench-identity bench-parsing bench-requests peers traps clean

help:  ## Show what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

venv: .venv/installed  ## Make .venv with everything in requirements.lock

demo: .venv/installed  ## Set up, run the whole pipeline on the sandbox, print the results
	@$(RUN) -m sandbox.demo

up: .venv/installed  ## Start Postgres, sandbox and inbox if configured, and Airflow; leave them running
	@$(RUN) -m sandbox.services up

down: .venv/installed  ## Stop exactly what up or demo started
	@$(RUN) -m sandbox.services down

psql: .venv/installed  ## Open the warehouse
	@$(RUN) -m warehouse psql

test: .venv/installed  ## Run the tests (TESTS=path for some of them)
	@$(RUN) $(PYTEST) -m "not long and not scale and not traps" $(TESTS)

test-long: .venv/installed  ## Run the tests that tell whole histories again
	@$(RUN) $(PYTEST) -m long $(TESTS)

test-scale: .venv/installed  ## Compare every mart with the oracle in five worlds of 20,000 applications
	@$(RUN) $(PYTEST) -m scale $(TESTS)

lint: .venv/installed .venv-sqlfluff/installed  ## Run ruff, mypy and SQLFluff
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy .
	@.venv-sqlfluff/bin/sqlfluff lint --disable-progress-bar dbt_project/models dbt_project/tests

bench: .venv/installed .venv-bench/installed  ## Measure landing against dlt and COPY
	@$(RUN) -m bench --peer-python .venv-bench/bin/python

bench-parsing: .venv/installed  ## Measure what a DAG file costs to parse with 200 connections
	@$(RUN) -m bench.parsing

bench-identity: .venv/installed  ## Measure who is taken for whom on a noisy world
	@$(RUN) -m bench.identity

bench-requests: .venv/installed  ## Count each source's requests beside the least possible
	@$(RUN) -m bench.request_counts

peers: .venv/installed .venv-peers/installed  ## Let clients that others wrote read the sandbox
	@$(RUN) -m peers --python .venv-peers/bin/python

traps: .venv/installed  ## Take away what handles each vendor's trap and see a test fail
	@$(RUN) -m traps

clean: down  ## Stop everything and delete .relay (the data!) and the environments
	rm -rf .relay .venv .venv-bench .venv-peers .venv-sqlfluff

.venv/installed: requirements.lock
.venv-bench/installed: bench/requirements.lock
.venv-sqlfluff/installed: requirements-sqlfluff.lock

# Connectors of others pin versions that exclude each other and refuse new Pythons by declaration
# only, so the lock is installed as it stands: nothing is resolved again, and a Python is not asked.
.venv-peers/installed: peers/requirements.lock
	@test -n "$(PYTHON)" || { echo "No Python 3.11 to 3.13 with venv found." \
		"Remedy: install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Installing $< into .venv-peers ..."
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--ignore-requires-python --use-pep517 --require-hashes -r $<
	@touch $@

# uv installs in seconds; where it cannot resolve (a registry known to pip's configuration only),
# pip does the same from the same lock.
%/installed:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 to 3.13 with venv found." \
		"Remedy: install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Installing $< into $* ..."
	@$(PYTHON) -m venv $*
	@$*/bin/python -m pip install --quiet --disable-pip-version-check uv \
		&& $*/bin/uv pip install --quiet --python $*/bin/python --require-hashes -r $< \
		|| $*/bin/python -m pip install --quiet --no-deps --require-hashes -r $<
	@touch $@
