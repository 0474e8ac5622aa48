#!/bin/sh
# Makes .venv and installs what a lock file pins: sh environment.sh requirements.lock
#
# An environment that works is kept. One whose Python is gone, or has become another one, or that was made at another
# path is made anew, and so is one of another version than the PYTHON that is asked for. `make` calls this each time.
set -eu
lock=$1
cd "$(dirname "$0")"
PYTHON=${PYTHON:-}

say() { echo "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# Sets `python` to the newest one that can be used. A name alone says little: the shims of pyenv are there and do not run.
choose() {
  if [ -n "$PYTHON" ]; then set -- "$PYTHON"; else set -- python3.13 python3.12 python3.11 python3; fi
  old='' bare=''
  for python; do
    found=$(version "$python") || continue
    if ! is_new_enough "$python"; then
      old="$python is Python $found"
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
      bare=${bare:-"$python, which is Python $found, cannot make an environment"}
    else
      return 0
    fi
  done
  [ -z "$bare" ] || fail "$bare. On Debian: apt-get install python3-venv"
  [ -z "$old" ] || fail "Gatepost needs Python 3.11 or newer, and $old. If there is a newer one: make PYTHON=/path/to/python3.11"
  [ -z "$PYTHON" ] || fail "$PYTHON does not run. Name a Python that does: make PYTHON=/path/to/python3.11"
  fail "There is no Python here. On Debian: apt-get install python3-venv"
}

# Sets `fault` to why .venv cannot be used; to nothing where it can.
look() {
  fault=''
  if ! running=$(version .venv/bin/python); then
    fault="its Python is gone"
  elif ! is_new_enough .venv/bin/python; then
    fault="its Python is $running, and Gatepost needs 3.11 or newer"
  elif [ ! -d ".venv/lib/python$running/site-packages/pip" ]; then
    fault="its Python has become $running"
  elif ! head -n 2 .venv/bin/pip 2>/dev/null | grep -qF "$(cd .venv && pwd -P)/bin/"; then
    fault="it was made at another path"
  elif [ -n "$PYTHON" ] && asked=$(version "$PYTHON") && [ "$asked" != "$running" ]; then
    fault="its Python is $running, and $asked is asked for"
  fi
}

make_environment() {
  choose
  [ ! -e .venv ] || say "Making .venv anew: $fault"
  "$python" -m venv --clear "$(pwd -P)/.venv" || fail "$python could not make the environment .venv"
}

# One sentence in place of what pip says when its index is out of reach or refuses: that there is no such version.
explain() {
  cause=$(sed -n "s/.*connection broken by '\(.*\)': .*/\1/p" .venv/pip.log | tail -n 1)
  if [ -n "$cause" ] || grep -q "(from versions: none)" .venv/pip.log; then
    fail "pip got nothing from its package index${cause:+ ($cause)}: there is no network, or a proxy refuses." \
      "Behind a proxy, set HTTPS_PROXY=http://HOST:PORT; with an index of your own, PIP_INDEX_URL;" \
      "where one of them has a certificate of its own, PIP_CERT=/path/to/it. Then call make again"
  fi
  tail -n 3 .venv/pip.log >&2
  fail "pip could not install what $lock names; all that it said is in .venv/pip.log"
}

# A stamp is the sum of the lock file that was installed last.
install() {
  stamp=.venv/$lock.installed
  [ "$(cat "$stamp" 2>/dev/null)" != "$(cksum <"$lock")" ] || return 0
  say "Installing what $lock names into .venv, with Python $(version .venv/bin/python)"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" >.venv/pip.log 2>&1 || explain
  cksum <"$lock" >"$stamp"
}

look
[ -z "$fault" ] || make_environment
install
