import type { OpHandlers } from '@viv/agent/sim'
import { refuse } from '@viv/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Platform, until } from '../../manager/test/platform.ts'
import { Viv } from './viv.ts'

let platform: Platform
let viv: Viv
/** VMs whose stop waits until the test lets it go on. */
const held = new Map<string, Promise<void>>()

beforeAll(async () => {
  platform = await Platform.start({ wrapHandlers: withFaults })
  viv = new Viv({ VIV_ROOT: platform.folder })
})
afterAll(async () => {
  viv?.[Symbol.dispose]()
  await platform?.[Symbol.asyncDispose]()
})

function withFaults(handlers: OpHandlers): OpHandlers {
  const { vmStart, vmStop } = handlers
  const run: typeof vmStop.run = async (input, ...more) => {
    await held.get(input.name)
    return vmStop.run(input, ...more)
  }
  const start: typeof vmStart.run = (input, ...more) => {
    if (input.config.name === 'broken') throw refuse('qemu_failed', { name: 'broken', output: 'no such device' })
    return vmStart.run(input, ...more)
  }
  return { ...handlers, vmStart: { ...vmStart, run: start }, vmStop: { ...vmStop, run } }
}

test('makes, shows, starts, stops and deletes a VM by its name', async () => {
  const made = await viv.run(['vm', 'create', 'web', '--image', 'micro', '--memory', '1G', '--forward', '2222:22'])
  expect(made).toMatchObject({ code: 0, stdout: 'VM "web" is made.\nStart it: viv vm start web\n' })
  expect(await viv.run(['vm', 'start', 'WEB'])).toMatchObject({ code: 0, stdout: 'VM "web" is running.\n' })

  const { stdout: list } = await viv.run(['vm', 'list'])
  const [head, row] = list.split('\n')
  expect(head).toMatch(/^NAME +STATE +CPUS +MEMORY +HOST +UPTIME/)
  expect(row).toMatch(/^web +running +1 +1 GiB +simulated +\d+s +2222→22$/)

  const { stdout: shown } = await viv.run(['vm', 'show', 'web'])
  expect(shown).toMatch(/^Forwards +127\.0\.0\.1:2222\/tcp → guest port 22$/m)
  expect(shown).toMatch(/^Image +micro$/m)

  expect(await viv.run(['vm', 'reset', 'web'])).toMatchObject({ code: 0, stdout: 'VM "web" was reset.\n' })
  expect(await viv.run(['vm', 'reboot', 'web'])).toMatchObject({ code: 0, stdout: 'VM "web" reboots.\n' })
  expect(await viv.run(['vm', 'pause', 'web'])).toMatchObject({ code: 0, stdout: 'VM "web" is paused.\n' })
  expect((await viv.run(['vm', 'list'])).stdout).toMatch(/^web +paused: by user /m)
  // A guest that stands still cannot be asked for anything.
  const deaf = await viv.run(['vm', 'stop', 'web'])
  expect(deaf).toMatchObject({ code: 1, stderr: expect.stringContaining('Try: viv vm resume web') })
  expect(await viv.run(['vm', 'resume', 'web'])).toMatchObject({ code: 0, stdout: 'VM "web" goes on.\n' })
  expect(await viv.run(['vm', 'suspend', 'web'])).toMatchObject({ code: 0, stdout: 'VM "web" sleeps.\n' })
  expect(await viv.run(['vm', 'resume', 'web'])).toMatchObject({ code: 0 })
  expect(await viv.run(['vm', 'hibernate', 'web'])).toMatchObject({ code: 0, stdout: 'VM "web" is hibernated.\n' })
  expect((await viv.run(['vm', 'start', 'web', '--plan'])).stdout).toContain('goes on from where it was hibernated')
  expect(await viv.run(['vm', 'discard', 'web'])).toMatchObject({ code: 0, stdout: 'VM "web" is stopped.\n' })
  expect(await viv.run(['vm', 'start', 'web'])).toMatchObject({ code: 0, stdout: 'VM "web" is running.\n' })
  expect(await viv.run(['vm', 'stop', 'web'])).toMatchObject({ code: 0, stdout: 'VM "web" is stopped.\n' })
  expect(await viv.run(['vm', 'delete', 'web'])).toMatchObject({
    code: 0,
    stdout: 'VM "web" is in the recycle bin for 72 hours.\n',
  })
  expect((await viv.json(['vm', 'list']))['items']).toEqual([])
  expect((await viv.run(['vm', 'list', '--state', 'recycled'])).stdout).toMatch(/^web +recycled, (71h|3d|2d).* left/m)
  expect((await viv.run(['vm', 'start', 'web'])).stderr).toContain('Try: viv vm restore web')
  expect((await viv.run(['vm', 'create', 'web', '--image', 'micro'])).stderr).toContain('Try: viv vm purge web')
  expect(await viv.run(['vm', 'restore', 'web'])).toMatchObject({ code: 0, stdout: 'VM "web" is restored.\n' })
  expect(await viv.run(['vm', 'delete', 'web', '--hold-hours', '169'])).toMatchObject({ code: 2 })
  expect(await viv.run(['vm', 'delete', 'web', '--purge', '--yes'])).toMatchObject({
    code: 0,
    stdout: 'VM "web" is deleted.\n',
  })
  expect((await viv.json(['vm', 'list']))['items']).toEqual([])
})

