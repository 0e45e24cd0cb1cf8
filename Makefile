# Every target makes what it needs and can run alone, on a machine that has only Python 3.11+ and make.
#
#   PYTHON       the Python to make .venv with
#   PORT         where make demo listens
#   SERVER       what make demo serves with: wsgi (the default), gunicorn, uvicorn or granian
#   FRONT        what make demo puts in front of it: nginx, apache, lighttpd or caddy; by default nothing
#   WORKERS      how many processes run the tests
#   FUZZ_SECONDS how long make fuzz looks, all in all: 600
#   BENCH_MIB    size of the largest file of make bench: 1024; BENCH_ROUNDS, BENCH_SMALL_ROUNDS how often real servers
#                are asked, and views in process: 3, 60; BENCH_INTO where the table goes: docs/performance
#   OLDEST_TESTS what make test-oldest runs: all; MATRIX_TESTS what make matrix runs, on the pairs of MATRIX: all, on all
#   PYTHON_NEXT  a Python 3.13+ for make test-next; without it, one is looked for

PYTHON ?= python3
PORT ?= 8000
WORKERS ?= logical
PYTHON_NEXT ?=
BENCH_MIB ?= 1024
BENCH_ROUNDS ?= 3
BENCH_SMALL_ROUNDS ?= 60
BENCH_INTO ?= docs/performance

BIN := .venv/bin
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check
# setuptools warns of what cannot happen here: no directory is called downloadable.
EDITABLE := --no-deps --no-build-isolation --editable .
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help:  ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile


## Environments

.venv/.stamp: requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=...")'
	$(PYTHON) -m venv .venv
	.ci/install .venv requirements/dev.txt
	PYTHONWARNINGS=ignore $(BIN)/python $(PIP_INSTALL) $(EDITABLE)
	@touch $@

.venv/.fuzz-stamp: requirements/fuzz.txt .venv/.stamp
	.ci/install .venv requirements/fuzz.txt
	@touch $@

.venv-nodjango/.stamp: requirements/domain.txt | .venv/.stamp
	$(PYTHON) -m venv --without-pip .venv-nodjango
	.ci/install .venv-nodjango requirements/domain.txt
	@touch $@

.venv-next/.stamp: requirements/dev.txt .ci/python-next | .venv/.stamp
	PYTHON_NEXT="$(PYTHON_NEXT)" .ci/python-next .venv-next
	.ci/install .venv-next requirements/dev.txt
	PYTHONWARNINGS=ignore $(BIN)/python -m pip --python .venv-next/bin/python install --quiet $(EDITABLE)
	@touch $@

.venv-oldest/.stamp: requirements/oldest.txt | .venv/.stamp
	$(PYTHON) -m venv --without-pip .venv-oldest
	.ci/install .venv-oldest requirements/oldest.txt
	PYTHONWARNINGS=ignore $(BIN)/python -m pip --python .venv-oldest/bin/python install --quiet $(EDITABLE)
	@touch $@

.venv-bench/.stamp: requirements/dev.txt requirements/bench.txt | .venv/.stamp
	$(PYTHON) -m venv --without-pip .venv-bench
	.ci/install .venv-bench requirements/dev.txt requirements/bench.txt
	PYTHONWARNINGS=ignore $(BIN)/python -m pip --python .venv-bench/bin/python install --quiet $(EDITABLE)
	@touch $@

.PHONY: translations
translations: .venv/.stamp  ## Bring the catalogues of all languages up to date with the code, and compile them
	$(BIN)/python -m tests.translations.catalogues

.PHONY: requirements
requirements: .venv/.stamp  ## Lock the newest development dependencies, with hashes
	$(COMPILE) --upgrade --output-file requirements/dev.txt pyproject.toml requirements/dev.in
	$(COMPILE) --upgrade --output-file requirements/domain.txt --constraint requirements/dev.txt requirements/domain.in
	$(COMPILE) --upgrade --output-file requirements/bench.txt --constraint requirements/dev.txt requirements/bench.in
	$(COMPILE) --upgrade --output-file requirements/fuzz.txt requirements/fuzz.in
	$(COMPILE) --upgrade --output-file requirements/uv.txt requirements/uv.in
	@$(MAKE) --no-print-directory requirements-oldest

