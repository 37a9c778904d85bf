#!/usr/bin/env bash
# The two commands on a machine that has nothing: a fresh Debian 12 with CA certificates and Node, made by mmdebstrap.
#
#   this machine ── mmdebstrap ─► root/ ── checkout ─► root/root/vivarium (0700), root/home/alice (0700)
#                                   └─ unshare: mounts and pids of its own ─► scenario.sh inside
#
# What the scenario starts dies with its pid namespace. The network is this machine's: port 8443 must be free.
#
#   test/clean-root/run.sh [--with-tests]     --with-tests: also `npm test` inside
set -euo pipefail
checkout=$(cd "$(dirname "$0")/../.." && pwd)

[ "$(id -u)" = 0 ] || { echo "test:clean-root needs root: it makes a root of its own." >&2; exit 1; }
command -v mmdebstrap > /dev/null || { echo "test:clean-root needs mmdebstrap: apt-get install mmdebstrap" >&2; exit 1; }

work=$(mktemp -d /var/tmp/viv-clean-root.XXXXXX)
root=$work/root
cleanup() {
  # What a scenario that failed has left in this machine's cgroups; the processes went with their namespace.
  local host
  host=$(grep -os '"hostId":"[0-9a-f]\{8\}' "$root/var/lib/vivarium/agent/host.json" | tail -c 9) || true
  [ -z "$host" ] || find /sys/fs/cgroup -depth -type d -path "*vivarium-$host.slice*" -exec rmdir {} \; || true
  # Nothing is mounted here: mounts were the namespace's own.
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# This machine's own way to its mirrors and registry, whatever it is.
sources=$(find /etc/apt -maxdepth 2 -type f \( -name '*.list' -o -name '*.sources' \) -path '*/sources.list*' -size +0)
grep -hsE '^Acquire::' /etc/apt/apt.conf /etc/apt/apt.conf.d/* > "$work/apt.conf" || true

echo "== a root with CA certificates and Node"
# shellcheck disable=SC2086 # one word a file
mmdebstrap --quiet --variant=minbase --include=ca-certificates,nodejs,npm --aptopt="$work/apt.conf" bookworm "$root" $sources
install -d "$root/usr/local/share/ca-certificates"
find /usr/local/share/ca-certificates -name '*.crt' -exec cp {} "$root/usr/local/share/ca-certificates/" \;
chroot "$root" update-ca-certificates > /dev/null
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp /etc/hosts "$root/etc/hosts"
[ ! -f ~/.npmrc ] || install -m 600 ~/.npmrc "$root/root/.npmrc"

echo "== the checkout, as it is"
install -d -m 700 "$root/root/vivarium"
git -C "$checkout" ls-files -co --exclude-standard -z | tar -C "$checkout" --ignore-failed-read --null -T - -c | tar -C "$root/root/vivarium" -x

echo "== inside"
unshare --mount --pid --fork --kill-child bash -euc '
  root=$1; shift
  mount --make-rprivate /
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs tmpfs "$root/run"
  cd /
  exec chroot "$root" env -i HOME=/root USER=root TERM="${TERM:-dumb}" LANG=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ${NODE_EXTRA_CA_CERTS:+NODE_EXTRA_CA_CERTS="$NODE_EXTRA_CA_CERTS"} \
    bash /root/vivarium/test/clean-root/scenario.sh "$@"
' bash "$root" "$@"