test("prints the API's own objects as JSON, and nothing on stderr", async () => {
  const args = ['vm', 'create', 'json', '--image', 'micro', '--start', '--add-disk', '64M', '-o', 'json']
  const { code, stdout, stderr } = await viv.run(args)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const task = JSON.parse(stdout)
  expect(task).toMatchObject({ action: 'vmStart', state: 'succeeded', target: { name: 'json' } })
  const vm = await viv.json(['vm', 'show', task.target.id])
  expect(vm).toMatchObject({ name: 'json', state: 'running', hardware: { disks: [{ slot: 1 }, { slot: 2 }] } })
})

test('says after a create what comes next', async () => {
  const { stdout } = await viv.run(['vm', 'create', 'next', '--image', 'micro', '--start'])
  expect(stdout).toContain('viv vm console next')
})

test('does not wait where it is told not to, and the task can be waited for', async () => {
  const begun = await viv.json(['vm', 'create', 'later', '--image', 'micro', '--start', '--no-wait'])
  const waited = await viv.run(['task', 'wait', String(begun['id'])])
  expect(waited).toMatchObject({ code: 0, stdout: expect.stringContaining('vmStart of VM later') })
  expect(await viv.json(['vm', 'show', 'later'])).toMatchObject({ state: 'running' })
})

test('names the nearest name where one is unknown, and begins nothing', async () => {
  await platform.vm('postgres')
  const wrong = await viv.run(['vm', 'start', 'postgres', 'postgers'])
  expect(wrong).toMatchObject({ code: 1, stdout: '' })
  expect(wrong.stderr).toContain('There is no VM "postgers". Did you mean "postgres"?')
  expect(await viv.json(['vm', 'show', 'postgres'])).toMatchObject({ state: 'stopped' })
})

test('shows every reason of a refusal, and the command that mends it', async () => {
  await viv.run(['vm', 'create', 'taken', '--image', 'micro', '--forward', '3333:22', '--start'])
  const again = ['vm', 'create', 'taken', '--image', 'micro', '--forward', '3333:22', '--accelerator', 'kvm']
  const { code, stderr } = await viv.run(again)
  expect(code).toBe(1)
  expect(stderr.split('\n')).toEqual([
    expect.stringMatching(/^error: .*name "taken" is taken by another VM/),
    '  Try: the same command with the name taken-2',
    expect.stringMatching(/^ {2}Port 3333\/tcp of the host is already forwarded/),
    expect.stringMatching(/^ {2}Host "simulated" offers no hardware-assisted/),
    '  Try: the same command with --accelerator any',
    '',
  ])
  const running = await viv.run(['vm', 'delete', 'taken', '--yes'])
  expect(running.stderr).toContain('Try: viv vm stop taken')
})

