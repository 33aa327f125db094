# Ward's few commands; `make help` lists them. The variables that can be set are named there too.

CARGO ?= cargo
CARGO_TARGET_DIR ?= $(if $(CI),/var/tmp/ward-target,$(CURDIR)/target)
WARD_DATA ?= $(abspath $(CURDIR)/../shared/data)
DEMO_ARGS ?=
# Made anew each time, unless DEMO_ARGS names a folder.
DEMO_FOLDER = $(CARGO_TARGET_DIR)/ward-demo
DEMO_HAS_FOLDER = $(findstring --dir,$(DEMO_ARGS))
# A Python of the tests' own, made only where the machine's lacks what the tests use.
TEST_PYTHON = $(CARGO_TARGET_DIR)/test-python
SOURCES = pure edge parts doors

# axe-core, which the browser tests put into pages.
WARD_AXE ?= $(TEST_PYTHON)/axe/node_modules/axe-core/axe.min.js

export CARGO_TARGET_DIR WARD_DATA WARD_AXE

# One after the other: cargo uses all cores by itself.
.NOTPARALLEL:
.PHONY: help test needs format lint check policy-of-record doc-tests demo bench bench-taxii package

help: ## This list.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 18
	@echo "Variables: CARGO_TARGET_DIR, WARD_DATA (test data, $(WARD_DATA)), DEMO_ARGS, CI (missing test data then fails)."

test: needs format lint check policy-of-record doc-tests ## All that must pass: what the tests need, format, lints, tests.

needs: ## Install what the tests use (PostgreSQL, a TAXII client, Chromium, axe-core) where it is missing.
	scripts/install-test-needs "$(TEST_PYTHON)"

format: ## Check the format.
	$(CARGO) fmt --check

lint: ## Run the lints; a warning is an error.
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

# Times on pages are written in the machine's zone.
check: export TZ := UTC
check: export PATH := $(TEST_PYTHON)/bin:$(PATH)
check: ## Run the tests, with cargo-nextest where it is installed.
	if $(CARGO) nextest --version >/dev/null 2>&1; \
	then $(CARGO) nextest run --workspace --locked; \
	else $(CARGO) test --workspace --locked; fi

policy-of-record: ## Hold the decision to the policy of record, which only this test reads.
	$(CARGO) clippy --manifest-path pure/policy/cedar/Cargo.toml --all-targets --locked -- -D warnings
	$(CARGO) test --manifest-path pure/policy/cedar/Cargo.toml --locked

doc-tests: ## Run the examples in documentation comments, if there are any.
	if grep -rqE --include='*.rs' '^ *//[/!] *```' $(SOURCES); \
	then $(CARGO) test --workspace --locked --doc; fi

demo: ## Run the scenario of 3 May 2018; options through DEMO_ARGS.
	$(CARGO) build -p ward --locked
	$(if $(DEMO_HAS_FOLDER),,rm -rf "$(DEMO_FOLDER)")
	"$(CARGO_TARGET_DIR)/debug/ward" demo $(if $(DEMO_HAS_FOLDER),,--dir "$(DEMO_FOLDER)") $(DEMO_ARGS)

bench: ## Measure speed against peers and floors.
	$(CARGO) bench -p ward --locked
	$(CARGO) bench -p ward-web --locked

bench-taxii: ## Measure the TAXII server against OpenTAXII and medallion, on SQLite and PostgreSQL.
	scripts/bench-taxii "$(CARGO_TARGET_DIR)/bench-taxii"

package: ## Build the release binary: target/release/ward.
	$(CARGO) build -p ward --release --locked
	@echo "$(CARGO_TARGET_DIR)/release/ward"
