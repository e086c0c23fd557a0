#!/usr/bin/env bash
# Set-up, format, build with warnings as errors, all tests. `./check.sh --long` adds the tests that take longer than 20 s.
# Closes with `N passed, N failed, N skipped`; a skip that tests/skips.txt does not list is a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. tools/shell/setup.sh

filter='Category!=Long'
case "${1:-}" in
  '') ;;
  --long) filter='' ;;
  *) echo "usage: ./check.sh [--long]" >&2; exit 2 ;;
esac

step() { printf '== %s (%d s)\n' "$1" "$SECONDS"; }

step 'set-up'
need_dotnet
need_packages ffmpeg
dotnet restore Euterpe.slnx --locked-mode -v q

step 'format'
dotnet format Euterpe.slnx --verify-no-changes --no-restore

step 'build'
dotnet build Euterpe.slnx -c Release --no-restore -v q

step 'public API'
tools/shell/public-api.sh

step 'PostgreSQL'
# Where a server is named already, it is used; tests make schemas (and databases, and roles) of their own in it.
if [ -z "${EUTERPE_POSTGRES:-}" ]; then
  export POSTGRES_HOME=artifacts/postgres-check
  trap 'tools/shell/postgres.sh stop' EXIT
  EUTERPE_POSTGRES=$(tools/shell/postgres.sh start)
  export EUTERPE_POSTGRES
fi

step 'test'
results=artifacts/tests
rm -rf "$results"
status=0
dotnet test Euterpe.slnx -c Release --no-build --nologo ${filter:+--filter "$filter"} \
  --logger 'trx' --results-directory "$results" || status=$?

step 'report'
# One line a test: outcome, seconds, name, read from the result files.
lines=$results/tests.tsv
cat "$results"/*.trx | tr '\n' ' ' | sed 's/<UnitTestResult /\n&/g' | awk '
  /^<UnitTestResult / {
    match($0, /testName="[^"]*"/); name = substr($0, RSTART + 10, RLENGTH - 11)
    match($0, /outcome="[^"]*"/); outcome = substr($0, RSTART + 9, RLENGTH - 10)
    seconds = 0
    if (match($0, /duration="[^"]*"/)) { split(substr($0, RSTART + 10, RLENGTH - 11), t, ":"); seconds = t[1] * 3600 + t[2] * 60 + t[3] }
    printf "%s\t%.2f\t%s\n", outcome, seconds, name
  }' > "$lines"
count() { awk -F'\t' -v o="$1" '$1 == o' "$lines" | wc -l; }
passed=$(count Passed); failed=$(count Failed); skipped=$(count NotExecuted)

echo 'The 20 slowest tests:'
sort -t$'\t' -k2,2 -rn "$lines" | head -20 | awk -F'\t' '{ printf "  %7.2f s  %s\n", $2, $3 }' || true
echo 'Figures that tests measured:'
grep -ho 'figure: [^<]*' "$results"/*.trx | sed 's/^figure: /  /; s/&gt;/>/g; s/&lt;/</g; s/&quot;/"/g; s/&amp;/\&/g' || true
awk -F'\t' '$1 == "Failed" { print "  failed: " $3 }' "$lines"

unlisted=0
while IFS=$'\t' read -r _ _ name; do
  listed=no
  while read -r pattern; do
    case "$pattern" in ''|'#'*) continue ;; esac
    # shellcheck disable=SC2053 # the list holds patterns
    [[ $name == $pattern ]] && { listed=yes; break; }
  done < tests/skips.txt
  [ $listed = yes ] || { echo "  skipped, but not listed in tests/skips.txt: $name"; unlisted=$((unlisted + 1)); }
done < <(awk -F'\t' '$1 == "NotExecuted"' "$lines")

if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
  echo "  the test run ended with $status though no test failed: a test host stopped early"
  failed=1
fi
[ "$passed" -gt 0 ] || { echo '  no test ran'; failed=$((failed + 1)); }
failed=$((failed + unlisted))
step 'done'
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
