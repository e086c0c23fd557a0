#!/usr/bin/env bash
# Sets up, builds, indexes real recordings and answers "what sounds like this one?". A second run takes seconds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. tools/shell/setup.sh
need_dotnet
need_packages ffmpeg

program=artifacts/demo/bin/euterpe.dll
if [ ! -f "$program" ] || [ -n "$(find src Directory.Build.props Directory.Packages.props global.json -newer "$program" -type f \
    -not -path '*/obj/*' -not -path '*/bin/*' -print -quit)" ]; then
  echo '== build'
  dotnet build src/Cli -c Release -v q --nologo -o artifacts/demo/bin
  touch "$program"
fi
euterpe() { printf '\n$ euterpe %s\n' "$*"; dotnet "$program" "$@"; }

catalogue=artifacts/demo/samples.db
euterpe index samples/recordings --catalogue "$catalogue"
for query in guitar_pick_1.ogg shaker3.ogg femalevoice_aa_A4.ogg; do
  euterpe similar "samples/recordings/$query" -n 5 --catalogue "$catalogue"
done
