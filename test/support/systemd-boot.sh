#!/bin/sh
# Boots a real systemd as the first process of a small world of its own: its own processes, mounts and cgroups.
#
#   systemd-boot.sh UNITS NAME      UNITS is seen as /etc/systemd/system there; NAME names its cgroups outside
set -e
units=$1 name=$2
for tree in /sys/fs/cgroup /sys/fs/cgroup/*; do
  [ -e "$tree/cgroup.procs" ] || continue
  mkdir -p "$tree/$name"
  # Not every controller can hold it everywhere; systemd needs its own.
  echo $$ > "$tree/$name/cgroup.procs" || true
done
exec unshare --cgroup --pid --fork --mount --mount-proc --kill-child sh -c '
  set -e
  mount --make-rprivate /
  mount -t tmpfs tmpfs /run
  mount --bind "$1" /etc/systemd/system
  if [ ! -e /sys/fs/cgroup/cgroup.controllers ]; then
    trees=$(ls /sys/fs/cgroup)
    umount -R /sys/fs/cgroup
    mount -t tmpfs tmpfs /sys/fs/cgroup
    for tree in $trees; do
      case $tree in unified) continue ;; systemd) options=none,name=systemd ;; *) options=$tree ;; esac
      mkdir "/sys/fs/cgroup/$tree"
      mount -t cgroup -o "$options" cgroup "/sys/fs/cgroup/$tree" 2> /dev/null || rmdir "/sys/fs/cgroup/$tree"
    done
  fi
  exec env -i container=other SYSTEMD_UNIT_PATH=/etc/systemd/system PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=multi-user.target --log-target=console --show-status=no
' sh "$units"
