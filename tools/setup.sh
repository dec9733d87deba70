# tools/setup.sh, sourced by ./dev: what each task needs from Debian 12, installed only where it lacks.

build_packages='gcc libc6-dev meson ninja-build pkg-config python3 libsodium-dev libssl-dev
    libmicrohttpd-dev libcurl4-openssl-dev libsqlite3-dev libjansson-dev libinih-dev
    libsmartcols-dev uthash-dev libzstd-dev libseccomp-dev'
fuzz_packages='clang llvm libclang-rt-14-dev libcmocka-dev' # llvm: names in a report's stack
test_packages="$fuzz_packages libcmocka-dev bats python3-pytest python3-pytest-xdist python3-hypothesis
    python3-cryptography python3-nacl valgrind systemd gcovr
    man-db groff-base mandoc zsh fish"
bench_packages='age postgresql util-linux'

# Those of the named packages that are not installed. pkg-config comes from pkgconf too.
lacking() {
    local have
    have=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null |
        sed -n 's/^.i  *//p' || true)
    for package in "$@"; do
        if ! grep -qxF -- "$package" <<<"$have"; then
            [ "$package" = pkg-config ] && command -v pkg-config >/dev/null || printf '%s ' "$package"
        fi
    done
}

setup() { # PACKAGE...
    local lack log
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "not a Debian: going on with what is here; the packages there would be:" $*
        return
    fi
    lack=$(lacking "$@")
    [ -n "$lack" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        die "packages are missing and only root may install them" "as root: apt-get install --no-install-recommends $lack"
    fi
    say "installing" $lack
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    if ! { apt-get -qq update && apt-get -qq -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 install \
        -y --no-install-recommends $lack; } >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        die "the packages could not be installed" "look at $log; is the network up, and is this Debian 12?"
    fi
    rm -f "$log"
}
