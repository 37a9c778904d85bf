# What the scenario is made of. `log` is what the last start said, `npm` its process, `terminal` the one around it;
# `typed` is what is typed when sudo asks.
log=/tmp/start.log
npm=
terminal=
typed=

step() { echo "== $*"; }

fail() {
  echo "FAILED: $1" >&2
  [ $# -lt 2 ] || { echo "--- $2" >&2; cat "$2" >&2; }
  for file in /var/lib/vivarium/log/*.log; do [ ! -f "$file" ] || { echo "--- $file" >&2; tail -n 20 "$file" >&2; }; done
  exit 1
}

# until_true SECONDS COMMAND…: waits for a condition, looking again every fifth of a second
until_true() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.2
  done
}

# processes PATTERN: their pids, by their command lines (this root has no pgrep)
processes() {
  local file line
  for file in /proc/[0-9]*/cmdline; do
    line=$(tr '\0' ' ' 2> /dev/null < "$file") || continue
    [[ ! $line =~ $1 ]] || basename "$(dirname "$file")"
  done
}
# group_of PID: its process group (a name in brackets may hold a space; the fields after it do not)
group_of() { sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f3; }
taken() { ! node -e 'require("net").createServer().listen(8443, "127.0.0.1", function () { this.close() })' 2> /dev/null; }
console_page() {
  node -e 'require("https").get("https://127.0.0.1:8443/", { rejectUnauthorized: false, headers: { accept: "text/html" } }, (page) => page.pipe(process.stdout))'
}
npm_process() { processes '^npm start' | head -n 1; }
supervisor() { processes 'apps/cli/src/main.js up'; }
manager() { processes 'apps/manager/src/main.js'; }
qemu() { processes '^qemu-system-x86_64 -name'; }
no_daemons() { [ -z "$(processes 'apps/(agent|manager)/src/main.js|apps/cli/src/main.js up')" ]; }
daemons_end() { until_true 40 no_daemons || fail "daemons still run" "$log"; }

start_root() { start npm start; }
start_alice() { start "${alice[@]}" npm start; }
alice=(setpriv --reuid=alice --regid=alice --init-groups env -C /home/alice/vivarium HOME=/home/alice USER=alice)

# On a terminal of its own, as a person does it; what is typed there comes through /tmp/keys.
start() {
  : > "$log"
  rm -f /tmp/keys && mkfifo /tmp/keys
  script -qefc "$(printf '%q ' "$@")" "$log" > /dev/null < /tmp/keys &
  terminal=$!
  exec 9> /tmp/keys
  until_true 900 listens_or_ended && grep -q 'Vivarium listens on' "$log" || fail "it does not start" "$log"
  npm=$(npm_process)
}
listens_or_ended() {
  if [ -n "$typed" ] && grep -q 'password for alice' "$log"; then
    printf '%s\n' "$typed" >&9
    typed=
  fi
  grep -q 'Vivarium listens on' "$log" || [ ! -e "/proc/$terminal" ]
}
terminal_ended() { ! kill -0 "$terminal" 2> /dev/null; }

# The last thing that is said, terminal's own words aside.
last_line() { tr -d '\r' < "$log" | grep -v '^Script done' | grep -v '^ *$' | tail -n 1; }

press_ctrl_c() {
  printf '\003' >&9
  until_true 40 terminal_ended || fail "it does not stop" "$log"
  daemons_end
}

# console_says VM WORDS: reads its serial line until it says them
console_says() {
  : > /tmp/console
  script -qefc "viv vm console $1" /tmp/console > /dev/null < <(sleep 600) &
  local reader=$!
  until_true 300 grep -q "$2" /tmp/console || fail "the console does not say $2" /tmp/console
  kill "$reader"
}