test('prints refusals as JSON where JSON is asked for', async () => {
  const { code, stdout, stderr } = await viv.run(['vm', 'create', 'nothing', '-o', 'json'])
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(JSON.parse(stderr)).toMatchObject({ code: 'unprocessable', blockers: [{ reason: 'nothing_to_boot' }] })
})

test('goes on with the others where one of several VMs refuses', async () => {
  await platform.vm('one', { start: true })
  await platform.vm('two')
  const { code, stdout, stderr } = await viv.run(['vm', 'stop', 'two', 'one'])
  expect({ code, stdout }).toEqual({ code: 1, stdout: 'VM "one" is stopped.\n' })
  expect(stderr).toContain('VM "two" is stopped, so it cannot stop')
})

test('changes a name and notes', async () => {
  await platform.vm('old')
  expect(await viv.run(['vm', 'set', 'old', '--name', 'new', '--notes', 'mine'])).toMatchObject({ code: 0 })
  expect(await viv.json(['vm', 'show', 'new'])).toMatchObject({ name: 'new', notes: 'mine' })
})

test('repeating a create with the same key makes no second VM', async () => {
  const args = ['vm', 'create', 'once', '--image', 'micro', '--idempotency-key', 'k1']
  const [first, second] = [await viv.json(args), await viv.json(args)]
  expect(second['target']).toEqual(first['target'])
})

test('Ctrl-C while it waits leaves the work alone and says how to look at it', async () => {
  await platform.vm('slow', { start: true })
  const hold = Promise.withResolvers<void>()
  held.set('slow', hold.promise)
  try {
    const { child, stderr, outcome } = viv.start(['vm', 'stop', 'slow'])
    await until(() => stderr().includes('slow: '))
    child.kill('SIGINT')
    expect(await outcome).toMatchObject({ code: 130, stdout: '' })
    expect(stderr()).toMatch(/Task [0-9a-f-]{36} goes on without you\.\n {2}Look at it: viv task wait [0-9a-f-]{36}/)
    expect(await viv.json(['vm', 'show', 'slow'])).toMatchObject({ taskId: expect.any(String) })
  } finally {
    hold.resolve()
  }
  await until(async () => (await viv.json(['vm', 'show', 'slow']))['state'] === 'stopped')
})

test('a VM that is busy names its task, which can be waited for by how its id begins', async () => {
  await platform.vm('cancelled', { start: true })
  const hold = Promise.withResolvers<void>()
  held.set('cancelled', hold.promise)
  try {
    const begun = await viv.json(['vm', 'stop', 'cancelled', '--no-wait'])
    const busy = await viv.run(['vm', 'reset', 'cancelled'])
    expect(busy).toMatchObject({ code: 1, stderr: expect.stringContaining(`viv task wait ${String(begun['id'])}`) })
    const tasks = await viv.run(['task', 'list'])
    expect(tasks.stdout).toMatch(new RegExp(`^${String(begun['id'])} +vmStop +VM cancelled +running`, 'm'))
    hold.resolve()
    expect(await viv.run(['task', 'wait', String(begun['id']).slice(0, 13)])).toMatchObject({ code: 0 })
  } finally {
    hold.resolve()
  }
})

test('a task that fails fails the command, with its own words, also when it is looked at later', async () => {
  await platform.vm('broken')
  const failed = await viv.run(['vm', 'start', 'broken'])
  expect(failed).toMatchObject({ code: 1, stdout: '' })
  expect(failed.stderr).toContain('error: QEMU did not start VM "broken". It said: no such device')
  const { items } = (await viv.json(['task', 'list'])) as { items: { id: string; state: string }[] }
  const id = items.find(({ state }) => state === 'failed')?.id ?? ''
  const again = await viv.run(['task', 'wait', id, '-o', 'json'])
  expect(again.code).toBe(1)
  expect(JSON.parse(again.stderr)).toMatchObject({ code: 'internal', task: { id, state: 'failed' } })
  expect(await viv.run(['task', 'cancel', id])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('cannot be cancelled'),
  })
})

