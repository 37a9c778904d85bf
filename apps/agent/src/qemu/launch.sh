#!/bin/sh
# Runs one VM's QEMU and, staying as its parent, writes down how it ended.
#
#   launch.sh RUN_FOLDER UID GROUPS "CGROUP_PROCS_FILE …" -- QEMU ARGUMENT …
#
# It is root and so out of the VM's reach; what it writes lies in a folder that only root writes to:
#   intent   the agent's word that this start is still wanted; without it nothing is started
#   pid      QEMU's process      exit   its exit code, above 128 a signal's number plus 128
#   output   what QEMU said
set -u
run=$1 uid=$2 groups=$3 cgroups=$4
shift 5
cd "$run" || exit 1
for procs in $cgroups; do
  echo 0 > "$procs" || { echo "could not join the VM's cgroup: $procs" > output; echo 125 > exit.new; mv exit.new exit; exit 1; }
done
# The agent removes the intent before it looks for late starters: from here on it can see this process.
[ -e intent ] || exit 0
umask 077
setpriv --reuid "$uid" --regid "$uid" --groups "$groups" --no-new-privs --inh-caps=-all -- "$@" \
  < /dev/null >> output 2>&1 &
pid=$!
echo "$pid" > pid.new && mv pid.new pid
wait "$pid"
echo "$?" > exit.new && mv exit.new exit
