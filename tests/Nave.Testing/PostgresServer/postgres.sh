# A PostgreSQL server for tests, as long as whoever started it holds its standard input open.
# $1: the folder of PostgreSQL's programs; the rest goes to the server.
# It reads "down" (ends as in a crash), "up" (starts again) and answers each with one line; at the end of its input it stops and removes everything.
set -eu
bin=$1
shift
cd /
folder=$(mktemp -d /tmp/nave-postgres-XXXXXXXX)
server=
# Nothing is worth a checkpoint of what is about to be removed.
finish() {
  [ -z "$server" ] || { kill -QUIT "$server" 2>/dev/null; wait "$server" 2>/dev/null; } || true
  rm -rf "$folder"
}
trap finish EXIT

start() {
  "$bin/postgres" -D "$folder/data" -k "$folder" "$@" >>"$folder/log" 2>&1 </dev/null &
  server=$!
  until "$bin/pg_isready" -q -h "$folder"; do
    kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.02
  done
}

# Only the making of the empty cluster is not synced; the server itself syncs every commit.
"$bin/initdb" -D "$folder/data" -U nave -A trust --no-sync -E UTF8 --locale=C.UTF-8 >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; exit 1; }
start "$@"
echo "$folder"
while read -r word; do
  case $word in
    down) kill -QUIT "$server"; wait "$server" || true; server= ;;
    up) start "$@" ;;
  esac
  echo "$word"
done
