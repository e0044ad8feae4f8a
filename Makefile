# `make` lists what there is. CI runs .ci/run, which ends in `make test`.

CARGO ?= cargo
# Pre-release software of Microsoft's under its own licence: fetched when asked for, never part of this repository.
PLAYGROUND := @microsoft/m365agentsplayground@0.2.28

# The store on a KurrentDB cluster: in releases, tests and lints; `make run` does without.
KURRENT := events/kurrentdb,chronus-teams/kurrentdb

.DEFAULT_GOAL := help
CRASH_KILLS ?= 200
CRASH_SEED ?= 1
SEED ?= 1
SIM_SEEDS ?= 10000
SIM_FROM ?= 1
QUARTER_PEOPLE ?= 500
QUARTER_DAYS ?= 90
QUARTER_SEED ?= 1
PRODUCER_KILLS ?= 50
PRODUCERS ?= python ruby node

.PHONY: help run demo test quarter sim sims sim-points sim-plants crash crash-cluster disk freeze fuzz fuzz-keep mutants faults pace check fmt clippy docs domain arrows deny machete lint-deploy producers bench bench-parts bench-cluster bench-fairness bench-hostile bench-scale bench-strict bench-undo release dist dist-twice crosscheck playground cards clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

run: ## build, play the sample scenario against service and sandbox, and stay up
	$(CARGO) run --profile trial --bin chronus-teams -- demo --stay

demo: ## the same, ending with success only when every expectation held
	$(CARGO) run --profile trial --bin chronus-teams -- demo

test: ## run all tests
	@if $(CARGO) nextest --version >/dev/null 2>&1 || $(CARGO) install cargo-nextest --locked; then \
		$(CARGO) nextest run --workspace --features $(KURRENT); \
	else \
		echo "cargo-nextest cannot be installed here; running cargo test" >&2; \
		$(CARGO) test --workspace --features $(KURRENT); \
	fi

quarter: ## a quarter in the life of 500 people, and a checker that knows the truth (QUARTER_PEOPLE, QUARTER_DAYS, QUARTER_SEED)
	CHRONUS_QUARTER_PEOPLE=$(QUARTER_PEOPLE) CHRONUS_QUARTER_DAYS=$(QUARTER_DAYS) CHRONUS_QUARTER_SEED=$(QUARTER_SEED) \
		$(CARGO) test -p chronus-teams --features $(KURRENT) --test api -- --nocapture quarter::

crash: ## kill the loaded service 200 times at random places (CRASH_KILLS, CRASH_SEED) and check what is left
	CHRONUS_CRASH_KILLS=$(CRASH_KILLS) CHRONUS_CRASH_SEED=$(CRASH_SEED) \
		$(CARGO) test --workspace --test crash -- --nocapture matrix::

DISK_FAULTS ?= 1000000

disk: ## fail at every write and wait of every file, in every way (DISK_FAULTS, CHRONUS_DISK_AT_ONCE), and check what is left; Linux
	CHRONUS_DISK_FAULTS=$(DISK_FAULTS) $(CARGO) test --workspace --test crash -- --nocapture disk::

RELEASE ?= $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)-$(shell git rev-parse --short=8 HEAD)

freeze: ## keep a data folder, an export and a backup of this release for the tests of later ones (RELEASE); before a release
	CHRONUS_FREEZE_TO=tests/fixtures/releases/$(RELEASE) \
		$(CARGO) test -p chronus-teams --features $(KURRENT) --test crash -- freeze::

FUZZ_SECONDS ?= 3600

fuzz: ## knock at every door where bytes from outside come in, guided by coverage (FUZZ_SECONDS for each, DOORS; Linux with a C++ compiler)
	CHRONUS_SEEDS_TO=$(CURDIR)/fuzz/seeds CHRONUS_CORPUS_TO=$(CURDIR)/fuzz/found CHRONUS_KNOCKS=1 \
		$(CARGO) test -q -p chronus-teams --features $(KURRENT) --test outside
	fuzz/run.sh $(FUZZ_SECONDS) $(DOORS)

fuzz-keep: ## keep in fuzz/corpus what make fuzz found; every test run knocks with it
	CHRONUS_FOUND=$(CURDIR)/fuzz/found \
		$(CARGO) test -q -p chronus-teams --features $(KURRENT) --test outside -- --ignored keeps_what_was_found