test('tells hosts with the accelerator and why, and datastores', async () => {
  expect((await viv.run(['host', 'list'])).stdout).toMatch(/^simulated +reachable +64 +256 GiB +translate +7\.2\.0$/m)
  const { stdout } = await viv.run(['host', 'show', 'simulated'])
  expect(stdout).toMatch(/^Accelerator +translate \(TCG\) only; KVM absent: this host is simulated$/m)
  expect(stdout).toMatch(/^Cgroups +none: this host is simulated$/m)
  expect((await viv.run(['datastore', 'list'])).stdout).toMatch(
    /^simulated-local +dir +8\.6 TiB +9\.5 TiB +simulated$/m,
  )
})

test.each([
  [['vm', 'lst'], 'Did you mean list?'],
  [['vm', 'create', 'x', '--memry', '1G'], 'Did you mean --memory?'],
  [['vm', 'create', 'x', '--memory', '512'], 'as 512M or 20G'],
  [['vm', 'create', 'x', '--forward', 'ssh'], '[tcp:|udp:][any:]HOSTPORT:GUESTPORT'],
  [['vm', 'create', 'x', '--append', 'quiet'], '--append goes with --kernel'],
  [['vm', 'purge', 'x'], 'Say --yes'],
  [['vm', 'set', 'x'], '--autostart, --on-guest-crash, --on-qemu-death'],
  [['vm', 'set', 'x', '--on-guest-crash', 'reboot'], 'keep, restart, stop'],
  [['vm', 'set', 'x', '--autostart-order', '1000'], 'from 0 to 999'],
  [['vm', 'set', 'x'], '--secure-boot or --tpm'],
  [['nothing'], "unknown command 'nothing'"],
])('wrong usage ends with 2 and teaches: %j', async (args, words) => {
  const { code, stdout, stderr } = await viv.run(args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(words)
})

test('alone it shows the first steps', async () => {
  const { code, stdout } = await viv.run([])
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringContaining('viv vm create web --image micro --start'),
  })
})

test('edits what a VM is, and says what waits for a restart', async () => {
  await viv.run(['vm', 'create', 'edited', '--image', 'micro', '--tags', 'shop', '--start'])
  const set = await viv.run(['vm', 'set', 'edited', '--cpus', '4', '--memory', '2G', '--tags', 'shop,test'])
  expect(set).toMatchObject({ code: 0, stdout: expect.stringContaining('It runs as before until it is started again') })
  const { stdout } = await viv.run(['vm', 'show', 'edited'])
  expect(stdout).toMatch(/After a restart +cpus: 1 → 4\n +memoryMib: 512 → 2048/)
  expect((await viv.run(['vm', 'list', '--tag', 'test'])).stdout).toContain('edited')
  expect((await viv.run(['vm', 'set', 'edited'])).stderr).toContain('Say what to change')
  const plan = await viv.run(['vm', 'set', 'edited', '--cpus', '1', '--plan'])
  expect(plan.stdout).toContain('cpus changes from "4" to "1". (after a restart)')
})

test('a VM is told to start with its host, and says when it does', async () => {
  await viv.run(['vm', 'create', 'early', '--image', 'micro', '--autostart', '--autostart-order', '10'])
  expect((await viv.run(['vm', 'show', 'early'])).stdout).toMatch(/Starts with its host +yes, order 10\n/)
  const set = await viv.run(['vm', 'set', 'early', '--autostart-delay', '30'])
  expect(set).toMatchObject({ code: 0, stdout: 'VM "early" is changed.\n' })
  expect((await viv.run(['vm', 'show', 'early'])).stdout).toContain('yes, order 10, 30 s before the next')
  const plan = await viv.run(['vm', 'set', 'early', '--no-autostart', '--plan'])
  expect(plan.stdout).toContain('autostart.enabled changes from "true" to "false".')
  await viv.run(['vm', 'set', 'early', '--no-autostart'])
  expect((await viv.run(['vm', 'show', 'early'])).stdout).toMatch(/Starts with its host +no\n/)
})

