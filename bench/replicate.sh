#!/usr/bin/env bash
# How far replication into PostgreSQL is behind a hub whose devices change their twins: a hub, a PostgreSQL 15 with fsync, `nave replicate run` and the
# devices, all on this machine.
#   bench/replicate.sh [changes a second, 5000] [devices, 5000] [seconds, 30]
# Needs a Release build (dotnet build -c Release src/Nave.Cli) and PostgreSQL (apt-get install postgresql). As root PostgreSQL runs as the user postgres.
set -euo pipefail
rate=${1:-5000} devices=${2:-5000} seconds=${3:-30}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
nave=(dotnet "$here/src/Nave.Cli/bin/Release/net10.0/nave.dll")
programs=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
folder=$(mktemp -d)
as_postgres=()
[[ $(id -u) -eq 0 ]] && as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups --reset-env)
children=()
finish() {
  for child in "${children[@]}"; do kill -TERM "$child" 2>/dev/null || true; done
  exec {database}>&- || true
  wait "${children[@]}" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT

# The same server as the tests have: it lives as long as its input is open.
mkfifo "$folder/input" "$folder/output"
"${as_postgres[@]}" sh -c "$(cat "$here/tests/Nave.Testing/PostgresServer/postgres.sh")" nave-postgres "$programs" \
  -c listen_addresses= -c fsync=on -c synchronous_commit=on <"$folder/input" >"$folder/output" &
exec {database}>"$folder/input"
read -r socket <"$folder/output"
"$programs/createdb" -h "$socket" -U nave nave

"${nave[@]}" serve --data "$folder/hub" --https-port 0 --mqtt-port 0 --amqp-port 0 --mqtt-plain-port 0 --log-level Warning >"$folder/hub.json" 2>"$folder/hub.log" &
children+=($!)
until [[ -s $folder/hub.json ]]; do sleep 0.1; done
eval "$("${nave[@]}" status --data "$folder/hub" -o env)"
export NAVE_CONNECTION_STRING NAVE_EVENT_HUB_CONNECTION_STRING NAVE_BENCH_SOCKET=$socket
cat >"$folder/replicate.yaml" <<'YAML'
hub: {connectionString: "${NAVE_CONNECTION_STRING}", eventHubConnectionString: "${NAVE_EVENT_HUB_CONNECTION_STRING}"}
sink: {kind: postgres, connectionString: "Host=${NAVE_BENCH_SOCKET};Username=nave;Database=nave"}
YAML
"${nave[@]}" replicate run --config "$folder/replicate.yaml" --data "$folder/hub" -o json >"$folder/replicate.json" &
replicate=$!
"${nave[@]}" bench twins --data "$folder/hub" --plain --connections "$devices" --in-flight 1 --rate "$rate" --for "${seconds}s" --warm-up 5s -o json | sed 's/^/devices:   /'
ps -o cputime= -p "$replicate" | sed 's/^ */processor time of the replicator until here: /'
kill -TERM "$replicate"
wait "$replicate"
sed 's/^/replicate: /' "$folder/replicate.json"
"${nave[@]}" replicate run --config "$folder/replicate.yaml" --data "$folder/hub" --until-caught-up -o json 2>/dev/null | sed 's/^/the rest:  /'
"${nave[@]}" replicate verify --config "$folder/replicate.yaml" --data "$folder/hub" 2>&1 >/dev/null | tail -1