mutants: ## change the rules and folds in thousands of small ways, and see that a test notices each (CRATE, FILES, MUTANT)
	$(CARGO) run -q --manifest-path tools/mutants/Cargo.toml -- \
		$(if $(CRATE),--crate $(CRATE)) $(if $(FILES),--files $(FILES)) $(if $(MUTANT),--mutant '$(MUTANT)') $(MUTANTS_FLAGS)

sim: ## play one simulated story and tell all of it (SEED, or PLAN for a story that a failure told); Linux
	@CHRONUS_SIM_SEED=$(SEED) $(if $(PLAN),CHRONUS_SIM_PLAN='$(PLAN)') $(CARGO) test -q -p chronus-teams --features $(KURRENT) --test simulation \
		-- --ignored --nocapture tells_the_story

SIMULATION := $(CARGO) test -q -p chronus-teams --profile sim --test simulation -- --nocapture

sims: ## play many of them, optimised (SIM_SEEDS, SIM_FROM); fails with the shortest story of one that goes wrong
	CHRONUS_SIM_SEEDS=$(SIM_SEEDS) CHRONUS_SIM_FROM=$(SIM_FROM) $(SIMULATION) no_seed

SIM_EVERY ?= 1
SIM_PLANTS ?= 100

sim-points: ## kill the process at each point of each standard scenario (SIM_EVERY: at every how many)
	CHRONUS_SIM_EVERY=$(SIM_EVERY) $(SIMULATION) wherever

sim-plants: ## plant each fault of tests/simulation/plants.rs in turn, and say which seed finds it and after how long
	CHRONUS_SIM_PLANTS=$(SIM_PLANTS) $(SIMULATION) what_is_planted

crash-cluster: ## the same with the log on three nodes of the stand-in, which die, freeze and step down meanwhile
	CHRONUS_CRASH_KILLS=$(CRASH_KILLS) CHRONUS_CRASH_SEED=$(CRASH_SEED) \
		$(CARGO) test -p chronus-teams --features kurrentdb --test crash -- --nocapture clustered::whatever

# Built as for the tests, so that nothing is compiled twice.
producers: ## kill each producer of examples/ 50 times (PRODUCER_KILLS, PRODUCERS) and look that nothing is lost or doubled
	$(CARGO) test --workspace --features $(KURRENT) --no-run
	@examples/check.sh target/debug/chronus-teams $(PRODUCER_KILLS) "$(PRODUCERS)"

faults: ## play the fault matrix of docs/delivery.md
	$(CARGO) test --workspace --test api -- faults::

pace: ## a tenant's pace in simulated time under a strict count, and turns between tenants
	$(CARGO) test -p actors --lib pacing::
	$(CARGO) test -p actors --test running fairness::

check: fmt clippy docs domain arrows deny machete ## formatting, lints, docs, arrows, dependencies

fmt:
	$(CARGO) fmt --all --check

# With KurrentDB everything; without it what differs then.
clippy:
	$(CARGO) clippy --workspace --all-targets --features $(KURRENT) -- -D warnings
	$(CARGO) clippy -p events -p chronus-teams --lib --bins -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items --features $(KURRENT)

# The domain without its storage: what compiles here touches none.
domain:
	$(CARGO) check -p events --no-default-features

arrows:
	$(CARGO) test -q -p chronus-teams --test architecture

# The advisory database is asked by `cargo deny check advisories`, which needs the network.
deny:
	@if $(CARGO) deny --version >/dev/null 2>&1; then \
		$(CARGO) deny --config .cargo/deny.toml check --hide-inclusion-graph bans licenses sources; \
	else echo "skipped: cargo-deny is not installed (cargo install cargo-deny --locked)"; fi

machete:
	@if $(CARGO) machete --version >/dev/null 2>&1; then $(CARGO) machete; \
	else echo "skipped: cargo-machete is not installed (cargo install cargo-machete --locked)"; fi

lint-deploy: ## judge Dockerfile, compose files, Kubernetes manifests, systemd unit, alert rules and scripts (linters from PyPI)
	@if command -v python3 >/dev/null 2>&1; then tools/deploy/check.sh; \
	else echo "skipped: python3 is missing, which runs the linters"; fi

