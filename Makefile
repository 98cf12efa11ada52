# `make run` and `make test` are all one needs to know. The rest is here to be found.

# Folders too, so that a deleted file counts; make takes a name that ends in a parenthesis for an archive.
WEB := $(shell find web/src web/static ! -name '*[()]') $(wildcard web/*.js web/*.ts web/*.json)
BINARY := $(or $(CARGO_TARGET_DIR),target)/debug/expense-tracker

.PHONY: help run test bench image image-check deploy-check screenshots generate fmt

help:  ## shows this list
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' Makefile | expand -t 14

run: web/build/index.html  ## builds what is stale, starts everything, prints the address
	@cargo build --package expense-tracker
	@exec $(BINARY) serve

test:  ## every check there is; the last line is "N passed, M failed"
	@cargo xtask test

bench: web/build/index.html  ## measures a release build under load and writes bench/RESULTS.md
	@cargo build --release --package expense-tracker
	@cargo run --release --package bench

image: web/build/index.html  ## builds the container image localhost/expense-tracker
	@cargo build --release --package expense-tracker
	@cargo xtask image

image-check: web/build/index.html  ## builds the image and runs it; the last line is "N passed, M failed"
	@cargo build --release --package expense-tracker
	@cargo xtask image-check

deploy-check: web/build/index.html  ## tries the deployment files with their own tools; needs Go
	@cargo build --package expense-tracker
	@cargo xtask deploy-check

screenshots: web/build/index.html  ## takes the pictures of docs/screenshots again
	@cargo build --package expense-tracker
	@cargo xtask services run --program -- npm --prefix web run screenshots

generate: web/build/index.html  ## writes the files that are made from code
	@cargo xtask generate

fmt:  ## formats the Rust code
	@cargo fmt --all

# npm writes this file when it has installed what the lock file says.
web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	npm --prefix web ci --no-audit --no-fund

web/build/index.html: web/node_modules/.package-lock.json $(WEB)
	npm --prefix web run build
