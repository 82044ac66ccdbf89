# The commands of this project. On a fresh Debian 12 with Rust, each brings what it needs.

.PHONY: setup test lint demo proof accuracy bench

setup:            ## installs what is missing, after showing the line
	@scripts/setup

test: setup       ## every test, real browser and real OCR (SAMPLES=DIR adds scans)
	@scripts/test

lint:             ## formatting, clippy without warnings, licences and sources
	@scripts/setup lint
	cargo fmt --check
	cargo clippy --all-targets -- --deny warnings
	cargo deny --log-level error check bans licenses sources

demo: setup       ## paper to portal to report, on the shipped sample scans
	@scripts/demo

proof: setup      ## the full counts of docs/FIGURES.md; goes on where it stopped
	@scripts/proof

accuracy: setup   ## field accuracy on labelled scans: make accuracy SAMPLES=DIR
	cargo run --release --quiet --example accuracy -- "$(SAMPLES)"

bench: setup      ## store and entering figures
	cargo bench