BENCH_ROWS ?=
BENCH_ARGS ?=

# The bots on Microsoft's kits and the store's own measurement are what is compared with. ROWS: `BENCH_ROWS="1 2"`.
bench: ## fill the speed table of docs/performance.md, with its JSON and plots (BENCH_ROWS="1 2" for some rows, BENCH_ARGS)
	@if command -v npm >/dev/null 2>&1; then \
		for peer in tools/bench/peer-*; do (cd $$peer && test -d node_modules || npm ci --no-audit --no-fund --silent) || \
			echo "$$peer is left out: its packages cannot be installed" >&2; done; \
	else echo "the bots for comparison are left out: npm is missing" >&2; fi
	@case " $(or $(BENCH_ROWS),10) " in *" 10 "*) $(CARGO) bench -p events --bench store;; esac
	$(CARGO) bench -p chronus-teams --bench service --features $(KURRENT) -- table $(BENCH_ROWS:%=--row %) $(BENCH_ARGS)

bench-parts: ## the measurements behind other tables of docs/performance.md
	$(CARGO) bench --workspace --benches --features $(KURRENT)

bench-hostile: ## an organization that sends what is dearest to refuse beside an honest one: how long the honest one's events take
	$(CARGO) bench -p chronus-teams --bench service --features $(KURRENT) -- hostile

bench-fairness: ## one tenant's burst beside fifty quiet ones: how long the quiet ones' cards take, with and without
	$(CARGO) bench -p chronus-teams --bench service --features $(KURRENT) -- fairness

bench-strict: ## 36,000 cards at the full pace of twelve tenants on a machine that is too busy: how many met a 429
	$(CARGO) bench -p chronus-teams --bench service --features $(KURRENT) -- strict

bench-undo: ## an announcement that is taken back when half of its people have it (BENCH_ARGS="--crowd 10000"): how long until nobody has it
	$(CARGO) bench -p chronus-teams --bench service --features $(KURRENT) -- undo $(BENCH_ARGS)

bench-cluster: ## the service on the stand-in for a cluster, with a real server's times; CHRONUS_TEAMS_BEFORE=<program> is measured in turns with this one
	$(CARGO) bench -p chronus-teams --bench service --features $(KURRENT) -- cluster

bench-scale: ## a thousand tenants at once, a restart with a million waiting cards, and 300,000 cards to one tenant
	$(CARGO) bench -p chronus-teams --bench service --features $(KURRENT) -- scale restart
	$(MAKE) pace

release: ## the program as it is shipped, with KurrentDB: target/release/chronus-teams
	$(CARGO) build --release --bin chronus-teams --features $(KURRENT)

DIST ?= dist

dist: ## what is shipped, reproducibly: archive, bill of materials, checksums (DIST, PROFILE, SIGN_WITH)
	tools/release/build.sh $(DIST)

dist-twice: ## build it in two places and compare every byte (PROFILE=trial is faster)
	tools/release/twice.sh

crosscheck: ## drive the stand-in for KurrentDB with the client for Python (needs python3 and the network)
	$(CARGO) build -p kurrent-standin
	tools/kurrent/crosscheck.sh target/debug/kurrent-standin

playground: ## chat with the bot in a browser, through Microsoft's local client (needs node and npm)
	@command -v npm >/dev/null || { echo "npm is missing; install Node.js 20 or later" >&2; exit 1; }
	npm install --prefix .playground --no-fund --no-audit --silent $(PLAYGROUND)
	$(CARGO) build --profile trial --bin chronus-teams
	tools/playground/run.sh

cards: tools/cards/node_modules ## draw pictures of every card into target/cards (needs node, npm and Chromium)
	CARDS_JSON=$(CURDIR)/target/cards/json $(CARGO) test -q -p chronus-teams --lib for_the_pictures
	node tools/cards/render.mjs target/cards/json $(CARDS_OUT)

tools/cards/node_modules: tools/cards/package-lock.json
	cd tools/cards && npm ci --no-audit --no-fund
	touch $@

clean: ## remove what was built
	$(CARGO) clean
	rm -rf .playground .manifest-schemas tools/cards/node_modules
