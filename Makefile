# make app         the explorer in your browser
# make quick       the unit tests without those that take long: a minute and a half on two cores, for while you work
# make test        every test, browser tests included
# make lint        ruff, the format check, mypy
# make format      what ruff can repair by itself
# make js          the map component's type check and tests (needs Node.js and npm)
# make audit       the pins against a database of advisories
# make hashes      the checksums of the pins anew, after a pin was changed
# make benchmarks  what can be measured, and how
# make benchmark-environment  pythae beside the explorer, in .venv-bench, for the benchmark against it

SHELL := /bin/bash
.DELETE_ON_ERROR:

VENV ?= .venv
BIN := $(VENV)/bin
APP_READY := $(VENV)/.app-ready
TEST_READY := $(VENV)/.test-ready
JS_READY := node_modules/.ready
PYTHON ?= $(shell scripts/python.sh)
CHECKED := $(wildcard explorer tests benchmarks streamlit_app.py)
PYTEST := $(BIN)/python -m pytest --dist loadfile

.PHONY: app ready quick test test-core test-browser chromium lint lint-rules lint-format lint-types format js audit hashes benchmarks benchmark-environment clean

app: $(APP_READY)
	$(BIN)/python -m explorer open

# All that the checks need; with --jobs it is fetched side by side.
ready: $(TEST_READY) $(JS_READY) chromium

quick: $(TEST_READY)
	OMP_NUM_THREADS=1 $(PYTEST) -n auto -m "not slow and not browser"

# The browsers have the machine to themselves: they draw in software, and the tests watch them frame by frame.
test: $(TEST_READY)
	@failed=0; \
	$(MAKE) --no-print-directory test-core || failed=1; \
	$(MAKE) --no-print-directory test-browser || failed=1; \
	exit $$failed

test-core: $(TEST_READY)
	OMP_NUM_THREADS=1 $(PYTEST) -n auto -m "not browser"

# Without a Chromium the path is empty and the browser tests fail; they never skip.
test-browser: $(TEST_READY)
	EXPLORER_CHROMIUM="$$(scripts/chromium.sh $(BIN)/python || true)" $(PYTEST) -n 2 -m browser

chromium:
	@scripts/chromium.sh $(BIN)/python >/dev/null || true

lint: lint-rules lint-format lint-types

lint-rules: $(TEST_READY)
	$(BIN)/ruff check .

lint-format: $(TEST_READY)
	$(BIN)/ruff format --check .

lint-types: $(TEST_READY)
	$(BIN)/mypy $(CHECKED)

format: $(TEST_READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

js: $(JS_READY)
	npm run --silent check
	npm test --silent

benchmarks:
	@echo "Each prints a table and writes JSON; run one with: $(BIN)/python -m benchmarks.NAME"
	@for file in benchmarks/[a-z]*.py; do \
	    printf '  %-16s %s\n' "$$(basename "$$file" .py)" "$$(grep -m1 '"""' "$$file" | tr -d '"')"; \
	done

benchmark-environment: $(VENV)-bench/.ready

clean:
	rm -rf $(VENV) $(VENV)-bench $(VENV)-audit node_modules build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache

# pip would compile on one core, and what is never imported. A file that does not compile is a template of something.
INSTALL = $(BIN)/python -m pip install --disable-pip-version-check --no-compile
# Each file is compared with its sha256; pip refuses what has none. torch is a build for the machine, from whichever index
# has it: it and what it needs come after, by the pin alone.
HASHED = $(INSTALL) --require-hashes --no-deps
COMPILE = $(BIN)/python -m compileall -qq -j 0 -x '/site-packages/.*/tests?/' $(VENV)/lib || true

$(APP_READY): requirements.txt requirements.hashed.txt | $(BIN)/python
	$(HASHED) -r requirements.hashed.txt
	$(INSTALL) -r requirements.txt
	$(COMPILE)
	touch $@

$(TEST_READY): requirements-dev.txt requirements-dev.hashed.txt $(APP_READY)
	$(HASHED) -r requirements-dev.hashed.txt
	$(COMPILE)
	touch $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 with venv found; install one, or: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

$(VENV)-bench/.ready: requirements-bench.txt requirements.txt requirements-bench.hashed.txt requirements.hashed.txt
	"$(PYTHON)" -m venv $(VENV)-bench
	$(VENV)-bench/bin/python -m pip install --disable-pip-version-check --require-hashes --no-deps -r requirements.hashed.txt -r requirements-bench.hashed.txt
	$(VENV)-bench/bin/python -m pip install --disable-pip-version-check -r requirements-bench.txt
	touch $@

# Anew at every run: what is known of a version today was not known yesterday.
audit: $(VENV)-audit/.ready
	$(VENV)-audit/bin/python scripts/audit.py

$(VENV)-audit/.ready:
	"$(PYTHON)" -m venv $(VENV)-audit
	$(VENV)-audit/bin/python -m pip install --disable-pip-version-check pip-audit
	touch $@

hashes: $(BIN)/python
	scripts/hashes.sh $(BIN)/python

$(JS_READY): package.json package-lock.json
	npm ci
	touch $@
