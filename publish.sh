#!/usr/bin/env bash
# ./publish.sh [RID]: a self-contained, ready-to-run program in dist/euterpe-VERSION-RID.tar.gz; it runs where no .NET is. Without RID: that of linux-x64, and the
# NuGet packages Euterpe (the library) and Euterpe.Tool (the program for `dotnet tool install`).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. tools/shell/setup.sh
need_dotnet
rid=${1:-linux-x64}
version=$(sed -n 's:.*<VersionPrefix>\(.*\)</VersionPrefix>.*:\1:p' Directory.Build.props)
name=euterpe-$version-$rid
stage=artifacts/publish/$name
rm -rf "$stage"
dotnet publish src/Cli -c Release -r "$rid" --self-contained -v q --nologo -o "$stage"
cp LICENSE README.md "$stage/"
# The recordings that `euterpe verify` tries a model on (src/Tasks/Models/Trials/TrialRecordings.cs).
mkdir -p "$stage/samples/recordings"
cp samples/README.md "$stage/samples/"
cp samples/recordings/{piano_,guitar_,bd_,drum_cymbal_,femalevoice_,bell_,flute_,shaker,sitar,tabla_}* "$stage/samples/recordings/"
mkdir -p dist
tar -C artifacts/publish -czf "dist/$name.tar.gz.tmp" "$name"
mv "dist/$name.tar.gz.tmp" "dist/$name.tar.gz"
made=("dist/$name.tar.gz")
if [ $# -eq 0 ]; then
  dotnet build tools/Package -c Release -v q --nologo -clp:NoSummary
  rm -rf artifacts/packages
  tools/shell/packages.sh artifacts/packages
  for package in artifacts/packages/*; do
    mv "$package" dist/
    made+=("dist/${package##*/}")
  done
fi
for file in "${made[@]}"; do
  echo "$file: $(du -h --apparent-size "$file" | cut -f1)"
done
