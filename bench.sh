#!/usr/bin/env bash
# ./bench.sh WORK: one named work beside its peer, interleaved in one run. Installs the peer if it is missing; appends the table to bench/RESULTS.md.
# Exit codes: 0 measured, 1 failed (or our own output is wrong), 2 wrong usage, 3 NOISY (other processes were busy).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. tools/shell/setup.sh
need_dotnet
work=${1:-}

export PEERS_CACHE=${PEERS_CACHE:-$HOME/.cache/euterpe-peers}
export EUTERPE_SHARED=${EUTERPE_SHARED:-$(realpath ../shared 2>/dev/null || echo ../shared)}
export EUTERPE_PEERS=$PWD/bench/peers
export EUTERPE_BENCH_RESULTS=${EUTERPE_BENCH_RESULTS-$PWD/bench/RESULTS.md}
mkdir -p "$PEERS_CACHE"

case "$work" in
  gemm)
    need_packages gcc libc6-dev libopenblas-dev
    gcc -O2 bench/peers/openblas.c -o "$PEERS_CACHE/openblas" -lopenblas
    ;;
  load)
    need_packages gcc libc6-dev python3-torch libopenblas0-pthread
    gcc -O2 bench/peers/read.c -o "$PEERS_CACHE/read"
    ;;
  mel) need_packages python3-torch python3-torchaudio libopenblas0-pthread ;;
  start) need_packages python3-torch libopenblas0-pthread ;;
  search-flat | search-hnsw) need_packages python3-faiss python3-numpy libopenblas0-pthread ;;
  signature-quality) need_packages ffmpeg ;;
  index)
    need_packages gcc libc6-dev ffmpeg
    gcc -O2 bench/peers/decode.c -o "$PEERS_CACHE/decode" -lpthread
    ;;
  clap | clap-tiny | mert | index-clap)
    command -v npm >/dev/null || need_packages nodejs npm
    if [ ! -d "$PEERS_CACHE/npm/node_modules/onnxruntime-node" ]; then
      echo 'setup: npm install onnxruntime-node'
      mkdir -p "$PEERS_CACHE/npm"
      (cd "$PEERS_CACHE/npm" && echo '{"private":true,"dependencies":{"onnxruntime-node":"1.30.0"}}' > package.json \
        && npm install --ignore-scripts --no-audit --no-fund --silent)
    fi
    ;;
esac

dotnet build bench/Bench.csproj -c Release -v q --nologo
exec dotnet bench/bin/Release/net10.0/euterpe-bench.dll ${work:+"$work"}
