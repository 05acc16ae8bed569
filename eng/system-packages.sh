# Sourced by ./run and ./test: sees to packages of the system, or names the one command that does.
# usage: need_packages PACKAGE…   installs what is not installed yet (Debian); elsewhere says what is needed.

need_packages() {
  command -v dpkg-query >/dev/null 2>&1 || return 0
  missing=""
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing="$missing $package"
  done
  [ -z "$missing" ] && return 0
  if [ "$(id -u)" = 0 ]; then
    sudo=""
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    sudo="sudo"
  else
    echo "Some packages of the system are missing. Install them with:" >&2
    echo "  sudo apt-get install$missing" >&2
    exit 1
  fi
  echo "Installing$missing" >&2
  export DEBIAN_FRONTEND=noninteractive
  $sudo apt-get update -qq >&2
  # shellcheck disable=SC2086
  $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null || {
    echo "That did not work. Install by hand: apt-get install$missing" >&2
    exit 1
  }
}

need_dotnet() {
  if ! command -v dotnet >/dev/null 2>&1; then
    echo "The .NET 10 SDK is not installed (dotnet is not on the PATH). See https://dotnet.microsoft.com/download" >&2
    exit 1
  fi
}

# The ICU library goes by a number that differs between releases of Debian; any one will do.
icu_package() {
  if command -v ldconfig >/dev/null 2>&1 && ldconfig -p 2>/dev/null | grep -q libicuuc; then
    return 0
  fi
  command -v apt-cache >/dev/null 2>&1 || return 0
  apt-cache pkgnames libicu 2>/dev/null | grep -E '^libicu[0-9]+$' | sort -V | tail -n 1
}
