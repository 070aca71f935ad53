# make tour        set up .venv, fetch GloVe (76 MB) and a language model (93 MB; in Chinese 238 MB) once, and walk
# make test        set up .venv with the test tools and run every test but the long ones
# make test-long   the claims that are shown by learning from large texts: minutes
# make check       ruff, mypy, and the tests of the structure
# make bench       every speed claim, side by side with the peer (BENCH=name for one)
# make bench-vectors   the tables of learning word vectors: speed, then how good the vectors are (an hour)

PYTHON ?= python3
BIN := .venv/bin
SHELL := /bin/bash
LANG_FLAG := $(if $(LANGUAGE_OF_TOUR),--lang $(LANGUAGE_OF_TOUR))
SPOKEN := $(firstword $(LANGUAGE_OF_TOUR) $(LC_ALL) $(LC_MESSAGES) $(LANG))
MODEL_OF_TOUR := $(if $(filter zh%,$(SPOKEN)),gemma3-270m,smollm2-135m-instruct)

# Corpora and small models for the tests that need them; those tests are skipped where the folder is absent.
export ARMILLARY_DATA ?= $(abspath $(wildcard ../shared/data))

.PHONY: tour test test-long check bench bench-vectors clean
.DELETE_ON_ERROR:

tour: .venv/.product
	@$(BIN)/armillary get --quiet glove-6b-50d
# A model whose terms must be accepted says how; without it the tour tells its first half, and what it lacks.
	@$(BIN)/armillary get --quiet $(LANG_FLAG) $(MODEL_OF_TOUR) || true
	@$(BIN)/armillary tour $(LANG_FLAG)

# As many processes as cores: threads of their own would fight for them.
test: .venv/.tools
	@$(BIN)/armillary get --quiet glove-6b-50d cl100k_base smollm2-135m-instruct
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist worksteal

test-long: .venv/.tools
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist worksteal -m long --timeout 600

check: .venv/.tools
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/pytest tests/structure

bench: .venv/.tools
	$(BIN)/armillary bench $(or $(BENCH),all)

bench-vectors: .venv/.tools
	@failed=0; for name in vectors subwords glove corpus; do $(BIN)/armillary bench $$name || failed=1; done; \
	for name in vectors subwords; do $(BIN)/python bench/$$name.py --quality || failed=1; done; exit $$failed

.venv/.product: pyproject.toml constraints.txt
	@echo "Setting up .venv: a minute or two, most of it PyTorch."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --upgrade pip
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[fast,lm,table]'
	@touch $@

.venv/.tools: .venv/.product
	@echo "Adding the test tools."
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --group test
	@touch $@

clean:
	rm -rf .venv build dist
