# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The Python to create .venv with: 3.11 or newer.
PYTHON ?= python3

# Extra arguments for the command that a target runs.
ARGS ?=

# WRITE=yes lets `make live` write.
WRITE ?=

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
# Several goals, such as `make clean test`, are reached one after the other.
MAKEFLAGS += --no-print-directory $(if $(word 2,$(MAKECMDGOALS)),,--jobs=2)
.DEFAULT_GOAL := help

# Markers of what is installed: the sandbox and ansible-core; the tools to develop and test; the benchmarks; the checks'
# environments of their own.
VENV := .venv/.sandbox
TOOLS := .venv/.tools
BENCH := .venv/.bench
OTHERS := .cache/.environments
# Python compiles what it imports, which is a part of what there is.
PIP_INSTALL := .venv/bin/pip install --quiet --disable-pip-version-check --no-compile
RUN_CHECKS := .venv/bin/python tests/run_checks.py

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: collection ## Provision, repair and export a local tenant
	@demo/run

.PHONY: sandbox
sandbox: $(VENV) ## Start the local tenant and say how to reach it
	@PYTHONPATH=tests .venv/bin/python -m sandbox $(ARGS)

.PHONY: live
live: $(VENV) ## Ask a real tenant how it interprets the API; WRITE=yes also creates queues
	@PYTHONPATH=tests .venv/bin/python -m live $(if $(filter yes,$(WRITE)),--write) $(ARGS)

.PHONY: test
test: $(TOOLS) $(OTHERS) collection ## Run all checks but the few that CI alone runs
	@$(RUN_CHECKS)

.PHONY: only-ci
only-ci: $(TOOLS) ## Run the tests that `make test` leaves out
	@.venv/bin/pytest -m only_ci $(ARGS)

.PHONY: lint
lint: $(TOOLS) collection ## Run the linters and the type checker
	@$(RUN_CHECKS) ruff ruff-format mypy yamllint ansible-lint words docs changelog archive shellcheck workflows actionlint gitlab dependabot licenses

.PHONY: unit
unit: $(TOOLS) ## Run the unit tests; ARGS='-k archive -x' goes to pytest
	@.venv/bin/pytest tests/unit $(ARGS)

.PHONY: integration
integration: $(TOOLS) ## Run playbooks on the installed collection against the sandbox
	@.venv/bin/pytest tests/integration $(ARGS)

.PHONY: molecule
molecule: $(TOOLS) collection ## Run the scenarios; ARGS='--scenario-name tenant' picks one
	@$(RUN_CHECKS) molecule $(if $(ARGS),-- $(ARGS))

.PHONY: sanity
sanity: $(TOOLS) ## Run ansible-test sanity
	@$(RUN_CHECKS) sanity $(if $(ARGS),-- $(ARGS))

.PHONY: matrix
matrix: collection ## Run the tests on every ansible-core that has a Python here; ARGS='2.16 2.21' picks some
	@.venv/bin/python tests/matrix.py $(ARGS)

.PHONY: docs
docs: $(TOOLS) collection ## Build the documentation site
	@.venv/bin/python website/build.py .cache/website
	@echo 'Open .cache/website/html/index.html'

.PHONY: bench
bench: $(BENCH) collection ## Measure and write docs/performance.md (half an hour); ARGS=--quick is a trial run
	@.venv/bin/python benchmarks/run.py $(ARGS)

.PHONY: collection
collection: $(VENV) ## Build the collection and install it in .cache/collections, if it has changed
	@.venv/bin/python tests/installed.py

.PHONY: manifest
manifest: $(VENV) ## Update the list of shipped files in galaxy.yml from git
	@.venv/bin/python tests/manifest.py --write

.PHONY: constraints
constraints: ## Pin the newest versions that requirements-dev.in and the other *.in files allow
	@test -x .cache/uv/bin/uv || { $(PYTHON) -m venv .cache/uv && .cache/uv/bin/pip install --quiet uv; }
	@.cache/uv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--custom-compile-command 'make constraints' --output-file constraints.txt requirements-dev.in benchmarks/requirements.in
	@.cache/uv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--custom-compile-command 'make constraints' --output-file tests/importer.txt tests/importer.in

.PHONY: changelog
changelog: $(TOOLS) ## Write CHANGELOG.md for the version in galaxy.yml
	@PATH="$(CURDIR)/.venv/bin:$$PATH" antsibull-changelog release \
		--update-existing --reload-plugins --refresh-plugins

.PHONY: clean
clean: ## Remove everything that make has created
	@rm -rf .venv .cache .ansible tests/output

$(VENV): requirements.txt tests/sandbox/requirements.in constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, and \
	$(PYTHON) is " + sys.version.split()[0] + ": name a newer one, as in make PYTHON=python3.12 ...")'
	@echo 'Installing ansible-core and the sandbox into .venv (once, about ten seconds)'
	@$(PYTHON) -m venv --clear .venv
	@$(PIP_INSTALL) -r tests/sandbox/requirements.in -c constraints.txt
	@touch $@

$(TOOLS): $(VENV) requirements-dev.in tests/requirements.in
	@echo 'Installing the tools into .venv (once, about a minute)'
	@$(PIP_INSTALL) -r requirements-dev.in -c constraints.txt
	@touch $@

$(OTHERS): $(VENV) tests/environments.py tests/requirements.in constraints.txt tests/importer.txt
	@.venv/bin/python -c 'import sys; sys.path.insert(0, "tests"); import matrix, run_importer; \
	matrix.environment(matrix.ENDS[0]); run_importer.install()'
	@mkdir -p $(@D) && touch $@

$(BENCH): $(TOOLS) benchmarks/requirements.in
	@$(PIP_INSTALL) -r benchmarks/requirements.in -c constraints.txt
	@touch $@
