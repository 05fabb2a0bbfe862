# Verbs of the project; the work is done by meson, npm and the programs in tools/. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := all
.PHONY: all build run test check lint format bench scale fuzz faults contract torture metrics sbom reproducible security check-sql test-real nightly clean help

all: build
	@ls build/lathe build/lathe-media
	@echo 'Next: "make run" starts Lathe, "make help" lists the other verbs.'

build: ## build the server, its media program and the web page into build/
	@tools/bootstrap build
	@tools/build-web
	@tools/build-tree release

run: build ## start Lathe on http://127.0.0.1:8080, with a demo shop when it is empty
	@tools/bootstrap run
	@tools/run

test: ## run every test, and lint; ends with a line of counts
	@tools/bootstrap build check lint test node
	@tools/build-web
	@tools/test

check: ## run the unit tests only
	@tools/bootstrap build check
	@tools/test unit

lint: ## run all static checks
	@tools/bootstrap build check lint
	@tools/lint

format: ## format the C files that differ from main (tools/format PATH... for others)
	@tools/format

bench: build ## measure Lathe beside its peers; WHAT="specs orders" measures parts, WHAT=--help lists them
	@tools/bootstrap bench node
	@bench/run $(WHAT)

scale: build ## measure growth from 10⁴ to 10⁶ items on both engines; ITEMS=10000,100000 ENGINES=sqlite WHAT="search orders"
	@tools/bootstrap test
	@bench/scale/run $(if $(ITEMS),--items $(ITEMS)) $(if $(ENGINES),--engines $(ENGINES)) $(WHAT)

fuzz: ## run every fuzz target for a minute, and compare the HTTP parser with those of other servers
	@tools/bootstrap build check lint test fuzz node
	@tools/fuzz
	@tools/test peers

security: ## try who may do what on every route, to leave the sandbox, to find secrets: on both engines, in full
	@tools/bootstrap build check lint test node
	@tools/noted 'make security' tools/security

faults: ## make everything fail that can; WHAT="disk overload" chooses parts, tools/faults --list tells them
	@tools/bootstrap build check lint test faults node
	@tools/noted 'make faults$(if $(WHAT), WHAT="$(WHAT)")' tools/faults $(WHAT)

torture: ## kill the server, its database and the disk's power N=1000 times in sales and in auctions' last seconds
	@tools/bootstrap build check lint test node
	@tools/noted 'make torture$(if $(N), N=$(N))' tools/torture

contract: ## lint the published document and call every operation from it, 200 times on each engine
	@tools/bootstrap build check lint test node
	@tools/noted 'make contract' tools/contract

metrics: ## size and complexity of each part beside the budgets, kept in docs/metrics.md
	@tools/metrics --page

sbom: build ## list the libraries and packages inside, with their licences: build/sbom.json
	@tools/noted 'make sbom' tools/sbom

reproducible: ## build the last commit twice in different folders and compare the bytes
	@tools/bootstrap build node
	@tools/noted 'make reproducible' tools/reproducible

test-real: build ## ingest real music of Debian's archive and report each file
	@tools/bootstrap real
	@tools/test-real

nightly: ## run what takes hours: long fuzzing, a thousand kills, valgrind, ThreadSanitizer, real music
	@tools/bootstrap build check lint test fuzz real nightly node
	@tools/build-web
	@tools/nightly

check-sql: ## check the plan of every SQL statement on both engines
	@tools/bootstrap build test
	@tools/check-sql

clean: ## remove everything that was built (data in var/ stays)
	rm -rf build

help: ## print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1|\2/' | \
		while IFS='|' read -r verb text; do printf '%-16s %s\n' "$$verb" "$$text"; done