.PHONY: requirements-oldest
requirements-oldest: .venv/.stamp  ## Lock the oldest versions that pyproject.toml allows, and what tests them
	@mkdir -p build
	sed -nE 's/^([a-z0-9-]+).*/^\1==[^ ;]+/p' requirements/oldest.in | grep -oEf - requirements/dev.txt >build/tools.txt
	$(COMPILE) --upgrade --resolution lowest-direct --all-extras --output-file requirements/oldest.txt \
		--constraint build/tools.txt pyproject.toml requirements/oldest.in


## See it work

.PHONY: demo
demo: .venv/.stamp  ## Serve a library of documents, to be clicked (PORT=8000, SERVER=gunicorn, FRONT=nginx)
	@PORT="$(PORT)" exec $(BIN)/python demo/run.py


## Test: what needs only Python

# Side by side, as far as that uses one core; each tells what it has to say at its end. Old versions of make cannot.
GATHERED = $(if $(filter output-sync,$(.FEATURES)),--output-sync=target $(if $(filter -j%,$(MAKEFLAGS)),,--jobs=2))

.PHONY: test
test: .venv/.stamp .venv-nodjango/.stamp  ## Run everything that needs only Python
	@$(MAKE) --no-print-directory $(GATHERED) types package at-length domain-alone docs-examples lint layers licences
	@$(MAKE) --no-print-directory unit

.PHONY: lint
lint: .venv/.stamp  ## Check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: format
format: .venv/.stamp  ## Repair style and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: types
types: .venv/.stamp  ## Check types of the package, and of all that uses it
	$(BIN)/mypy -p downloadable
	$(BIN)/mypy tests conftest.py docs/extensions $(wildcard demo benchmarks)
	$(BIN)/python -m tests.documentation.typed

.PHONY: layers
layers: .venv/.stamp  ## Check who imports whom
	$(BIN)/lint-imports --no-cache

.PHONY: licences
licences: .venv/.stamp  ## Check that all that comes along, or develops this, is permissive
	$(BIN)/python .ci/licences.py

# What reaches no line that others do not: measuring it would take twice its time.
UNMEASURED := tests/conformance/test_wsgi.py tests/conformance/test_asgi.py tests/adversarial tests/fuzz
# So does measuring the others, which CI does each time.
COVERAGE := $(if $(CI),--cov --cov-report=term)

.PHONY: unit
unit: .venv/.stamp  ## Run unit tests; with CI=true, with branch coverage
	$(BIN)/python -m pytest --numprocesses=$(WORKERS) $(COVERAGE) $(addprefix --ignore=,$(UNMEASURED) tests/properties)

.PHONY: at-length
at-length: .venv/.stamp  ## Ask both handlers all of the conformance table; try hostile paths, and inputs that fuzzing kept
	$(BIN)/python -m pytest $(UNMEASURED)

.PHONY: domain-alone
domain-alone: .venv-nodjango/.stamp  ## Run the tests of the domain, and properties, where Django is not installed
	@! .venv-nodjango/bin/python -c 'import django' 2>/dev/null || { echo "Django is installed in .venv-nodjango."; exit 1; }
	PYTHONPATH=.ci/typing .venv-nodjango/bin/python -m pytest -c /dev/null --rootdir=. \
		-o pythonpath=. -o xfail_strict=true -W error --import-mode=importlib --strict-markers --confcutdir=tests \
		-p no:cacheprovider tests/domain tests/properties

.PHONY: docs-examples
docs-examples: .venv/.stamp  ## Run the examples of the documentation
	$(BIN)/python -m pytest README.md docs

.PHONY: package
package: .venv/.stamp  ## Build the package, install it alone, import all of it
	$(BIN)/python -m pytest tests/packaging


## Test: what needs more

.PHONY: test-servers
test-servers: .venv/.stamp  ## Test with real servers on loopback
	@.ci/system-packages --check servers
	@# In their order, the long files are not last: those with the fewest tests take longest.
	$(BIN)/python -m pytest --numprocesses=2 --dist=loadfile --no-loadscope-reorder tests/servers

