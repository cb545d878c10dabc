# One command sets everything up and runs the main job (make chat), another passes the tests (make test).
PYTHON ?= python3
# Where the CPU build of PyTorch is looked for when pip's own sources do not have it.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
TORCH := 2.13.0
UV := uv==0.9.30
Q ?=
# For bench-encoder: the folder that the encoder is trained from, and other models to compare with.
DATA ?=
MODEL ?=
BIN := .venv/bin
SHELL := /bin/bash

.PHONY: chat ask test eval bench-encoder ablation check lock setup system-test-packages clean

chat: .venv/.ready
	$(BIN)/nmirf chat

ask: .venv/.ready
	@$(BIN)/nmirf ask "$(Q)"

test: .venv/.ready-dev system-test-packages
	$(BIN)/pytest

eval: .venv/.ready
	$(BIN)/nmirf eval --baseline evals/baseline.json

bench-encoder: .venv/.ready
	$(BIN)/python -m evals.bench_encoder $(if $(DATA),--data "$(DATA)") $(if $(MODEL),--model $(MODEL))

# One thread of BLAS: the matrices are small, and on a busy machine its threads wait for each other.
ablation: .venv/.ready
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m evals.ablation --refit

check: .venv/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

setup: .venv/.ready

# The set-up is done again only when the lock or the project file has changed.
.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with make PYTHON=python3.12."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
		{ rm -rf .venv; apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv .venv; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$(UV)"
	@# Only the CPU build carries the local version +cpu, so that the build with CUDA is never fetched.
	$(BIN)/python -c 'import torch' 2>/dev/null || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check "torch==$(TORCH)+cpu" 2>/dev/null || \
		$(BIN)/python -m pip install --disable-pip-version-check --index-url "$(TORCH_INDEX)" "torch==$(TORCH)"
	$(BIN)/uv pip install --quiet --no-deps --require-hashes --compile-bytecode -r requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.ready-dev: .venv/.ready requirements-dev.lock
	$(BIN)/uv pip install --quiet --no-deps --require-hashes --compile-bytecode -r requirements-dev.lock
	@touch $@

# The browser and the fonts of the browser tests. NMIRF_TEST_BROWSER names another Chromium.
system-test-packages:
	@if [ -z "$$NMIRF_TEST_BROWSER" ] && ! command -v chromium >/dev/null; then \
		if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
			echo "Installing Chromium and fonts for the browser tests ..."; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
				chromium fonts-noto-cjk fonts-noto-core >/dev/null; \
		else \
			echo "The browser tests need Chromium: install it, or name one in NMIRF_TEST_BROWSER."; exit 1; \
		fi; \
	fi

lock: .venv/.ready-dev
	$(BIN)/uv pip compile pyproject.toml --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-emit-package torch --universal --python-version 3.11 --quiet --custom-compile-command "make lock" -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-emit-package torch --universal --python-version 3.11 --quiet --custom-compile-command "make lock" -o requirements-dev.lock

clean:
	rm -rf .venv build dist *.egg-info
