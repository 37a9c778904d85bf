#!/usr/bin/env bash
# Runs inside the clean root, as its root, and does what the README says. Ends at the first thing that is not so.
set -euo pipefail
cd /root/vivarium
. test/clean-root/steps.sh

step "the plan changes nothing"
packages_before=$(dpkg-query -W -f '${Package}\n')
npm start -- --plan > /tmp/plan
grep -q 'qemu-system-x86' /tmp/plan || fail "the plan names no QEMU" /tmp/plan
[ ! -e node_modules ] && [ ! -e /var/lib/vivarium ] && [ ! -e /etc/vivarium ] || fail "the plan changed something"

step "no network: said, and nothing left half done"
! unshare --net npm start > /tmp/out 2>&1 || fail "it started without a network"
grep -q 'No network' /tmp/out || fail "it does not say that there is no network" /tmp/out

step "a taken port: said, with its holder, before anything is added"
node -e 'require("net").createServer().listen(8443, "127.0.0.1")' &
holder=$!
until_true 10 taken
! npm start > /tmp/out 2>&1 || fail "it started on a taken port"
grep -q "Port 8443 is taken by node (pid $holder)" /tmp/out || fail "the holder is not named" /tmp/out
[ ! -e node_modules ] || fail "something was added all the same"
kill "$holder"

step "npm start, as root in a closed home"
start_root
grep -q 'SHA-256' "$log" || fail "no fingerprint" "$log"
grep -q 'ssh -L 8443:127.0.0.1:8443' "$log" || fail "no ssh line" "$log"
password=$(sed -n 's/^ *password  *\([^ ]*\).*/\1/p' "$log" | tr -d '\r')
[ -n "$password" ] || fail "no first password" "$log"
! grep -rqF "$password" /var/lib/vivarium /etc/vivarium /run/vivarium /root/.npm || fail "the password lies in a file"
[ "$(stat -c %U "/proc/$(manager)")" = vivarium ] || fail "the manager does not run as its own user"

step "the console, in a browser"
console_page > /tmp/console
grep -q '<script type="module"' /tmp/console || fail "no console is served" /tmp/console

step "a first VM"
viv vm create web --image micro --start
console_says web 'micro login:'

step "Ctrl-C leaves the VM running, and says so"
press_ctrl_c
last_line | grep -q '1 VM runs on' || fail "the last line does not count the VM" "$log"
vm=$(qemu)
[ -n "$vm" ] || fail "the VM is gone"

step "the second start takes seconds, takes the VM over, and shows no password"
started=$SECONDS
start_root
echo "   it took $((SECONDS - started)) s"
[ $((SECONDS - started)) -le 20 ] || fail "the second start took $((SECONDS - started)) s" "$log"
! grep -q 'password' "$log" || fail "the password is shown again" "$log"
viv vm list | grep -q 'web.*running' || fail "the VM is not taken over"
[ "$(qemu)" = "$vm" ] || fail "the VM was started again"

step "kill -9 stops the daemons, never the VM"
kill -9 "$npm"
daemons_end
[ "$(qemu)" = "$vm" ] || fail "the VM did not outlive its daemons"
start_root
kill -9 "$(supervisor)"
daemons_end
[ "$(qemu)" = "$vm" ] || fail "the VM did not outlive the supervisor"

step "kill -9 of the whole process group of npm start stops the daemons, never the VM"
start_root
kill -9 -- "-$(group_of "$npm")"
daemons_end
[ "$(qemu)" = "$vm" ] || fail "the VM did not outlive the process group"
start_root
viv vm list | grep -q 'web.*running' || fail "the VM is not taken over"
[ "$(qemu)" = "$vm" ] || fail "the VM was started again"
press_ctrl_c

step "a cut session stops the daemons, never the VM"
start_root
kill -9 "$terminal"
daemons_end
[ "$(qemu)" = "$vm" ] || fail "the VM did not outlive the session"

step "uninstall refuses while it runs, and while a VM does"
start_root
! viv uninstall > /tmp/out 2>&1 || fail "it uninstalled under running daemons"
grep -q 'runs already' /tmp/out || fail "no reason" /tmp/out
press_ctrl_c
! viv uninstall > /tmp/out 2>&1 || fail "it uninstalled under a running VM"
start_root
viv vm stop web
press_ctrl_c
last_line | grep -q 'No VM runs' || fail "the VM still runs" "$log"

step "uninstall keeps VM data; a new start finds it"
viv uninstall
[ "$(dpkg-query -W -f '${Package}\n')" = "$packages_before" ] || fail "packages are left or gone: $(diff <(echo "$packages_before") <(dpkg-query -W -f '${Package}\n') || true)"
! id -u vivarium > /dev/null 2>&1 || fail "the user is left"
[ ! -e /usr/local/bin/viv ] && [ ! -e /run/vivarium ] || fail "the command or the run folder is left"
start_root
viv vm list | grep -q web || fail "the VM's data is gone"
press_ctrl_c
host=$(grep -o '"hostId":"[0-9a-f]\{8\}' /var/lib/vivarium/agent/host.json | tail -c 9)
viv uninstall --purge
[ ! -e /var/lib/vivarium ] && [ ! -e /etc/vivarium ] || fail "purge left data"
[ -z "$(find /sys/fs/cgroup -maxdepth 2 -name "vivarium-$host.slice")" ] || fail "cgroups are left"

step "as a user without sudo: the one command that helps"
useradd --create-home alice
chmod 700 /home/alice
cp -r /root/vivarium /home/alice/vivarium && rm -rf /home/alice/vivarium/node_modules
[ ! -f /root/.npmrc ] || install -m 600 -o alice /root/.npmrc /home/alice/.npmrc
chown -R alice: /home/alice
! "${alice[@]}" npm start > /tmp/out 2>&1 || fail "it started without root"
grep -q "su -c 'npm --prefix /home/alice/vivarium start'" /tmp/out || fail "the one command is missing" /tmp/out

step "as a sudoer, in a closed home"
apt-get -qq install -y --no-install-recommends sudo > /dev/null
echo 'alice ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/alice
start_alice
[ -z "$(find /home/alice/vivarium ! -user alice)" ] || fail "files in alice's checkout are not hers"
"${alice[@]}" sudo viv vm create web --image micro --start
"${alice[@]}" sudo viv vm list | grep -q 'web.*running' || fail "no VM for the sudoer"
press_ctrl_c
last_line | grep -q '1 VM runs on' || fail "the last line does not count the VM" "$log"

step "as root in alice's checkout: npm installs as her"
rm -rf /home/alice/vivarium/node_modules
start env -C / npm --prefix /home/alice/vivarium start
[ -z "$(find /home/alice/vivarium ! -user alice)" ] || fail "files in alice's checkout are not hers"
press_ctrl_c

step "a sudo that asks; kill -9 of npm stops what it started"
echo 'alice:glass' | chpasswd
echo 'alice ALL=(ALL) ALL' > /etc/sudoers.d/alice
typed=glass
start_alice
kill -9 "$npm"
daemons_end
viv uninstall --purge --force

if [ "${1:-}" = --with-tests ]; then
  step "npm test, as root in a closed home"
  npm test
fi
echo "== all of it is so"
