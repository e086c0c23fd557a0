#!/usr/bin/env bash
# ./publish.sh [RID]: a self-contained, ready-to-run program in dist/euterpe-VERSION-RID.tar.gz; it runs where no .NET is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. tools/shell/setup.sh
need_dotnet
rid=${1:-linux-x64}
version=$(sed -n 's:.*<VersionPrefix>\(.*\)</VersionPrefix>.*:\1:p' Directory.Build.props)
name=euterpe-$version-$rid
stage=artifacts/publish/$name
rm -rf "$stage"
dotnet publish src/Cli -c Release -r "$rid" --self-contained -p:PublishReadyToRun=true -v q --nologo -o "$stage"
cp LICENSE README.md "$stage/"
rm -f "$stage"/*.pdb "$stage"/*.xml
mkdir -p dist
tar -C artifacts/publish -czf "dist/$name.tar.gz.tmp" "$name"
mv "dist/$name.tar.gz.tmp" "dist/$name.tar.gz"
echo "dist/$name.tar.gz: $(du -h "dist/$name.tar.gz" | cut -f1)"
