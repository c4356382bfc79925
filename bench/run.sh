#!/bin/sh
# Fetches the peers, builds Packetboat and the bench, and runs it with the options given,
# for instance: bench/run.sh --quick --only login,small-retr
set -eu

cd "$(dirname "$0")/.."
bench/peers.sh
# The program measured is the one a user builds; a checkout without it measures the peers.
cargo build --release --package packetboat
cargo build --release --package packetboat-bench
exec target/release/packetboat-bench "$@"
