# make tour        set up .venv, fetch GloVe (76 MB) and a language model (93 MB; in Chinese 238 MB) once, and walk
# make explore     build the pages of the explorer (with Node.js 20) and open them in the browser
# make test        set up .venv with the test tools and run every test but the long ones
# make test-long   the claims that are shown by learning from large texts: a quarter of an hour (LONG="long and not large": less)
# make check       ruff, mypy, and the tests of the structure
# make pictures    the pictures of the README, from the pages (with Node.js 20 and Chromium)
# make bench       every speed claim, side by side with the peer (BENCH=name for one)
# make bench-vectors   the tables of learning word vectors: speed, then how good the vectors are (an hour)

PYTHON ?= python3
BIN := .venv/bin
SHELL := /bin/bash
LANG_FLAG := $(if $(LANGUAGE_OF_TOUR),--lang $(LANGUAGE_OF_TOUR))
SPOKEN := $(firstword $(LANGUAGE_OF_TOUR) $(LC_ALL) $(LC_MESSAGES) $(LANG))
PAGES := src/armillary/web/static/index.html
MODEL_OF_TOUR := $(if $(filter zh%,$(SPOKEN)),gemma3-270m,smollm2-135m-instruct)

# Corpora and small models for the tests that need them; those tests are skipped where the folder is absent.
export ARMILLARY_DATA ?= $(abspath $(wildcard ../shared/data))

# Python keeps what it has compiled, whatever the shell says: the tests start it some hundred times.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: tour explore pages pictures test test-long check bench bench-vectors clean
.DELETE_ON_ERROR:

tour: .venv/.product
	@$(BIN)/armillary get --quiet glove-6b-50d
# A model whose terms must be accepted says how; without it the tour tells its first half, and what it lacks.
	@$(BIN)/armillary get --quiet $(LANG_FLAG) $(MODEL_OF_TOUR) || true
	@$(BIN)/armillary tour $(LANG_FLAG)

explore: .venv/.product $(PAGES)
	@$(BIN)/armillary get --quiet glove-6b-50d
	@$(BIN)/armillary get --quiet $(LANG_FLAG) $(MODEL_OF_TOUR) || true
	@$(BIN)/armillary explore $(LANG_FLAG)

$(PAGES): explorer/node_modules/.package-lock.json src/armillary/web/examples.json $(shell find explorer/src explorer/public explorer/*.* -type f)
	@echo "Building the pages of the explorer."
	@cd explorer && npm run --silent build -- --logLevel warn

explorer/node_modules/.package-lock.json: explorer/package.json explorer/package-lock.json
	@command -v npm >/dev/null || { echo "The pages are built with Node.js 20 or later: https://nodejs.org" >&2; exit 1; }
	@cd explorer && npm ci --silent --no-audit --no-fund && touch node_modules/.package-lock.json

# Where there is no Node.js, the tests of the pages are skipped, and say so.
pages:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(PAGES) || true; fi

# A server for as long as the pictures take.
pictures: .venv/.product $(PAGES)
	@$(BIN)/armillary explore glove-6b-50d smollm2-135m-instruct --no-browser --port 8499 >/dev/null & server=$$!; \
	trap "kill $$server" EXIT; for i in {1..100}; do if (: </dev/tcp/127.0.0.1/8499) 2>/dev/null; then break; fi; sleep 0.2; done; \
	cd explorer && node tests/pictures.mjs "$$(command -v chromium || command -v google-chrome)" http://127.0.0.1:8499 ../docs/pictures smollm2-135m-instruct

# As many processes as cores: threads of their own would fight for them.
test: .venv/.tools pages
	@$(BIN)/armillary get --quiet glove-6b-50d cl100k_base smollm2-135m-instruct
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist worksteal

LONG ?= long
test-long: .venv/.tools pages
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist worksteal -m "$(LONG)" --timeout 600

check: .venv/.tools pages
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/pytest tests/structure
	@if test -d explorer/node_modules; then cd explorer && npm run --silent check; fi

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
	rm -rf .venv build dist explorer/node_modules src/armillary/web/static
