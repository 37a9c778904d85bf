import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { connectUnix, GuestAgent, QmpSession, type Transport } from '@viv/qmp'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildMicro, type MicroBuild } from '../src/images/micro/build.ts'
import { microCached } from '../src/images/micro/cache.ts'

const runFile = promisify(execFile)

const CACHE_DIR = process.env['VIV_TEST_CACHE'] ?? join(import.meta.dirname, '../../../.cache')

/** A translated guest on a busy host: many times what it needs on an idle one. */
const GUEST_TIMEOUT_MS = 90_000
const ROOT_PARTITION_OFFSET = 33 * 1024 * 1024

let image: MicroBuild
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'micro-image-'))
  image = await microCached(CACHE_DIR)
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function waitUntil(what: string, isMet: () => Promise<boolean>): Promise<void> {
  const deadlineAt = Date.now() + GUEST_TIMEOUT_MS
  while (!(await isMet())) {
    if (Date.now() > deadlineAt) throw new Error(`${what}: not within ${GUEST_TIMEOUT_MS} ms`)
    await delay(50)
  }
}

/** Reads and types on the serial line. */
class SerialLine {
  readonly #transport: Transport
  #text = ''
  #isClosed = false
  #runs = 0

  constructor(transport: Transport) {
    this.#transport = transport
    void this.#read().catch(() => (this.#isClosed = true))
  }

  async #read(): Promise<void> {
    for await (const chunk of this.#transport) this.#text += Buffer.from(chunk).toString('latin1')
    this.#isClosed = true
  }

