# The tools that setup installs come before whatever else is on PATH, and bash runs each line, stopping at what fails.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help serve test lint dist audit bench
export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/tools/node_modules/.bin:$(PATH)
export PORT ?= 8080

# These would replace the flags of .cargo/config.toml, and with them SIMD.
unexport RUSTFLAGS CARGO_ENCODED_RUSTFLAGS

say = @printf '\n== %s\n'

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: dist ## Build the page as published and serve it at http://localhost:8080 (PORT=8081 for another port)
	@node tools/serve.mjs

test: ## Run every test: native, in a headless browser, and of the built page from end to end
	@tools/setup.sh test
	$(say) 'Tests in native code'
	cargo test --locked
	$(say) 'Tests in WebAssembly, in a headless browser'
	@# Each test file leaves a profile of 75 MB, as its driver ends the browser without asking.
	export TMPDIR=$$(mktemp -d); trap 'rm -rf "$$TMPDIR"' EXIT; wasm-pack test --mode no-install --headless --chrome -- --locked
	$(say) 'Tests of the built page, end to end'
	@$(MAKE) --no-print-directory dist
	CHROMIUM=$$(command -v chromium || command -v chromium-browser || command -v google-chrome) \
		node --test tools/*.test.mjs tests/e2e/*.test.mjs

lint: ## Check formatting, clippy (native and wasm32) and the documentation, with warnings denied
	@tools/setup.sh lint
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo clippy --locked --all-targets --target wasm32-unknown-unknown -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --target wasm32-unknown-unknown

dist: ## Build the page as published into dist/
	@tools/setup.sh serve
	tools/build.sh

audit: ## Run Lighthouse on the built page (the first time it installs 190 MB of npm packages into .tools/)
	@tools/setup.sh test
	@$(MAKE) --no-print-directory dist
	@wanted=$$(node -p 'require("./tools/package.json").config.lighthouse'); folder=.tools/lighthouse; \
		grep -qs "\"version\": \"$$wanted\"" $$folder/node_modules/lighthouse/package.json || \
		npm install --prefix $$folder --no-save --no-package-lock --ignore-scripts --loglevel=error lighthouse@$$wanted
	CHROMIUM=$$(command -v chromium || command -v chromium-browser || command -v google-chrome) node tools/audit.mjs

bench: ## Measure the built page against the notebook's steps in native Python (ROWS="1000000 10000000" RUNS=3 HUGE_GB=10)
	@tools/setup.sh test
	@$(MAKE) --no-print-directory dist
	CHROMIUM=$$(command -v chromium || command -v chromium-browser || command -v google-chrome) node benches/run.mjs
