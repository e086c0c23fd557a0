#!/usr/bin/env bash
# A PostgreSQL 15 for tests: its own data folder, a free port on loopback only, a password of its own. Nothing of it survives `stop`; it is fast, not durable.
#   tools/shell/postgres.sh start     starts it (or finds it running) and prints its address: export EUTERPE_POSTGRES=$(tools/shell/postgres.sh start)
#   tools/shell/postgres.sh address   prints the address of the one that runs
#   tools/shell/postgres.sh stop      ends it and removes its files
# Its place is noted in artifacts/postgres (POSTGRES_HOME names another folder, for a second server).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tools/shell/setup.sh
home=${POSTGRES_HOME:-artifacts/postgres}
bin=/usr/lib/postgresql/15/bin

# The server refuses to run as root.
as_server() {
  if [ "$(id -u)" -eq 0 ]; then
    setpriv --reuid=postgres --regid=postgres --clear-groups env -C / HOME=/ "$@"
  else
    env -C / "$@"
  fi
}

install() {
  [ -x $bin/initdb ] && return 0
  # Debian's package would make a cluster of its own and start it.
  local rule=/etc/postgresql-common/createcluster.d/euterpe-tests.conf sudo=() status=0
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  "${sudo[@]}" mkdir -p "${rule%/*}"
  echo 'create_main_cluster = false' | "${sudo[@]}" tee $rule >/dev/null
  need_packages postgresql-15 >&2 || status=$?
  "${sudo[@]}" rm -f $rule
  "${sudo[@]}" rmdir --ignore-fail-on-non-empty "${rule%/*}"
  return $status
}

address() {
  [ -f "$home/address" ] && [ -f "$home/data" ] && as_server $bin/pg_ctl status -D "$(cat "$home/data")/data" >/dev/null 2>&1 && cat "$home/address"
}

start() {
  address && return 0
  install
  stop
  local folder password port
  folder=$(mktemp -d /tmp/euterpe-postgres.XXXXXX)
  mkdir -p "$home"
  echo "$folder" > "$home/data"
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  (umask 077; echo "$password" > "$folder/password")
  [ "$(id -u)" -ne 0 ] || chown -R postgres:postgres "$folder"
  # The order of text is not that of its bytes here, as in many a real database.
  as_server $bin/initdb -D "$folder/data" -U euterpe --pwfile="$folder/password" --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 \
    --locale-provider=icu --icu-locale=en-US --no-sync > "$folder.log" 2>&1 || { cat "$folder.log" >&2; rm -f "$folder.log"; return 1; }
  rm -f "$folder.log"
  for _ in 1 2 3 4 5 6 7 8; do
    port=$((20000 + RANDOM % 12000))
    # -c settings for speed: a power cut may ruin it.
    if as_server $bin/pg_ctl start -w -s -t 60 -D "$folder/data" -l "$folder/data/log" -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' \
        -c fsync=off -c full_page_writes=off -c shared_buffers=64MB -c max_connections=100 -c max_wal_size=256MB -c autovacuum_naptime=10min" >/dev/null 2>&1 < /dev/null; then
      (umask 077; echo "postgres://euterpe:$password@127.0.0.1:$port/postgres" > "$home/address")
      cat "$home/address"
      return 0
    fi
  done
  tail -5 "$folder/data/log" >&2
  return 1
}

stop() {
  [ -f "$home/data" ] || return 0
  local folder
  folder=$(cat "$home/data")
  case "$folder" in
    /tmp/euterpe-postgres.*)
      as_server $bin/pg_ctl stop -m immediate -s -D "$folder/data" >/dev/null 2>&1 || true
      rm -rf "$folder"
      ;;
  esac
  rm -rf "$home"
}

case "${1:-}" in
  start | stop) "$1" ;;
  address) address || { echo 'postgres.sh: none runs' >&2; exit 1; } ;;
  *) echo 'usage: tools/shell/postgres.sh start|stop|address' >&2; exit 2 ;;
esac
