# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The Python that .venv is made from: 3.11 or newer.
PYTHON ?= python3

# Passed on by the targets that run one thing.
ARGS ?=

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

VENV := .venv/.installed
BENCH := .venv/.bench
COLLECTION := .cache/collections/.installed
TREE := .cache/tree/ansible_collections/evolux/contact_center
RUN_CHECKS := .venv/bin/python tests/run_checks.py

# What users get. Removed files stay in the index until the next commit: wildcard drops them.
SHIPPED := $(sort $(wildcard $(shell git ls-files --cached --others --exclude-standard -- \
	galaxy.yml requirements.txt LICENSE 'README*' 'C*.md' SECURITY.md changelogs/changelog.yaml \
	meta plugins roles playbooks docs extensions)))

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(VENV) $(COLLECTION) ## Provision, repair and export a local tenant
	@demo/run

.PHONY: sandbox
sandbox: $(VENV) ## Start the local tenant and say how to reach it
	@PYTHONPATH=tests .venv/bin/python -m sandbox $(ARGS)

.PHONY: test
test: $(VENV) $(TREE) $(COLLECTION) ## Run everything that CI runs
	@$(RUN_CHECKS)

.PHONY: lint
lint: $(VENV) $(TREE) $(COLLECTION) ## Run the linters and the type checker
	@$(RUN_CHECKS) ruff ruff-format mypy yamllint ansible-lint docs changelog archive shellcheck

.PHONY: unit
unit: $(VENV) $(TREE) ## Run the unit tests; ARGS='-k archive -x' goes to pytest
	@$(RUN_CHECKS) unit $(if $(ARGS),-- $(ARGS))

.PHONY: integration
integration: $(VENV) $(TREE) $(COLLECTION) ## Run playbooks on the installed collection against the sandbox
	@$(RUN_CHECKS) integration $(if $(ARGS),-- $(ARGS))

.PHONY: molecule
molecule: $(VENV) $(COLLECTION) ## Run the scenarios; ARGS='--scenario-name tenant' picks one
	@$(RUN_CHECKS) molecule $(if $(ARGS),-- $(ARGS))

.PHONY: sanity
sanity: $(VENV) ## Run ansible-test sanity
	@$(RUN_CHECKS) sanity $(if $(ARGS),-- $(ARGS))

.PHONY: matrix
matrix: $(VENV) $(TREE) $(COLLECTION) ## Run the tests on every ansible-core that there is a Python for; ARGS='2.16 2.21' picks
	@.venv/bin/python tests/matrix.py $(ARGS)

.PHONY: docs
docs: $(VENV) $(COLLECTION) ## Build the documentation site
	@$(RUN_CHECKS) website
	@echo 'Open .cache/website/html/index.html'

.PHONY: bench
bench: $(BENCH) $(TREE) $(COLLECTION) ## Measure all and write docs/performance.md, in an hour; ARGS=--quick tries it out
	@.venv/bin/python benchmarks/run.py $(ARGS)

.PHONY: collection
collection: $(COLLECTION) ## Build the collection and install it below .cache/collections

.PHONY: manifest
manifest: $(VENV) ## List what is shipped, as git has it, in galaxy.yml
	@.venv/bin/python tests/manifest.py --write

.PHONY: constraints
constraints: ## Pin the newest versions that requirements-dev.in and its like allow
	@test -x .cache/uv/bin/uv || { $(PYTHON) -m venv .cache/uv && .cache/uv/bin/pip install --quiet uv; }
	@.cache/uv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--custom-compile-command 'make constraints' --output-file constraints.txt requirements-dev.in benchmarks/requirements.in
	@.cache/uv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--custom-compile-command 'make constraints' --output-file tests/importer.txt tests/importer.in

.PHONY: changelog
changelog: $(VENV) ## Write CHANGELOG.md for the version in galaxy.yml
	@PATH="$(CURDIR)/.venv/bin:$$PATH" antsibull-changelog release \
		--update-existing --reload-plugins --refresh-plugins

.PHONY: clean
clean: ## Remove everything that make has made
	@rm -rf .venv .cache .ansible tests/output

$(VENV): requirements.txt requirements-dev.in tests/requirements.in constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, and \
	$(PYTHON) is " + sys.version.split()[0] + ": name a newer one, as in make PYTHON=python3.12 ...")'
	@echo 'Installing the tools into .venv (once, about a minute)'
	@$(PYTHON) -m venv --clear .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check -r requirements-dev.in -c constraints.txt
	@touch $@

$(BENCH): $(VENV) benchmarks/requirements.in
	@.venv/bin/pip install --quiet --disable-pip-version-check -r benchmarks/requirements.in -c constraints.txt
	@touch $@

# The repository under the name that Python imports it by, for the unit tests and the type checker.
$(TREE):
	@mkdir -p $@
	@ln -s ../../../../../plugins ../../../../../tests $@

# Renewed only when a shipped file comes or goes, which no file's own time tells.
.cache/shipped: FORCE
	@mkdir -p .cache
	@echo '$(SHIPPED)' | cmp -s - $@ || echo '$(SHIPPED)' > $@

$(COLLECTION): $(VENV) .cache/shipped $(SHIPPED)
	@.venv/bin/python tests/manifest.py
	@rm -rf .cache/dist .cache/collections
	@.venv/bin/ansible-galaxy collection build --force --output-path .cache/dist > /dev/null
	@ANSIBLE_COLLECTIONS_PATH=.cache/collections .venv/bin/ansible-galaxy collection install --offline --no-deps \
		--collections-path .cache/collections .cache/dist/*.tar.gz > /dev/null
	@touch $@

.PHONY: FORCE
FORCE:
