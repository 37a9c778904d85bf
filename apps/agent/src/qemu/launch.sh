#!/bin/sh
# Runs one VM's QEMU and, staying as its parent, writes down how it ended.
#
#   launch.sh RUN_FOLDER UID GROUPS "CGROUP_PROCS_FILE …" TPM_STATE_FOLDER -- QEMU ARGUMENT …
#
# It is root and so out of the VM's reach; what it writes lies in a folder that only root writes to:
#   intent   the agent's word that this start is still wanted; without it nothing is started
#   pid      QEMU's process      exit   its exit code, above 128 a signal's number plus 128
#   output   what QEMU said
# Where there is a folder for a TPM's state the TPM is started before (tpm.sh), and is gone when the exit code is written.
set -u
run=$1 uid=$2 groups=$3 cgroups=$4 tpm_state=$5
scripts=${0%/*}
shift 6
cd "$run" || exit 1
give_up() { echo "$1" > output; echo 125 > exit.new; mv exit.new exit; exit 1; }
end_tpm() {
  [ -n "$tpm_state" ] || return
  [ -e tpm-pid ] && kill "$(cat tpm-pid)" 2> /dev/null
  wait "$tpm"
}
for procs in $cgroups; do
  echo 0 > "$procs" || give_up "could not join the VM's cgroup: $procs"
done
# The agent removes the intent before it looks for late starters: from here on it can see this process.
[ -e intent ] || exit 0
umask 077
if [ -n "$tpm_state" ]; then
  /bin/sh "$scripts/tpm.sh" "$uid" "$tpm_state" &
  tpm=$!
  tries=1000
  until [ -S io/tpm ]; do
    [ -e tpm-exit ] || [ "$tries" -eq 0 ] && { end_tpm; give_up "the TPM did not start: $(cat output)"; }
    tries=$((tries - 1))
    sleep 0.01
  done
fi
# The agent may be protected from the kernel's choice of whom to end when memory is short; a guest is not.
(
  { echo 0 > /proc/self/oom_score_adj; } 2> /dev/null
  exec setpriv --reuid "$uid" --regid "$uid" --groups "$groups" --no-new-privs --inh-caps=-all -- "$@"
) < /dev/null >> output 2>&1 &
pid=$!
echo "$pid" > pid.new && mv pid.new pid
wait "$pid"
code=$?
end_tpm
echo "$code" > exit.new && mv exit.new exit
