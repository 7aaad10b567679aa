SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON := python3
VENV := .venv/bin
E2E_WORKERS := 3
export PYTHONPATH := quickstart:devcluster:images

##@ Use

help: ## Show what you can run
	@sed -nE 's/^##@ (.*)/\n\1/p; s/^([a-z0-9-]+):.*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 22

quickstart: ## From a fresh Debian 12 to a served example app (root; CLUSTER=current REGISTRY=... DOMAIN=... for your own cluster)
	@$(PYTHON) -m quickstart up

env: ## Print what makes deis, git push, kubectl and helm work here: eval "$(make -s env)"
	@$(PYTHON) -m quickstart env

##@ Check

test: ## Everything: lint, types, unit, chart, live, e2e, on an emptied devcluster
	@$(PYTHON) scripts/test.py

packages: ## Install the Debian packages and the base image that everything else needs
	@$(PYTHON) -m devcluster base-image

venv: ## Make or refresh the Python environment in .venv
	@$(PYTHON) scripts/venv.py

lint: venv ## Formatting, lint, import layers, shell scripts
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/python scripts/check_imports.py
	@git ls-files -z | xargs -0 grep -lE '^#!/(usr/bin/env (ba)?sh|bin/(ba)?sh)' -- | xargs $(VENV)/shellcheck

types: venv ## Strict type check
	@$(VENV)/python scripts/check_types.py

unit: venv ## Unit tests of every component
	@$(VENV)/pytest --durations=10 --numprocesses=2 */tests/unit

chart: venv ## Chart tests: lint, schema, every switch, server-side dry run on the devcluster
	@$(VENV)/pytest --durations=10 --timeout=300 --numprocesses=2 charts/tests

live: images cluster-metrics ## Tests against real servers, in the test image
	@$(PYTHON) scripts/live.py

live-devcluster: venv ## Tests of the devcluster itself; they stop and empty it
	@DEVCLUSTER_MAY_BE_STOPPED=1 $(VENV)/pytest --durations=5 --timeout=600 devcluster/tests/live

e2e: venv ## Tests that drive an installed platform: side by side, then those that kill its parts, alone
	@$(VENV)/pytest --durations=10 --timeout=600 --numprocesses=$(E2E_WORKERS) --dist=loadfile --no-loadscope-reorder e2e --ignore=e2e/test_faults.py; \
	side_by_side=$$?; $(VENV)/pytest --durations=10 --timeout=900 e2e/test_faults.py && exit $$side_by_side

soak: images ## Kill the controller SOAK_KILLS times (200), each time at six operations; SOAK_SEED=... repeats a run
	@SOAK_KILLS=$${SOAK_KILLS:-200} SOAK_LANES=$${SOAK_LANES:-3} $(PYTHON) scripts/live.py \
	controller/tests/live/test_killed.py -- -n 0 -s -k wholly

soak-outages: images ## Take database and Kubernetes away for SOAK_OUTAGE seconds (60); SOAK_EXAMPLES inputs a test (300)
	@SOAK_OUTAGE=$${SOAK_OUTAGE:-60} SOAK_EXAMPLES=$${SOAK_EXAMPLES:-300} $(PYTHON) scripts/live.py \
	controller/tests/live/test_outages.py controller/tests/live/test_hostile_input.py -- -n 0 -s --timeout=3600

##@ Client

cli: venv ## Make the command line client: a wheel and one file, in dist/
	@$(VENV)/python scripts/client.py

##@ Devcluster

cluster: ## Start the devcluster
	@$(PYTHON) -m devcluster up

cluster-metrics: ## Add metrics-server to the devcluster, for autoscaling and `kubectl top`
	@$(PYTHON) -m devcluster metrics

cluster-reset: ## Empty the devcluster
	@$(PYTHON) -m devcluster reset

cluster-down: ## Stop the devcluster and leave nothing of it running
	@$(PYTHON) -m devcluster down

images: ## Build the images that changed
	@$(PYTHON) -m images build

platform: ## Install or upgrade the platform on the devcluster
	@$(PYTHON) -m quickstart platform

##@ Benchmarks

bench-push: ## Time from git push to the first answer, beside two bare pod starts
	@$(VENV)/python bench/push.py

bench-cli: venv ## Time of deis by itself, beside a bare interpreter
	@$(VENV)/python bench/cli.py

bench-memory: ## Memory (PSS) of the platform's pods
	@$(VENV)/python bench/memory.py

bench-lists: images ## Requests per second of the list of 1,000 apps, beside a bare list view
	@$(PYTHON) scripts/inside.py python bench/lists.py

bench-scaling: images ## Time until a scale to 1,000 pods is answered with respond-async
	@$(PYTHON) scripts/inside.py python bench/scaling.py

bench-deploys: images ## Time of a deploy, beside the same Deployment applied by hand
	@$(PYTHON) scripts/inside.py python bench/deploys.py

bench-republication: images ## Time until a starting controller has looked at 1,000 unchanged apps (APPS=100 for fewer)
	@$(PYTHON) scripts/inside.py env APPS=$(or $(APPS),1000) python bench/republication.py

##@ Upkeep

lock: venv ## Pin every component's requirements again
	@$(VENV)/python scripts/lock.py

reference: venv ## Write docs/cli/reference again, from the client itself
	@$(VENV)/python scripts/reference.py

format: venv ## Format everything
	@$(VENV)/ruff format .
	@$(VENV)/ruff check --fix .

.PHONY: help quickstart env test packages venv lint types unit chart live live-devcluster e2e soak soak-outages cli cluster cluster-metrics cluster-reset cluster-down images \
	platform bench-push bench-cli bench-memory bench-lists bench-scaling bench-deploys bench-republication lock reference format