test('the machine is chosen and changed by options, and what cannot be had is told with the command that can', async () => {
  const machine = ['--cpus', '8', '--cores-per-socket', '4', '--cpu-model', 'x86-64-v2', '--pointer', 'mouse']
  expect(await viv.run(['vm', 'create', 'big', '--image', 'micro', ...machine])).toMatchObject({ code: 0 })
  const { stdout: shown } = await viv.run(['vm', 'show', 'big'])
  expect(shown).toMatch(/^CPU topology +2 socket\(s\) × 4 core\(s\) × 1 thread\(s\)$/m)
  expect(shown).toMatch(/^CPUs +8 \(x86-64-v2\)$/m)
  expect(shown).toMatch(/^Pointer +mouse$/m)
  const uneven = await viv.run(['vm', 'set', 'big', '--cpus', '6'])
  expect(uneven).toMatchObject({ code: 1, stderr: expect.stringContaining('the same command with --cpus 8') })
  expect(await viv.run(['vm', 'set', 'big', '--cpus', '12', '--pointer', 'tablet'])).toMatchObject({ code: 0 })
  expect((await viv.run(['vm', 'show', 'big'])).stdout).toMatch(/^CPU topology +3 socket/m)
  expect(await viv.run(['vm', 'set', 'big', '--firmware', 'uefi', '--secure-boot', '--tpm'])).toMatchObject({ code: 0 })
  const { stdout: secure } = await viv.run(['vm', 'show', 'big'])
  expect(secure).toMatch(/^Firmware +uefi, secure boot$/m)
  expect(secure).toMatch(/^TPM +2\.0$/m)
  const bios = await viv.run(['vm', 'set', 'big', '--firmware', 'bios'])
  expect(bios).toMatchObject({ code: 1, stderr: expect.stringContaining('the same command with --no-secure-boot') })
  const plan = await viv.run(['vm', 'set', 'big', '--no-secure-boot', '--no-tpm', '--plan'])
  expect(plan.stdout).toContain('can never be opened again')
  const devices = ['--boot-order', 'network,disk', '--display', 'none', '--no-random', '--watchdog']
  expect(await viv.run(['vm', 'set', 'big', ...devices])).toMatchObject({ code: 0 })
  expect((await viv.run(['vm', 'show', 'big'])).stdout).toMatch(/^Watchdog +i6300esb$/m)
  const old = ['vm', 'create', 'old', '--image', 'micro', '--add-disk', '8M,scsi', '--nic', 'e1000e']
  const foreign = await viv.run([...old, '--disk-bus', 'ide'])
  expect(foreign).toMatchObject({ code: 1, stderr: expect.stringContaining('the same command with --disk-bus sata') })
  expect(await viv.run([...old, '--disk-bus', 'ide', '--machine', 'pc'])).toMatchObject({ code: 0 })
  expect((await viv.run(['vm', 'show', 'old'])).stdout).toMatch(/^Disks +1: ide, .*iB, volume .*\n +2: scsi/m)
  const win = await viv.run([
    'vm',
    'create',
    'win',
    '--image',
    'micro',
    '--guest',
    'windows-11',
    '--memory',
    '1G',
    '--plan',
  ])
  expect(win.stdout).toContain('Windows 11 needs at least 4096 MiB of memory')
  expect(win.stdout).toContain('secure boot')
  const host = await viv.run(['vm', 'create', 'own', '--image', 'micro', '--cpu-model', 'host'])
  expect(host).toMatchObject({ code: 1, stderr: expect.stringContaining('the same command with --cpu-model qemu64') })
})

test('copies a stopped VM, with another machine where that is wanted', async () => {
  await viv.run(['vm', 'create', 'first', '--image', 'micro'])
  const plan = await viv.run(['vm', 'clone', 'first', 'second', '--plan'])
  expect(plan).toMatchObject({ code: 0, stdout: expect.stringContaining('are copied in full') })
  expect(await viv.run(['vm', 'clone', 'first', 'second', '--cpus', '3', '--clock', 'free', '--start'])).toMatchObject({
    code: 0,
    stdout: 'VM "second" is running.\n',
  })
  expect((await viv.run(['vm', 'show', 'second'])).stdout).toMatch(/Clock +free/)
  expect((await viv.run(['vm', 'clone', 'second', 'third'])).stderr).toContain('Try: viv vm stop second')
  await viv.run(['vm', 'stop', 'second', '--force'])
  const uneven = await viv.run(['vm', 'clone', 'second', 'third', '--cores-per-socket', '2'])
  expect(uneven.stderr).toContain('Try: the same command with --cpus')
  await viv.run(['vm', 'purge', 'second', '--yes'])
  await viv.run(['vm', 'purge', 'first', '--yes'])
})

