/** Where an installation lies, for the words of the plan; `foldersOf` in libs/common is what decides (a test compares). */
export function pathsOf(root) {
  const at = (machine, inside) => (root === undefined ? machine : `${root}/${inside}`)
  return {
    data: at('/var/lib/vivarium', 'lib'),
    run: at('/run/vivarium', 'run'),
    etc: at('/etc/vivarium', 'etc'),
    viv: at('/usr/local/bin/viv', 'bin/viv'),
  }
}
