#!/usr/bin/env bash
# public-api.sh: says where PublicAPI.*.txt of a room and what is really public differ, as the last Release build saw it; exit code 1 if they do.
# public-api.sh --update: builds, and writes the differences down, so that a review sees them; and docs/api anew.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# differences SARIF: '+NAME' is public and not declared, '-NAME' declared and not public, '=NAME' declared twice.
differences() {
  awk -F "Symbol '" '
    /"ruleId": / { sign = /"RS0016"/ ? "+" : /"RS0017"/ ? "-" : /"RS0025"/ ? "=" : "" }
    sign && /"text": / {
      name = $2
      for (i = 3; i <= NF; i++) name = name FS $i
      sub(/\047 (is (not )?part of|appears more than once).*/, "", name)
      gsub(/\\"/, "\"", name); gsub(/\\\\/, "\\", name)
      print sign name; sign = ""
    }' "$1" | LC_ALL=C sort -u
}

update=no
case "${1:-}" in
  '') ;;
  --update)
    update=yes
    dotnet build tools/ApiReference -c Release -v q --nologo -clp:NoSummary
    dotnet tools/ApiReference/bin/Release/net10.0/Euterpe.ApiReference.dll docs/api
    ;;
  *) echo "usage: $0 [--update]" >&2; exit 2 ;;
esac

status=0
for declared in src/*/PublicAPI.Unshipped.txt; do
  room=$(dirname "$declared")
  log=$room/obj/Release/net10.0/compiler.sarif
  [ -f "$log" ] || { echo "$room is not built. Hint: dotnet build tools/ApiReference -c Release" >&2; exit 1; }
  found=$(differences "$log")
  [ -n "$found" ] || continue
  if [ $update = no ]; then
    status=1
    sed "s:^:$room\: :" <<< "$found"
    continue
  fi
  {
    echo '#nullable enable'
    {
      sed -n 's/^+//p' <<< "$found"
      # A name that is gone leaves the file; one that an earlier release had is marked as removed.
      tail -n +2 "$declared" | grep -vxF -f <(sed -n 's/^-//p' <<< "$found") || true
      sed -n 's/^-//p' <<< "$found" | grep -xF -f <(tail -n +2 "$room/PublicAPI.Shipped.txt") | sed 's/^/*REMOVED*/' || true
    } | LC_ALL=C sort -u
  } > "$declared.new"
  mv "$declared.new" "$declared"
  echo "$declared: $(grep -c '^+' <<< "$found" || true) more, $(grep -c '^-' <<< "$found" || true) less"
done
if [ $status -ne 0 ]; then
  echo 'What is public differs from what is declared. Hint: tools/shell/public-api.sh --update writes it down; look at the change.'
fi
exit $status
