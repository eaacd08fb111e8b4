# make help lists the targets. The first one that needs it sets up .venv.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help setup train play browser lint types test test-all check package bench gpu tables pictures clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "gan_runner needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

setup: $(READY) ## a virtual environment in .venv with everything installed

train: $(READY) ## the main job: DCGAN on handwritten digits that come with the package, about 15 seconds of training on two cores
	$(BIN)/gan-train experiment=digits

play: $(READY) ## the game on a page in your browser
	$(BIN)/gan-play

browser: $(READY) ## what tests of pages need: Playwright, and Chromium where none is found
	$(BIN)/python -m pip install --quiet --editable '.[dev,browser]'
	@command -v "$${GAN_BROWSER:-chromium}" chromium-browser google-chrome >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq chromium; } \
		|| $(BIN)/playwright install chromium \
		|| echo "no Chromium could be installed: set GAN_BROWSER to one, or the tests of pages are left out" >&2

lint: $(READY) ## ruff: style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## mypy --strict on the package
	$(BIN)/mypy

test: lint ## lint and the fast tests
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-all: lint ## every test, the minutes-long proofs included
	$(BIN)/python -m pytest

check: types test ## lint, types and the fast tests

package: $(READY) ## wheel and source into dist/, installed by pip, pipx and uv in each Python found (noxfile.py)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/nox -s build install

bench: $(READY) ## speed as ratios to a plain PyTorch loop
	$(BIN)/python benchmarks/step.py
	$(BIN)/python benchmarks/tricks.py
	$(BIN)/python benchmarks/growing.py
	$(BIN)/python benchmarks/translation.py
	$(BIN)/python benchmarks/frechet.py
	$(BIN)/python benchmarks/autoencoder.py

gpu: $(READY) ## what a GPU is needed for, in 8 minutes; without one a dry run on the processor
	$(BIN)/python benchmarks/gpu.py

comma := ,
empty :=
empty_space := $(empty) $(empty)
recipes = $(patsubst configs/experiment/%.yaml,%,$(filter-out %/_measured.yaml,$(wildcard $(1:%=configs/experiment/%/*.yaml))))
listed = $(subst $(empty_space),$(comma),$(recipes))
CLASSES := [0],[1],[2],[3],[4],[5],[6],[7],[8],[9]
ONE_CLASS := $(call recipes,one_class_mnist one_class_fashion)
GANS := $(filter %/wgan_gp,$(ONE_CLASS))
AHEAD := $(foreach set,one_class_mnist one_class_fashion,$(set)/denoising $(set)/ganomaly $(set)/vae32)

tables: $(READY) ## the tables and plots of docs/results.md: plays what is not finished yet, hours of one core
	-$(BIN)/gan-train -m experiment=$(call listed,ring grid) seed=0,1,2,3,4 skip_finished=true
	-$(BIN)/gan-train -m experiment=mnist/fast seed=0,1,2,3,4 skip_finished=true
	-$(BIN)/gan-train -m experiment=$(call listed,vae_mnist equal_time_mnist equal_time_fashion) seed=0,1,2 skip_finished=true
	-for recipe in $(GANS) $(filter-out $(GANS),$(ONE_CLASS)); do \
		$(BIN)/gan-train -m experiment=$$recipe 'data.only=$(CLASSES)' skip_finished=true; done
	-for recipe in $(AHEAD); do for seed in 1 2; do \
		$(BIN)/gan-train -m experiment=$$recipe 'data.only=$(CLASSES)' seed=$$seed skip_finished=true; done; done
	$(BIN)/python results/tables.py
	$(BIN)/python results/plots.py
	$(BIN)/python results/rows.py

PLAYED := outputs/pictures

pictures: $(READY) ## the pictures of README.md: plays two recipes, about two minutes of one core
	rm -rf $(PLAYED)
	$(BIN)/gan-train experiment=digits callbacks.samples.every=100 hydra.run.dir=$(PLAYED)/digits
	$(BIN)/gan-train experiment=ring/r3gan callbacks.samples.every=40 hydra.run.dir=$(PLAYED)/ring
	$(BIN)/python results/pictures.py $(PLAYED)

clean: ## remove what can be made again (.venv and outputs stay)
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
