# The commands of the project. `make run` shows it, `make test` checks it.
.PHONY: run test build torture bench web setup-run setup-test setup-bench clean help

ARGS ?=
# One profile for running and testing, so that the large libraries are compiled once.
CARGO ?= cargo

help:
	@echo "make run      build and start the demonstration on http://127.0.0.1:8080"
	@echo "make test     everything that must hold: format, lints, licences, unit, both engines, browser"
	@echo "make build    the release binary: target/release/chuyendong"
	@echo "make torture  the long versions of the tests (hours)"
	@echo "make bench    measurements beside peers, written to docs/benchmarks.md by hand"

setup-run:
	@scripts/setup run

setup-test:
	@scripts/setup test

setup-bench:
	@scripts/setup bench

# Style sheets, scripts, fonts and icons, from npm; embedded in the binary.
web/node_modules: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch web/node_modules

web: web/node_modules
	cd web && npm run --silent build

run: setup-run web
	$(CARGO) build --package chuyendong
	./target/debug/chuyendong demo $(ARGS)

build: setup-run web
	$(CARGO) build --release --package chuyendong

# The binary is built before the tests: some of them start it, and inspect files in its child process.
test: setup-test web
	cd web && npm run --silent check
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- --deny warnings
	$(CARGO) build --workspace --all-targets
	$(CARGO) test --workspace --all-targets
	cd web && npm test --silent

# Only the tests that have a long version: each further test program costs minutes of linking with the release profile.
torture: setup-test web
	CHUYENDONG_TORTURE_CASES=1000000 $(CARGO) test --release --workspace --test twin --test histories
	CHUYENDONG_TORTURE_CASES=20000 $(CARGO) test --release --workspace --test signatures
	CHUYENDONG_TORTURE=1 $(CARGO) test --release --workspace --test stories kills:: verify::generated

bench: setup-bench web
	$(CARGO) build --release --package bench
	./target/release/bench $(ARGS)

clean:
	$(CARGO) clean
	rm -rf web/dist web/node_modules data
