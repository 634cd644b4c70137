#!/usr/bin/env bash
# Durable commits of both state stores beside each other, over a PostgreSQL of its own in a temporary folder (fsync on): bench/state.sh [SECONDS]
# Needs `dotnet build -c Release bench/Nave.Benchmarks` and PostgreSQL's programs. As root, the server runs as the user postgres.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
folder=$(mktemp -d)
as=()
if [[ $EUID -eq 0 ]]; then as=(setpriv --reuid=postgres --regid=postgres --init-groups); chown postgres "$folder"; fi
(cd "$folder" && "${as[@]}" "$bin/initdb" -D "$folder/data" -U nave -A trust >"$folder/initdb.log" 2>&1)
(cd "$folder" && exec "${as[@]}" "$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= >"$folder/log" 2>&1) &
server=$!
trap 'kill -INT $server; wait $server || true; rm -rf "$folder"' EXIT
until "$bin/pg_isready" -q -h "$folder"; do sleep 0.05; done
mkdir "$folder/sqlite"
dotnet bench/Nave.Benchmarks/bin/Release/net10.0/Nave.Benchmarks.dll state "$folder/sqlite" "Host=$folder;Username=nave;Database=postgres" "${1:-5}"
