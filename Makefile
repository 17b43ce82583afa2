# Qika: two commands to know, `make demo` and `make test`; the rest lists itself with `make help`.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PORT ?= 8000
DATA ?= data
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ONLY ?=
CORE := tests/unit tests/property
EDGES := tests/stores tests/journeys $(if $(wildcard ../shared/data),tests/shared,)

.PHONY: help demo test test-shared lint unit core edges terminal chaos alipay-compat signers pages bench postgresql browser cardreader screens lighthouse locks vendor clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/.run: requirements.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what Qika needs ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements-test.txt
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.txt
	@touch $@

$(VENV)/.bench: $(VENV)/.test requirements-bench.txt
	@echo "Installing the peers we are measured beside ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@touch $@

demo: $(VENV)/.run ## set up, fill an example city on first run, serve on http://127.0.0.1:$(PORT)
	@exec $(BIN)/qika demo --port $(PORT) --data $(DATA)

test: lint unit ## everything a change must pass

lint: $(VENV)/.test ## style, types, layers, unused dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/deptry src
	cd terminal/src && ../../$(BIN)/lint-imports --config ../pyproject.toml
	cd terminal && ../$(BIN)/deptry src
	cd client && ../$(BIN)/deptry src

# the core's tests alone prove every branch of it; the others run beside them, unmeasured
unit: $(VENV)/.test postgresql browser cardreader ## all tests (those on shared rows too, where ../shared is there)
	@$(MAKE) --no-print-directory --jobs 2 --keep-going --output-sync=target core edges pages terminal

core: ## tests of rules, cards and decisions, which must reach every branch
	$(BIN)/coverage run -m pytest $(CORE)
	$(BIN)/coverage report

edges: ## tests of stores, doors and commands with their real parts
	$(BIN)/python -m pytest $(EDGES)

terminal: $(VENV)/.test cardreader ## tests of the card terminal, with the real card reader service
	$(BIN)/python -m pytest tests/terminal

test-shared: $(VENV)/.test ## tests on the real rows of ../shared
	$(BIN)/python -m pytest tests/shared

chaos: $(VENV)/.test postgresql ## slower proofs of bad days: broken disks, replicas, nodes, versions, a million lines (as root)
	$(BIN)/python -m pytest -s tests/chaos

SDK := .venv-alipay/bin/python
alipay-compat: $(VENV)/.test ## Alipay's official SDK (440 MB, in .venv-alipay) against our double of its gateway (as root)
	@test -x $(SDK) || $(PYTHON) -m venv .venv-alipay
	@$(SDK) -m pip install --quiet --disable-pip-version-check alipay-sdk-python==3.7.1411
	$(BIN)/python -m tests.compat.alipay_gateway $(SDK)

COMPILERS := default-jdk-headless golang-go
signers: $(VENV)/.test ## the signers that partners copy (Python, Java, Go) against a real server
	@{ command -v java && command -v javac && command -v go; } >/dev/null && exit 0; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "The signers need a Java Development Kit (17 or newer) and Go." >&2; \
		echo "Install them as root (apt-get install $(COMPILERS)), then run this again." >&2; \
		exit 1; \
	fi; \
	echo "Installing Java and Go for the signers ..."; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get update -qq && apt-get install -y -qq --no-install-recommends $(COMPILERS) >/dev/null
	$(BIN)/python -m tests.compat.signers

# Debian's package would make and start a cluster of its own: it is told not to.
CLUSTER_SETTINGS := /etc/postgresql-common/createcluster.conf
postgresql: ## Debian's PostgreSQL, of which the tests start a server of their own
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && exit 0; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "The tests need PostgreSQL 15 or newer below /usr/lib/postgresql." >&2; \
		echo "Install it as root (apt-get install postgresql), then run this again." >&2; \
		exit 1; \
	fi; \
	echo "Installing PostgreSQL for the tests ..."; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql-common >/dev/null \
		&& sed -i 's/^#* *create_main_cluster.*/create_main_cluster = false/' $(CLUSTER_SETTINGS) \
		&& apt-get install -y -qq --no-install-recommends postgresql >/dev/null

VPCD := /usr/lib/pcsc/drivers/serial/libifdvpcd.so
CARDREADER := pcscd vsmartcard-vpcd swig gcc libc6-dev libpcsclite-dev

browser: node_modules/.checks ## Debian's Chromium with Chinese letters, and the checkers of pages
	@{ test -x /usr/bin/chromium && ls /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc >/dev/null 2>&1; } && exit 0; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "The tests need /usr/bin/chromium and the Noto CJK fonts." >&2; \
		echo "Install them as root (apt-get install chromium fonts-noto-cjk), then run this again." >&2; \
		exit 1; \
	fi; \
	echo "Installing Chromium for the tests ..."; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null

# pyscard has no wheel for Linux: it is compiled here
cardreader: $(VENV)/.test ## Debian's card reader service with a virtual reader, for the tests of the card terminal
	@{ test -x /usr/sbin/pcscd && test -e $(VPCD) && $(BIN)/python -c 'import smartcard' 2>/dev/null; } && exit 0; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "The tests of the card terminal need pcscd, vsmartcard-vpcd and what pyscard is compiled with." >&2; \
		echo "Install them as root (apt-get install $(CARDREADER)), then run this again." >&2; \
		exit 1; \
	fi; \
	echo "Installing the card reader service for the tests ..."; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get update -qq && apt-get install -y -qq --no-install-recommends $(CARDREADER) >/dev/null \
		&& $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --require-hashes -r terminal/pcsc.txt

# lighthouse is large and for the night only: what is optional is left out here
node_modules/.checks: package.json package-lock.json
	@command -v npm >/dev/null && exit 0; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "The checks of pages need Node.js 18.19 or newer with npm." >&2; \
		echo "Install them as root (apt-get install nodejs npm), then run this again." >&2; \
		exit 1; \
	fi; \
	echo "Installing Node.js for the checks of pages ..."; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null
	@echo "Installing the checkers of pages ..."
	@npm ci --silent --omit=optional || { echo "npm ci failed: it needs a registry of packages." >&2; exit 1; }
	@touch $@

node_modules/.lighthouse: node_modules/.checks
	@echo "Installing Lighthouse ..."
	@npm ci --silent && touch node_modules/.checks $@

pages: $(VENV)/.test browser ## tests of every page in a browser alone: accessible, valid, never scrolling sideways
	$(BIN)/python -m pytest tests/browser

screens: $(VENV)/.test browser ## pictures of every page in screens/: widths, languages, sizes, without script (ONLY=part of an address)
	$(BIN)/python -m tests.browser.screens $(ONLY)

lighthouse: $(VENV)/.test browser node_modules/.lighthouse ## nightly: start, results and plan as a phone on a slow network sees them
	$(BIN)/python -m tests.browser.lighthouse

bench: $(VENV)/.bench ## measure ourselves and our peers side by side (ONLY=name for one)
	$(BIN)/python -m bench $(ONLY)

locks: ## renew the locked lists from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --group build pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --group build --group test -c requirements.txt pyproject.toml \
		-o requirements-test.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --group build --group test --group bench -c requirements-test.txt \
		pyproject.toml -o requirements-bench.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --no-deps --extra pcsc -c requirements.txt terminal/pyproject.toml \
		-o terminal/pcsc.txt

vendor: ## fetch the vendored assets again and check their hashes (needs npm)
	$(PYTHON) tools/vendor.py

clean: ## remove the environment and caches, never the data
	rm -rf $(VENV) .venv-alipay .pytest_cache .ruff_cache .hypothesis .coverage .import_linter_cache