test('adds a CD drive to a stopped VM and removes it', async () => {
  await viv.run(['vm', 'create', 'drive', '--image', 'micro'])
  expect(await viv.run(['vm', 'cd', 'add', 'drive'])).toMatchObject({ stdout: 'VM "drive" has a CD drive.\n' })
  expect((await viv.run(['vm', 'show', 'drive'])).stdout).toMatch(/CD drive +sata, empty/)
  expect((await viv.run(['vm', 'cd', 'add', 'drive'])).stderr).toContain('viv vm insert drive IMAGE')
  expect((await viv.run(['vm', 'cd', 'remove', 'drive', '--plan'])).stdout).toContain('is removed')
  await viv.run(['vm', 'start', 'drive'])
  expect((await viv.run(['vm', 'cd', 'remove', 'drive'])).stderr).toContain('Try: viv vm stop drive')
  await viv.run(['vm', 'stop', 'drive', '--force'])
  expect(await viv.run(['vm', 'cd', 'remove', 'drive'])).toMatchObject({
    code: 0,
    stdout: 'VM "drive" has no CD drive any more.\n',
  })
})

test('adds disks and network cards to a stopped VM and removes them by their numbers', async () => {
  await viv.run(['vm', 'create', 'parts', '--image', 'micro', '--disk-bus', 'sata'])
  expect((await viv.run(['vm', 'disk', 'add', 'parts', '--size', '1G', '--bus', 'ide'])).stderr).toContain(
    'Try: the same command with --bus sata',
  )
  expect(await viv.run(['vm', 'disk', 'add', 'parts', '--size', '1G'])).toMatchObject({
    code: 0,
    stdout: 'VM "parts" has another disk.\n',
  })
  expect(await viv.run(['vm', 'nic', 'add', 'parts', '--model', 'e1000e'])).toMatchObject({
    code: 0,
    stdout: 'VM "parts" has another network card.\n',
  })
  expect((await viv.run(['vm', 'nic', 'add', 'parts', '--model', 'virtio-multiqueue'])).stderr).toContain(
    'Try: the same command with --model virtio',
  )
  const { stdout: shown } = await viv.run(['vm', 'show', 'parts'])
  expect(shown).toMatch(/2: sata, 1 GiB, volume /)
  expect(shown).toMatch(/2: e1000e, user, /)
  const unknown = await viv.run(['vm', 'disk', 'remove', 'parts', '7', '--yes'])
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('VM "parts" has no disk "7".') })
  expect(unknown.stderr).toMatch(/1: sata, .*iB, volume /)
  // What is lost for good is never done without a word.
  expect((await viv.run(['vm', 'disk', 'remove', 'parts', '2'])).stderr).toContain('Say --yes')
  expect((await viv.run(['vm', 'disk', 'remove', 'parts', '2', '--plan'])).stdout).toContain('cannot be taken back')
  await viv.run(['vm', 'start', 'parts'])
  expect((await viv.run(['vm', 'disk', 'remove', 'parts', '2', '--yes'])).stderr).toContain('Try: viv vm stop parts')
  await viv.run(['vm', 'stop', 'parts', '--force'])
  expect(await viv.run(['vm', 'disk', 'remove', 'parts', '2', '--yes'])).toMatchObject({ code: 0 })
  expect(await viv.run(['vm', 'nic', 'remove', 'parts', '2'])).toMatchObject({ code: 0 })
  expect(await viv.run(['vm', 'set', 'parts', '--clock', 'free'])).toMatchObject({ code: 0 })
  const vm = await viv.json(['vm', 'show', 'parts'])
  expect(vm['hardware']).toMatchObject({ disks: [{ slot: 1 }], nics: [{ slot: 1 }], clock: 'free' })
  await viv.run(['vm', 'purge', 'parts', '--yes'])
})
