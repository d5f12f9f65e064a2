# The commands of the atlas. Everything is kept in .venv; nothing else on the machine changes,
# except that `make test` may install a Chromium on Debian.

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input
# As root, or with a sudo that asks no password, on a Debian: what is missing can be installed.
APT := if ! command -v apt-get >/dev/null; then false; \
	elif [ "$$(id -u)" = 0 ]; then SUDO=; \
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then SUDO="sudo -n"; \
	else false; fi && $$SUDO apt-get update -qq </dev/null \
	&& $$SUDO env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends

.DEFAULT_GOAL := help
.PHONY: help run install test bench lock messages clean chromium nginx

help: ## show this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/make \1\t\2/' | expand -t 16

run: $(VENV)/.runtime ## install what is missing and open the atlas
	@$(PY) -m ess serve

install: $(VENV)/.development ## install everything into .venv, start nothing

test: $(VENV)/.development chromium nginx ## install what is missing and run every check
	@echo "ruff check" && $(PY) -m ruff check . \
		|| { echo "make test: stopped at ruff check, see above." >&2; exit 1; }
	@echo "ruff format --check" && $(PY) -m ruff format --check . \
		|| { echo "make test: stopped at ruff format, run .venv/bin/python -m ruff format ." >&2; exit 1; }
	@echo "mypy" && $(PY) -m mypy \
		|| { echo "make test: stopped at mypy, see above." >&2; exit 1; }
	@echo "pytest" && $(PY) -m pytest -q --numprocesses logical --maxprocesses 4 --no-loadscope-reorder

bench: $(VENV)/.development chromium ## measure what the README says about speed
	@$(PY) -m benchmarks && $(PY) -m benchmarks.imports

messages: $(VENV)/.development ## bring the catalogues up to date, list what is untranslated
	@$(PY) -m ess.locales

lock: $(VENV)/bin/python ## write the locked requirements anew from the .in files
	@$(PIP) install -q "uv>=0.9"
	@for kind in requirements requirements-spark requirements-dev; do \
		$(PY) -m uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes \
			--no-config --no-annotate --no-header --no-emit-index-url --no-emit-find-links \
			$$kind.in -o $$kind.txt || exit 1; \
	done

clean: ## remove .venv and what the checks leave behind
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	@echo "Installing what the atlas needs into $(VENV) (once)"
	@$(PIP) install -q --require-hashes -r requirements.txt \
		|| { echo "make: the packages of requirements.txt could not be installed, see above." >&2; exit 1; }
	@touch $@

$(VENV)/.development: requirements-dev.txt $(VENV)/.runtime
	@echo "Installing what the checks need into $(VENV) (once)"
	@$(PIP) install -q --require-hashes -r requirements-dev.txt \
		|| { echo "make: the packages of requirements-dev.txt could not be installed, see above." >&2; exit 1; }
	@touch $@

$(VENV)/bin/python:
	@for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then break; fi; \
		python=; \
	done; \
	if [ -z "$$python" ]; then \
		echo "make: no Python 3.11 or newer was found in PATH; install one (https://www.python.org) and try again." >&2; \
		exit 1; \
	fi; \
	$$python -m venv $(VENV) >/dev/null 2>&1 && exit 0; \
	rm -rf $(VENV); \
	{ $(APT) python3-venv; } >/dev/null 2>&1 && $$python -m venv $(VENV) && exit 0; \
	rm -rf $(VENV); \
	echo "make: $$python cannot make a virtual environment; install its venv module (Debian: apt install python3-venv) and try again." >&2; \
	exit 1

chromium: $(VENV)/.development
	@find='import sys; from tests.conftest import find_browser; sys.exit(find_browser() is None)'; \
	$(PY) -c "$$find" && exit 0; \
	if [ -n "$$CHROMIUM" ]; then \
		echo "make: CHROMIUM names '$$CHROMIUM', which cannot be run; give the path of a Chromium or Chrome." >&2; \
		exit 1; \
	fi; \
	echo "Installing Chromium for the browser tests (once)"; \
	{ $(APT) chromium; } >/dev/null && $(PY) -c "$$find" && exit 0; \
	echo "make: no Chromium was found; install Chromium or Chrome, or name one in CHROMIUM, and try again." >&2; \
	exit 1

nginx: $(VENV)/.development
	@find='import sys; from tests.deploy.proxy import find_nginx; sys.exit(find_nginx() is None)'; \
	$(PY) -c "$$find" && exit 0; \
	if [ -n "$$NGINX" ]; then \
		echo "make: NGINX names '$$NGINX', which cannot be run; give the path of an nginx." >&2; \
		exit 1; \
	fi; \
	echo "Installing nginx for the tests of deploy/ (once)"; \
	{ $(APT) nginx-light; } >/dev/null && $(PY) -c "$$find" && exit 0; \
	echo "make: no nginx was found; the tests of several replicas will be skipped." >&2; \
	test -z "$$ATLAS_REQUIRE_SHARED"
