# Each target works alone in a fresh clone on a machine with Python 3.11+, make and git.
PYTHON ?= python3
PORT ?= 8501
VENV ?= .venv
BIN := $(VENV)/bin
# Where it is set, every process compiles all that it imports: twice the time to start a dashboard, a cluster, a test
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run class api test on-postgresql test-long test-stores matrix lint demo pack bench lock lock-check messages tree project free-port
.DEFAULT_GOAL := run

# The line after ## is what `make help` says of a target; one without it is a part of others
help:  ## lists these targets; needs nothing installed
	@sed -n 's/^\([a-z][a-z-]*\):.*  ## \(.*\)$$/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS='|' read -r target words; do printf 'make %-10s %s\n' "$$target" "$$words"; done

run: $(VENV)/.run-ready free-port  ## starts the dashboard for this computer alone
	@echo "Pizarra: http://localhost:$(PORT)  (Ctrl-C ends it; make class opens it to the phones in the room)"
	@$(BIN)/streamlit run streamlit_app.py --server.port $(PORT)

class: $(VENV)/.run-ready free-port  ## starts the dashboard for the room, and shows address, QR code and PIN
	@$(BIN)/python -m core.classroom --port $(PORT)

# At the workshops' own port; each of the processes on it has its own copy of the models
PROCESSES ?= 1
api: PORT = 8000
api: $(VENV)/.run-ready free-port  ## answers programs over REST, without the dashboard
	@$(BIN)/python -m core.api --port $(PORT) --processes $(PROCESSES)

# Each file of tests stays on one of two processes, with the stores and dashboards it made
PARALLEL := -n 2 --dist loadfile --no-loadscope-reorder
# Tests of what writes into a store
WRITING := tests/core/store tests/pages
# The types keep one core at work, and the tests on PostgreSQL the other
test: $(VENV)/.test-ready  ## runs every check and test
	@$(MAKE) --no-print-directory -j 2 lint on-postgresql
	$(BIN)/python -m pytest $(PARALLEL)

on-postgresql: $(VENV)/.test-ready
	$(BIN)/python -m pytest $(PARALLEL) --store postgresql -m on_every_store tests/core/store

lint: $(VENV)/.test-ready  ## runs linter, format check and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

test-long: $(VENV)/.test-ready  ## runs the tests once more, with all draws, ways and sizes
	$(BIN)/python -m pytest $(PARALLEL) --long

# The kinds of tests/fixtures/store_kinds.py, each in a run of its own, for hours; LONG= tries of each what make test
# tries on SQLite. Last what starts servers and databases of its own
STORES ?= postgresql postgresql+psycopg2 mariadb server-postgresql server-mariadb
LONG ?= --long
test-stores: $(VENV)/.test-ready  ## runs what reads and writes stores on PostgreSQL, MariaDB and servers of MLflow's
	@failed=; for store in $(STORES); do echo "== $$store"; \
	$(BIN)/python -m pytest $(PARALLEL) $(LONG) --store $$store $(WRITING) || failed="$$failed $$store"; \
	done; \
	$(BIN)/python -m pytest $(PARALLEL) --long -m stores tests/core/store || failed="$$failed servers-of-their-own"; \
	if [ -n "$$failed" ]; then echo "Failed on:$$failed"; exit 1; fi

# Each Python has an environment of its own, .venv-3.12 and the like; TESTS says which tests, none: all
MATRIX ?= 3.11 3.12 3.13
TESTS ?=
matrix: $(VENV)/.test-ready  ## runs the tests on several Pythons; MATRIX="3.12 3.13" and TESTS=tests/core choose
	@$(BIN)/python -m tests.systems.matrix $(MATRIX) $(TESTS)

demo: $(VENV)/.run-ready  ## fills the store with the demo
	@$(BIN)/python -m trainers demo

pack: $(VENV)/.run-ready  ## trains the demo anew and packs it, for a release
	@$(BIN)/python -m trainers pack

bench: $(VENV)/.test-ready  ## times reading, logging and asking against MLflow's own ways
	@$(BIN)/python -m benchmarks

lock: $(VENV)/.test-ready  ## writes the lock files anew after a change of requirements*.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links requirements.txt -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links requirements-dev.txt -c requirements.lock -o requirements-dev.lock
	cp requirements.lock deploy/requirements.lock  # what is there is kept where it can be
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links requirements.txt deploy/requirements.txt -o deploy/requirements.lock

lock-check: $(VENV)/.test-ready  ## asks the index whether all that is locked is there for Linux, macOS and Windows
	@$(BIN)/python -m tests.systems.locked $(MATRIX)

free-port:
	@$(PYTHON) -c "import socket, sys; taken = socket.socket().connect_ex(('127.0.0.1', $(PORT))) == 0; sys.exit('Port $(PORT) is taken by another program. Choose another one: make run PORT=$$(( $(PORT) + 1 ))' if taken else 0)"

$(VENV)/bin/python:
	@$(PYTHON) -c "import sys; sys.exit(0 if sys.version_info >= (3, 11) else 'Pizarra needs Python 3.11 or newer, but $(PYTHON) is ' + sys.version.split()[0] + '. Choose another one: make PYTHON=python3.12')"
	$(PYTHON) -m venv $(VENV)

# uv takes a ninth of pip's time; pip knows mirrors that uv was not told of, so it has the last word
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
install = { $(PIP) -c requirements-dev.lock uv && $(BIN)/uv pip install --quiet --python $(BIN)/python -r $(1); } || $(PIP) -r $(1)

$(VENV)/.run-ready: requirements.lock | $(VENV)/bin/python
	$(call install,requirements.lock)
	@touch $@

$(VENV)/.test-ready: requirements.lock requirements-dev.lock | $(VENV)/bin/python
	$(call install,requirements-dev.lock)
	@touch $@ $(VENV)/.run-ready

# New messages come empty, to be translated
CATALOGUE := locale/es/LC_MESSAGES/pizarra.po
messages: $(VENV)/.test-ready  ## brings the Spanish catalogue up to date with the source
	@PYTHONPATH=. $(BIN)/pybabel -q extract -F babel.cfg --add-location=file -o $(VENV)/messages.pot core pages trainers streamlit_app.py api_app.py
	@$(BIN)/pybabel -q update -l es -i $(VENV)/messages.pot -o $(CATALOGUE) --no-fuzzy-matching --ignore-obsolete --no-wrap
	@grep -Ev '^"(Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By):' $(CATALOGUE) > $(VENV)/messages.po
	@cp $(VENV)/messages.po $(CATALOGUE)

tree:  ## writes the trees of modules in docs/ anew; needs nothing installed
	@$(PYTHON) docs/tree.py

project: $(VENV)/.run-ready  ## writes MLproject anew, from what the tasks declare
	@PYTHONUTF8=1 $(BIN)/python -m trainers.project > $(VENV)/MLproject && cp $(VENV)/MLproject MLproject
