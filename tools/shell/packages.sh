#!/usr/bin/env bash
# packages.sh FOLDER [CONFIGURATION]: packs what is built into NuGet packages: Euterpe with its symbols, and Euterpe.Tool, precompiled for linux-x64 and plain for all else.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=$(realpath -m "$1")
configuration=${2:-Release}
mkdir -p "$folder"
# The same commit gives the same bytes: entries carry the commit's time.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 1735689600)}
export SOURCE_DATE_EPOCH
for project in tools/Package src/Cli; do
  dotnet pack $project -c "$configuration" --no-restore -p:BuildProjectReferences=false -p:PackageOutputPath="$folder" -v q --nologo
done
