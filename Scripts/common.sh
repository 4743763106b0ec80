# shellcheck shell=bash disable=SC2034
# Read by the other scripts (`source`): where the package is, and how to speak to the person.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# One line of progress, on standard error.
say() {
  printf '%s\n' "$*" >&2
}

# One sentence that says what is wrong and what to do, then stop.
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# The last lines of a log, indented, on standard error.
show_log() {
  tail -n 6 "$1" | cut -c 1-160 | sed 's/^/  | /' >&2
}
