#!/bin/sh
# Runs one VM's TPM and, staying as its parent, writes down that it ended. Started by launch.sh in the run folder.
#
#   tpm.sh UID STATE_FOLDER
#
#   tpm-pid   the helper's process      tpm-exit   its exit code: with QEMU still there, the guest's TPM is dead
#
# --terminate: it ends when QEMU lets go of its socket, however that ended.
set -u
uid=$1 state=$2
umask 077
setpriv --reuid "$uid" --regid "$uid" --clear-groups --no-new-privs --inh-caps=-all -- \
  swtpm socket --tpm2 --tpmstate "dir=$state,mode=0600" --ctrl type=unixio,path=io/tpm,mode=0600 --terminate \
  < /dev/null >> output 2>&1 &
pid=$!
echo "$pid" > tpm-pid.new && mv tpm-pid.new tpm-pid
wait "$pid"
echo "$?" > tpm-exit.new && mv tpm-exit.new tpm-exit
