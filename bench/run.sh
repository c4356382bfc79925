#!/bin/sh
# Fetches the peers, builds Packetboat and the bench, and runs the bench with the given options,
# for instance: bench/run.sh --quick --only login,small-retr
set -eu

cd "$(dirname "$0")/.."
bench/peers.sh
# Measure the program as a user builds it; a checkout without it measures only the peers.
cargo build --release --package packetboat
cargo build --release --package packetboat-bench
exec target/release/packetboat-bench "$@"