  /** What came up to and with `end`, which later calls do not see any more. */
  async readTo(end: string): Promise<string> {
    await waitUntil(`"${end}" on the serial line`, async () => {
      if (this.#isClosed) throw new Error(`the serial line ended; it said: ${this.#text.slice(-500)}`)
      return this.#text.includes(end)
    })
    const length = this.#text.indexOf(end) + end.length
    const read = this.#text.slice(0, length)
    this.#text = this.#text.slice(length)
    return read
  }

  type(text: string): void {
    this.#transport.send(text)
  }

  async logIn(password: string): Promise<void> {
    await this.readTo('micro login:')
    this.type('root\n')
    await this.readTo('Password:')
    this.type(`${password}\n`)
    await this.readTo('root@micro:~# ')
  }

  /** Runs a command in the shell and returns what it printed. The marks are typed in two pieces: the line echoes. */
  async run(command: string): Promise<string> {
    this.#runs += 1
    this.type(`echo "<""${this.#runs}"; ${command}; echo "${this.#runs}"">"\n`)
    await this.readTo(`<${this.#runs}\r\n`)
    const printed = await this.readTo(`${this.#runs}>\r\n`)
    await this.readTo('# ')
    return printed.slice(0, -`${this.#runs}>\r\n`.length).replaceAll('\r\n', '\n').trim()
  }

  close(): void {
    this.#transport.close()
  }
}

interface Machine {
  process: ChildProcess
  qmp: QmpSession
  serial: SerialLine
  agentSocket: string
}

const running = new Set<Machine>()

async function startMachine(disk: string, hardware: readonly string[]): Promise<Machine> {
  const sockets = await mkdtemp(join(folder, 'vm-'))
  const socket = (name: string): string => `socket,id=${name},path=${join(sockets, name)},server=on,wait=off`
  const process = spawn(
    'qemu-system-x86_64',
    [
      ...['-accel', 'tcg', '-cpu', 'qemu64', '-m', '256', '-nodefaults', '-no-user-config', '-display', 'none'],
      ...['-vga', 'std', '-netdev', 'user,id=net0', '-device', 'virtio-net-pci,netdev=net0,romfile='],
      ...['-chardev', socket('qmp'), '-mon', 'chardev=qmp,mode=control'],
      ...['-chardev', socket('serial'), '-serial', 'chardev:serial'],
      ...['-device', 'virtio-serial-pci', '-chardev', socket('agent')],
      ...['-device', 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0,id=agent-port'],
      ...['-blockdev', `driver=qcow2,node-name=disk0,file.driver=file,file.filename=${disk}`, ...hardware],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  try {
    const awaited = { timeoutMs: 20_000, isAwaited: true }
    const serial = new SerialLine(await connectUnix(join(sockets, 'serial'), awaited))
    const qmp = await QmpSession.connect(join(sockets, 'qmp'), awaited)
    const machine = { process, qmp, serial, agentSocket: join(sockets, 'agent') }
    running.add(machine)
    return machine
  } catch (error) {
    process.kill('SIGKILL')
    throw error
  }
}

const startQ35 = (disk: string): Promise<Machine> =>
  startMachine(disk, [
    ...['-machine', 'q35', '-smp', '1,sockets=2,cores=1,threads=1,maxcpus=2'],
    ...['-device', 'virtio-blk-pci,drive=disk0', '-device', 'pcie-root-port,id=port1,chassis=1'],
  ])

async function hasExited({ process }: Machine): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return
  await once(process, 'exit', { signal: AbortSignal.timeout(GUEST_TIMEOUT_MS) })
}

async function stopMachine(machine: Machine): Promise<void> {
  machine.process.kill('SIGKILL')
  await hasExited(machine)
  machine.serial.close()
  machine.qmp.close()
  running.delete(machine)
}

async function newDisk(name: string): Promise<string> {
  const disk = join(folder, name)
  await runFile('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', image.file, '-F', 'qcow2', disk])
  return disk
}

/** The state of the root file system as it lies on the disk of a stopped machine. */
async function rootSuperblock(disk: string): Promise<string> {
  const raw = `${disk}.raw`
  await runFile('qemu-img', ['convert', '-O', 'raw', disk, raw])
  const { stdout } = await runFile('dumpe2fs', ['-h', `${raw}?offset=${ROOT_PARTITION_OFFSET}`])
  await rm(raw)
  return stdout
}

/** Types lower-case letters, spaces and the return key on the machine's keyboard. */
async function typeOnKeyboard({ qmp }: Machine, text: string): Promise<void> {
  for (const character of text) {
    const key = character === '\n' ? 'ret' : character === ' ' ? 'spc' : character
    const keys = [{ type: 'qcode' as const, data: key as 'a' }]
    await qmp.execute('send-key', { keys, 'hold-time': 1 })
  }
}

const connectAgent = (machine: Machine): Promise<GuestAgent> =>
  GuestAgent.connect(machine.agentSocket, { timeoutMs: 5_000, syncTimeoutMs: GUEST_TIMEOUT_MS })

describe('the build', () => {
  afterEach(() => {
    delete process.env['APT_CONFIG']
  })

  test('makes one file that the cache gives again without building', async () => {
    const before = await stat(image.file)
    const again = await microCached(CACHE_DIR, {
      onProgress: (_, step) => expect.unreachable(`it builds: ${step}`),
    })

    expect(again).toEqual(image)
    expect((await stat(again.file)).ino).toBe(before.ino)
    expect(before.size).toBeLessThan(48 * 1024 * 1024)
  })

  test('leaves nothing behind when it is stopped halfway', async () => {
    const cacheDir = await mkdtemp(join(folder, 'cache-'))
    const stop = new AbortController()
    const stopped = microCached(cacheDir, {
      signal: stop.signal,
      onProgress: (_, step) => step === 'lay out the guest' && stop.abort(new Error('enough')),
    })

    await expect(stopped).rejects.toThrow('enough')
    expect(await readdir(cacheDir)).toEqual([])
  })

  test('says what to do on a host without package lists', async () => {
    const aptConfig = join(folder, 'apt.conf')
    await writeFile(aptConfig, `Dir::State::lists "${folder}";\n`)
    process.env['APT_CONFIG'] = aptConfig
    const build = buildMicro({ outFile: join(folder, 'none.qcow2'), workDir: join(folder, 'none') })

    await expect(build).rejects.toThrow('apt-get update')
    expect(await readdir(folder)).not.toContain('none')
  })
})

describe('a machine of it on q35 with a virtio disk', () => {
  let disk: string
  let machine: Machine

  beforeAll(async () => {
    disk = await newDisk('q35.qcow2')
    machine = await startQ35(disk)
  })

  afterAll(async () => {
    for (const left of running) await stopMachine(left)
  })

  test('lets root in on the serial line and runs the kernel of the package', async () => {
    await machine.serial.logIn('micro')

    const release = await machine.serial.run('uname -r')
    expect(Object.keys(image.versions)).toContain(`linux-image-${release}`)
    await machine.serial.run('echo kept >/root/file')
  })

  test('has its address from the network', async () => {
    await waitUntil('an address', async () =>
      (await machine.serial.run('ip -4 addr show eth0')).includes('10.0.2.15/24'),
    )

    expect(await machine.serial.run('ip route')).toContain('default via 10.0.2.2')
    expect(await machine.serial.run('cat /etc/resolv.conf')).toContain('nameserver 10.0.2.3')
  })

  test('leaves its user at least 100 MiB of the disk', async () => {
    expect(Number(await machine.serial.run("df -m / | awk 'NR == 2 { print $4 }'"))).toBeGreaterThan(100)
  })

  test('shows a login on the screen and takes the keyboard there', async () => {
    const screenShows = (text: string): Promise<void> =>
      waitUntil(`"${text}" on the screen`, async () => (await machine.serial.run('cat /dev/vcs1')).includes(text))
    await screenShows('micro login:')

    await typeOnKeyboard(machine, 'root\n')
    await screenShows('Password:')
    await typeOnKeyboard(machine, 'micro\n')
    await screenShows('root@micro:~#')
    await typeOnKeyboard(machine, 'touch typed\n')
    await waitUntil('the file', async () => (await machine.serial.run('ls /root')).includes('typed'))
  })

  test('answers through the guest agent, also for a frozen file system', async () => {
    await using agent = await connectAgent(machine)
    await agent.execute('guest-ping')

    expect(await agent.execute('guest-get-osinfo')).toMatchObject({ id: 'micro' })
    expect(await agent.execute('guest-fsfreeze-freeze')).toBe(1)
    expect(await agent.execute('guest-fsfreeze-status')).toBe('frozen')
    expect(await agent.execute('guest-fsfreeze-thaw')).toBe(1)
  })

  test('takes a new password through the guest agent', async () => {
    await using agent = await connectAgent(machine)
    const password = Buffer.from('another').toString('base64')
    await agent.execute('guest-set-user-password', { username: 'root', password, crypted: false })

    machine.serial.type('exit\n')
    await machine.serial.logIn('another')
  })

  test('leaves the serial line as its user has set it when a service is started again', async () => {
    const again = 'until new=$(pidof qemu-ga) && [ "$new" != "$old" ]; do sleep 0.1; done'
    const said = await machine.serial.run(
      `old=$(pidof qemu-ga); stty -echo; killall qemu-ga; ${again}; stty -a; stty echo`,
    )
    expect(said).toMatch(/ -echo /)
  })

  test('uses a processor and a network device that are added while it runs', async () => {
    const { qmp, serial } = machine
    await qmp.execute('netdev_add', { type: 'user', id: 'net1' })
    await qmp.execute('device_add', { driver: 'virtio-net-pci', id: 'nic1', netdev: 'net1', bus: 'port1' })
    await waitUntil('an address', async () => (await serial.run('ip -4 addr show eth1')).includes('10.0.2.15/24'))

    const cpu = { 'socket-id': 1, 'core-id': 0, 'thread-id': 0 }
    await qmp.execute('device_add', { driver: 'qemu64-x86_64-cpu', id: 'cpu1', ...cpu })
    await waitUntil('a second processor', async () => (await serial.run('nproc')) === '2')
  })

  test('ends by the guest agent, with a clean file system', async () => {
    const shutdown = machine.qmp.events.wait('SHUTDOWN', { timeoutMs: GUEST_TIMEOUT_MS })
    await using agent = await connectAgent(machine)
    await agent.send('guest-shutdown', { mode: 'powerdown' })

    expect((await shutdown).data).toMatchObject({ guest: true, reason: 'guest-shutdown' })
    await hasExited(machine)
    const superblock = await rootSuperblock(disk)
    expect(superblock).toMatch(/Filesystem state: +clean/)
    expect(superblock).not.toContain('needs_recovery')
  })

  test('has its files and its password after the next start', async () => {
    machine = await startQ35(disk)
    await machine.serial.logIn('another')

    expect(await machine.serial.run('cat /root/file')).toBe('kept')
  })

  test('starts again when the guest agent is told to', async () => {
    const reset = machine.qmp.events.wait('RESET', { timeoutMs: GUEST_TIMEOUT_MS })
    await using agent = await connectAgent(machine)
    await agent.send('guest-shutdown', { mode: 'reboot' })

    expect((await reset).data).toMatchObject({ guest: true })
    await machine.serial.readTo('micro login:')
  })

  test('ends by the power button, with a clean file system', async () => {
    await machine.qmp.execute('system_powerdown')

    await hasExited(machine)
    expect(await rootSuperblock(disk)).not.toContain('needs_recovery')
  })
})

describe('a machine of it on pc with an IDE disk', () => {
  afterAll(async () => {
    for (const left of running) await stopMachine(left)
  })

  test('starts, has its root on that disk and ends by the power button', async () => {
    const machine = await startMachine(await newDisk('pc.qcow2'), ['-machine', 'pc', '-device', 'ide-hd,drive=disk0'])
    await machine.serial.logIn('micro')

    expect(await machine.serial.run('mount')).toContain('/dev/sda2 on / type ext4')
    await machine.qmp.execute('system_powerdown')
    await hasExited(machine)
  })
})
