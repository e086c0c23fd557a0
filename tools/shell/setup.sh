# Sourced by check.sh, demo.sh, bench.sh and publish.sh: what the scripts need from the system.

# need_packages NAME...: installs Debian packages that are missing; says what to do where it may not.
need_packages() {
  local missing=() name
  for name in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if ! command -v apt-get >/dev/null; then
    echo "setup: missing: ${missing[*]}. Install them with this system's package manager." >&2
    return 0
  fi
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "setup: run as root once: apt-get install ${missing[*]}" >&2; return 1; }
    sudo=(sudo)
  fi
  echo "setup: apt-get install ${missing[*]}"
  "${sudo[@]}" apt-get update -q >/dev/null || return 1
  DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
}

# need_dotnet: the SDK that global.json names, or how to get it.
need_dotnet() {
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
  if ! command -v dotnet >/dev/null || ! dotnet --version >/dev/null 2>&1; then
    echo "setup: the .NET SDK 10.0.401 or a later 10.0.4xx is missing." >&2
    echo "       Get it at https://dotnet.microsoft.com/download/dotnet/10.0, or with its installer:" >&2
    echo "       dotnet-install.sh --version 10.0.401, then put ~/.dotnet on PATH." >&2
    return 1
  fi
}