.PHONY: test-browser
test-browser: .venv/.stamp  ## Test what a real browser shows, runs and saves
	@.ci/system-packages --check browser
	$(BIN)/python -m pytest tests/browser --ignore=tests/browser/demo
	$(BIN)/python -m pytest --numprocesses=2 --dist=loadfile tests/browser/demo

.PHONY: pictures
pictures: .venv/.stamp  ## Take the documentation's pictures of the demo anew, in docs/pictures
	@.ci/system-packages --check browser
	mkdir -p docs/pictures
	PICTURES=docs/pictures $(BIN)/python -m pytest tests/browser/demo

.PHONY: system-packages
system-packages:  ## Install what these need (the only target that touches the system)
	.ci/system-packages

.PHONY: test-next
test-next: .venv-next/.stamp  ## Run the suite on Python 3.13+ and the newest Django
	.venv-next/bin/python -c 'import django, sys; print("Python", sys.version.split()[0], "Django", django.__version__)'
	.venv-next/bin/python -m pytest --numprocesses=$(WORKERS)

# Google's library warns of Python 3.11 in the version that this old gcsfs takes. The demo and the documentation have needs
# of their own, which are not the package's.
OLDEST_TESTS ?= --ignore=tests/documentation --ignore=tests/demo tests
.PHONY: test-oldest
test-oldest: .venv-oldest/.stamp  ## Run the suite on the oldest versions that are supported (OLDEST_TESTS=tests/adapters)
	.venv-oldest/bin/python -m pytest --numprocesses=$(WORKERS) -W "ignore:You are using a Python version:FutureWarning" \
		$(OLDEST_TESTS)

# Python x Django: each pair takes as long as the suite. MATRIX="--only 3.13,6.1" asks for one of them.
MATRIX ?=
MATRIX_TESTS ?= --numprocesses=$(WORKERS) tests
.PHONY: matrix
matrix: .venv/.stamp  ## Run the suite on each Python that is here, with each Django; say what was skipped
	$(BIN)/python .ci/matrix.py $(MATRIX) $(MATRIX_TESTS)

.PHONY: bench
bench: .venv-bench/.stamp  ## Measure what downloads cost, beside others (BENCH_MIB=1024, BENCH_ROUNDS=3)
	@.ci/system-packages --check servers
	.venv-bench/bin/python -m benchmarks.run --mib $(BENCH_MIB) --rounds $(BENCH_ROUNDS) --small-rounds $(BENCH_SMALL_ROUNDS) --into $(BENCH_INTO)
	.venv-bench/bin/python -m benchmarks.archives --mib $(BENCH_MIB) --rounds $(BENCH_ROUNDS) --into $(BENCH_INTO)

.PHONY: fuzz
fuzz: .venv/.fuzz-stamp  ## Look for inputs that break a parser (FUZZ_SECONDS=600)
	$(BIN)/python -m tests.fuzz.run

.PHONY: soak
soak: .venv-bench/.stamp  ## Measure for long
	.venv-bench/bin/python -m benchmarks.soak
	.venv-bench/bin/python -m benchmarks.readers
	SERVERS_ZIP_GIB=10 .venv-bench/bin/python -m pytest --quiet tests/servers/test_zip.py


## Documentation, release

.PHONY: docs
docs: .venv/.stamp  ## Build the documentation into docs/_build/html
	$(BIN)/sphinx-build --fail-on-warning --fresh-env --quiet docs docs/_build/html

.PHONY: changelog
changelog: .venv/.stamp  ## Show the change log of the next release
	$(BIN)/towncrier build --draft

.PHONY: dist
dist: .venv/.stamp  ## Build wheel and source distribution of the last commit into dist/, always the same bytes
	rm -rf build/dist dist
	mkdir -p build/dist
	git archive HEAD | tar -x -C build/dist
	$(BIN)/python -m build --no-isolation --outdir dist build/dist >build/dist.log || { cat build/dist.log; exit 1; }
	@sha256sum dist/*

.PHONY: clean
clean:  ## Remove all that was made, environments included
	rm -rf .venv .venv-* .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache .coverage .coverage.* \
		build dist *.egg-info htmlcov docs/_build demo/var
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
