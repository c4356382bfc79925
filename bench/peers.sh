#!/bin/sh
# Unpacks the servers Packetboat is measured against into target/bench/peers/NAME.
#
# The Debian packages conflict with each other, so none is installed: each is downloaded and
# unpacked, together with the shared libraries that this machine lacks. Nothing is written
# outside target/bench. A peer that is already there is left alone.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
peers=$root/target/bench/peers
mkdir -p "$peers"

# The library packages that PACKAGE needs and that are neither installed nor seen before,
# with their own dependencies.
missing_libraries() {
    for lib in $(apt-cache depends --no-recommends --no-suggests --no-conflicts --no-breaks \
        --no-replaces --no-enhances "$1" | sed -n 's/^ *|\{0,1\}Depends: \(lib[^<>]*\)$/\1/p'); do
        case " $seen " in *" $lib "*) continue ;; esac
        seen="$seen $lib"
        if ! dpkg-query -W -f '${db:Status-Status}' "$lib" 2>/dev/null | grep -qx installed; then
            echo "$lib"
            missing_libraries "$lib"
        fi
    done
}

# unpack NAME PROGRAM PACKAGE...
unpack() {
    name=$1 program=$2
    shift 2
    if [ -x "$peers/$name/$program" ]; then
        return
    fi
    echo "peers: unpacking $name"
    part=$peers/.$name.part
    rm -rf "$part"
    mkdir -p "$part/deb"
    for package in "$@"; do
        seen=
        # shellcheck disable=SC2046 # package names are words
        (cd "$part/deb" && apt-get -qq -o APT::Sandbox::User=root download \
            "$package" $(missing_libraries "$package"))
    done
    for deb in "$part"/deb/*.deb; do
        dpkg-deb -x "$deb" "$part"
    done
    libraries=$(ls -d "$part"/usr/lib/*-linux-gnu "$part"/lib/*-linux-gnu 2>/dev/null | paste -sd:)
    if LD_LIBRARY_PATH=$libraries ldd "$part/$program" | grep 'not found'; then
        echo "peers: $name lacks the libraries above; install them and run this again" >&2
        exit 1
    fi
    # The server's own package comes first, its libraries after it.
    (cd "$part/deb" && ls "$1"_*.deb && ls ./*.deb | sed 's|^\./||' | grep -v "^$1_" || true) \
        >"$part/VERSIONS"
    rm -rf "$part/deb" "${peers:?}/$name"
    mv "$part" "$peers/$name"
}

unpack vsftpd usr/sbin/vsftpd vsftpd
unpack proftpd usr/sbin/proftpd proftpd-core proftpd-mod-crypto
unpack pureftpd usr/sbin/pure-ftpd pure-ftpd

if [ ! -d "$peers/pyftpdlib/pyftpdlib" ]; then
    echo "peers: fetching pyftpdlib"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
        --target "$peers/pyftpdlib" pyftpdlib
    ls -d "$peers"/pyftpdlib/pyftpdlib-*.dist-info | sed 's|.*/||; s|\.dist-info$||' \
        >"$peers/pyftpdlib/VERSIONS"
fi

for name in vsftpd proftpd pureftpd pyftpdlib; do
    echo "peers: $name: $(head -n1 "$peers/$name/VERSIONS")"
done
