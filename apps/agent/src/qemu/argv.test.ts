import { diskPciSlot, nicPciSlot, type VmHardware } from '@viv/common'
import { describe, expect, test } from 'vitest'
import { type ArgvInput, qemuArgv } from './argv.ts'
import { discNode } from './cd-argv.ts'

const hardware: VmHardware = {
  accelerator: 'translate',
  machineType: 'pc-q35-7.2',
  cpuModel: 'qemu64',
  cpus: 2,
  memoryMib: 256,
  disks: [{ slot: 1, volumeId: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', bus: 'virtio', pciSlot: diskPciSlot(1) }],
  nics: [
    {
      slot: 1,
      model: 'virtio',
      mac: '52:54:00:00:00:01',
      network: 'user',
      forwards: [{ protocol: 'tcp', bind: 'loopback', hostPort: 2222, guestPort: 22 }],
      pciSlot: nicPciSlot(1),
    },
  ],
}
const input: ArgvInput = {
  vmId: 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb',
  name: 'web',
  hardware,
  accelerator: 'tcg',
  disks: [
    {
      slot: 1,
      files: [
        { file: '/v/a/disk.qcow2', format: 'qcow2' },
        { file: '/v/b/disk.qcow2', format: 'qcow2' },
      ],
    },
  ],
}

const valueAfter = (argv: readonly string[], option: string): string | undefined => argv[argv.indexOf(option) + 1]

/** Of a VM of before any of this could be chosen: a hibernated one wakes only into the very same machine. */
test('a config without any newer field gives the words of the first version, byte for byte', () => {
  const kernel = { kernel: '/v/k/content', initrd: '/v/i/content', commandLine: 'console=ttyS0' }
  expect(qemuArgv({ ...input, kernel })).toEqual([
    'qemu-system-x86_64',
    '-name',
    'guest=web,debug-threads=on',
    '-uuid',
    'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb',
    '-machine',
    'pc-q35-7.2',
    '-accel',
    'tcg',
    '-cpu',
    'qemu64',
    '-smp',
    'cpus=2,sockets=1,cores=2,threads=1',
    '-m',
    '256M',
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    '-no-shutdown',
    '-action',
    'panic=pause,watchdog=pause',
    '-sandbox',
    'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
    '-rtc',
    'base=utc',
    '-boot',
    'strict=on',
    '-chardev',
    'socket,id=qmp,path=io/qmp,server=on,wait=off',
    '-mon',
    'chardev=qmp,mode=control',
    '-chardev',
    'socket,id=serial,path=io/serial,server=on,wait=off',
    '-device',
    'isa-serial,chardev=serial,id=serial0',
    '-chardev',
    'socket,id=guest-agent,path=io/guest-agent,server=on,wait=off',
    '-vnc',
    'unix:io/screen,share=ignore',
    '-device',
    'VGA,id=vga,bus=pcie.0,addr=0x2',
    '-device',
    'virtio-serial-pci,id=ports,bus=pcie.0,addr=0x3',
    '-device',
    'virtserialport,bus=ports.0,chardev=guest-agent,name=org.qemu.guest_agent.0,id=guest-agent',
    '-object',
    'rng-random,id=entropy,filename=/dev/urandom',
    '-device',
    'virtio-rng-pci,rng=entropy,id=rng,bus=pcie.0,addr=0x4',
    '-device',
    'virtio-balloon-pci,id=balloon,bus=pcie.0,addr=0x5',
    '-device',
    'pvpanic-pci,id=panic,bus=pcie.0,addr=0x6',
    '-blockdev',
    '{"node-name":"disk1","driver":"qcow2","read-only":false,"discard":"unmap","file":{"driver":"file","node-name":"disk1-file","filename":"/v/a/disk.qcow2","read-only":false,"discard":"unmap"},"backing":{"node-name":"disk1-base1","driver":"qcow2","read-only":true,"discard":"unmap","file":{"driver":"file","node-name":"disk1-base1-file","filename":"/v/b/disk.qcow2","read-only":true,"discard":"unmap"},"backing":null}}',
    '-device',
    'virtio-blk-pci,id=disk1,drive=disk1,bootindex=1,werror=enospc,bus=pcie.0,addr=0x8',
    '-netdev',
    'user,id=nic1,hostfwd=tcp:127.0.0.1:2222-:22',
    '-device',
    'virtio-net-pci,id=nic1,netdev=nic1,mac=52:54:00:00:00:01,bus=pcie.0,addr=0x10',
    '-kernel',
    '/v/k/content',
    '-initrd',
    '/v/i/content',
    '-append',
    'console=ttyS0',
  ])
})

test('the tablet is plugged into a controller at a place of its own', () => {
  const argv = qemuArgv({ ...input, hardware: { ...hardware, pointer: 'tablet', usb: { pciSlot: 7 } } }).join(' ')
  expect(argv).toContain('-device qemu-xhci,id=usb,bus=pcie.0,addr=0x7 -device usb-tablet,id=tablet,bus=usb.0,port=1')
  expect(qemuArgv({ ...input, hardware: { ...hardware, pointer: 'mouse' } })).toEqual(qemuArgv(input))
})

const volumeId = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa'
const file = [{ file: '/v/a/disk.qcow2', format: 'qcow2' }] as const
const devices = (argv: readonly string[]): string[] => argv.filter((_, at) => argv[at - 1] === '-device')

test('disks hang on their buses at their places, and are tried by their slots', () => {
  const disks: VmHardware['disks'] = [
    { slot: 1, volumeId, bus: 'scsi', unit: 0 },
    { slot: 2, volumeId, bus: 'sata', unit: 3 },
    { slot: 3, volumeId, bus: 'ide', unit: 3 },
  ]
  const chains = disks.map(({ slot }) => ({ slot, files: file }))
  const argv = devices(qemuArgv({ ...input, disks: chains, hardware: { ...hardware, disks, scsi: { pciSlot: 24 } } }))
  expect(argv).toContain('virtio-scsi-pci,id=scsi,bus=pcie.0,addr=0x18')
  expect(argv).toContain('scsi-hd,id=disk1,drive=disk1,bootindex=1,werror=enospc,bus=scsi.0,channel=0,scsi-id=0,lun=0')
  expect(argv).toContain('ide-hd,id=disk2,drive=disk2,bootindex=2,werror=enospc,bus=ide.3')
  expect(argv).toContain('ide-hd,id=disk3,drive=disk3,bootindex=3,werror=enospc,bus=ide.1,unit=1')
})

test('an order of a person names what is tried, and nothing else is', () => {
  const indexes = (bootOrder: VmHardware['bootOrder']) => {
    const argv = devices(qemuArgv({ ...input, hardware: { ...hardware, ...(bootOrder && { bootOrder }) } }))
    return Object.fromEntries(
      argv
        .filter((word) => /id=(disk|nic)1,/.test(word))
        .map((word) => [/id=(\w+)/.exec(word)?.[1], /bootindex=\d/.exec(word)?.[0]]),
    )
  }
  expect(indexes(undefined)).toEqual({ disk1: 'bootindex=1', nic1: undefined })
  expect(indexes(['network', 'disk'])).toEqual({ nic1: 'bootindex=1', disk1: 'bootindex=2' })
  expect(indexes(['disk', 'network'])).toEqual({ disk1: 'bootindex=1', nic1: 'bootindex=2' })
  expect(indexes(['network'])).toEqual({ nic1: 'bootindex=1', disk1: undefined })
})

test('display, random generator, watchdog and network card are what was chosen', () => {
  const nic = { ...(hardware.nics[0] as VmHardware['nics'][number]), model: 'e1000e' as const }
  const watchdog = { model: 'i6300esb', pciSlot: 25 } as const
  const other: VmHardware = { ...hardware, display: 'virtio', random: false, watchdog, nics: [nic] }
  const argv = devices(qemuArgv({ ...input, hardware: other })).join(' ')
  expect(argv).toContain('virtio-vga,id=vga,bus=pcie.0,addr=0x2')
  expect(argv).toContain('i6300esb,id=watchdog,bus=pcie.0,addr=0x19')
  expect(argv).toContain('e1000e,id=nic1')
  expect(argv).not.toContain('virtio-rng')
  expect(devices(qemuArgv({ ...input, hardware: { ...hardware, display: 'none' } })).join(' ')).not.toContain('VGA')
})

test('UEFI is two flashes: code for all, variables of its own; a secure one guards them', () => {
  const firmware = { code: '/f/CODE.fd', variables: '/d/variables.fd' }
  const argv = qemuArgv({ ...input, firmware, hardware: { ...hardware, firmware: 'uefi' } })
  expect(valueAfter(argv, '-machine')).toBe('pc-q35-7.2,pflash0=firmware,pflash1=variables')
  const nodes = argv.filter((_, at) => argv[at - 1] === '-blockdev').map((text) => JSON.parse(text) as object)
  expect(nodes).toContainEqual(expect.objectContaining({ 'node-name': 'firmware', 'read-only': true }))
  expect(nodes).toContainEqual(expect.objectContaining({ 'node-name': 'variables', 'read-only': false }))
  const secure = qemuArgv({ ...input, firmware, hardware: { ...hardware, firmware: 'uefi', secureBoot: true } })
  expect(valueAfter(secure, '-machine')).toBe('pc-q35-7.2,pflash0=firmware,pflash1=variables,smm=on')
  expect(valueAfter(secure, '-global')).toBe('driver=cfi.pflash01,property=secure,value=on')
})

test('CPUs are shared out to sockets, cores and threads as it is said', () => {
  const topology = { sockets: 2, cores: 3, threads: 2 }
  const argv = qemuArgv({ ...input, hardware: { ...hardware, cpus: 12, topology } })
  expect(valueAfter(argv, '-smp')).toBe('cpus=12,sockets=2,cores=3,threads=2')
})

/** https://gitlab.com/x86-psABIs/x86-64-ABI, table of the micro-architecture levels. */
test.each([
  ['x86-64-v2', 'cx16 lahf-lm popcnt pni sse4.1 sse4.2 ssse3'],
  ['x86-64-v3', 'cx16 lahf-lm popcnt pni sse4.1 sse4.2 ssse3 avx avx2 bmi1 bmi2 f16c fma abm movbe xsave xsaveopt'],
  [
    'x86-64-v4',
    'cx16 lahf-lm popcnt pni sse4.1 sse4.2 ssse3 avx avx2 bmi1 bmi2 f16c fma abm movbe xsave xsaveopt avx512f avx512bw avx512cd avx512dq avx512vl',
  ],
])('%s is the flags of its level, all of them or no machine', (cpuModel, flags) => {
  const argv = qemuArgv({ ...input, hardware: { ...hardware, cpuModel } })
  const on = flags.split(' ').map((flag) => `${flag}=on`)
  expect(valueAfter(argv, '-cpu')).toBe(`qemu64,svm=off,${on.join(',')},enforce`)
})

test('a named model is that model whole; the plainest and the host are what they can be', () => {
  const model = (cpuModel: string) => valueAfter(qemuArgv({ ...input, hardware: { ...hardware, cpuModel } }), '-cpu')
  expect(model('Haswell-v4')).toBe('Haswell-v4,enforce')
  expect(model('host')).toBe('host')
  expect(model('qemu64')).toBe('qemu64')
})

test('gives the same words for the same hardware', () => {
  expect(qemuArgv(input)).toEqual(qemuArgv(structuredClone(input)))
})

test('opens the whole chain as we say it, and only the top for writing', () => {
  const node = JSON.parse(valueAfter(qemuArgv(input), '-blockdev') ?? '') as Record<string, unknown>
  expect(node).toMatchObject({ 'node-name': 'disk1', driver: 'qcow2', 'read-only': false })
  expect(node['backing']).toMatchObject({ 'node-name': 'disk1-base1', 'read-only': true, backing: null })
})

test('binds forwarded ports to loopback unless asked otherwise', () => {
  expect(valueAfter(qemuArgv(input), '-netdev')).toBe('user,id=nic1,hostfwd=tcp:127.0.0.1:2222-:22')
})

test('shows the screen on a socket of the VM, to several at once, and nowhere else', () => {
  const argv = qemuArgv(input)
  expect(valueAfter(argv, '-vnc')).toBe('unix:io/screen,share=ignore')
  expect(argv.filter((word) => word === '-vnc')).toHaveLength(1)
  expect(argv.join(' ')).not.toContain('websocket')
})

test('places devices on the bus that the machine has', () => {
  const old = { ...hardware, machineType: 'pc-i440fx-7.2' }
  expect(qemuArgv({ ...input, hardware: old }).join(' ')).not.toContain('pcie.0')
  expect(qemuArgv(input).join(' ')).toContain('drive=disk1,bootindex=1,werror=enospc,bus=pcie.0,addr=0x8')
})

test('refuses spawning, raising rights and default devices', () => {
  const argv = qemuArgv(input)
  expect(argv).toContain('-nodefaults')
  expect(argv).toContain('-no-shutdown')
  expect(valueAfter(argv, '-sandbox')).toContain('spawn=deny')
})

test('the hardware clock of a free one stands still with its guest', () => {
  expect(valueAfter(qemuArgv({ ...input, hardware: { ...hardware, clock: 'free' } }), '-rtc')).toBe('base=utc,clock=vm')
  expect(valueAfter(qemuArgv({ ...input, hardware: { ...hardware, clock: 'host' } }), '-rtc')).toBe('base=utc')
})

describe('a CD drive', () => {
  const volumeId = 'cccccccc-cccc-4ccc-8ccc-cccccccccccc'
  const disc = { imageId: volumeId, volumeId }
  const words = (more: Partial<VmHardware>, discFile?: string) =>
    qemuArgv({ ...input, hardware: { ...hardware, ...more }, ...(discFile === undefined ? {} : { discFile }) })
  const drive = (argv: readonly string[]) => argv.find((word) => word.startsWith('ide-cd'))

  test('that is empty is there all the same, behind the disks', () => {
    expect(drive(words({ cd: { bus: 'sata', unit: 5 } }))).toBe('ide-cd,id=cd,bus=ide.5,bootindex=100')
  })

  test('has its disc read-only', () => {
    const argv = words({ machineType: 'pc-i440fx-7.2', cd: { bus: 'ide', unit: 3, disc } }, '/v/c/content')
    expect(drive(argv)).toBe(`ide-cd,id=cd,bus=ide.1,unit=1,bootindex=100,drive=${discNode(volumeId)}`)
    const block = JSON.parse(argv[argv.indexOf(drive(argv) ?? '') - 2] ?? '') as Record<string, unknown>
    expect(block).toMatchObject({
      driver: 'raw',
      'read-only': true,
      file: { filename: '/v/c/content', 'read-only': true },
    })
    // QEMU takes 31 characters.
    for (const name of [block['node-name'], (block['file'] as Record<string, string>)['node-name']])
      expect(String(name).length).toBeLessThanOrEqual(31)
  })

  test('is started from where the order says, and not where it does not', () => {
    const cd = { bus: 'sata', unit: 5 } as const
    expect(drive(words({ cd, bootOrder: ['cd', 'disk'] }))).toContain('bootindex=1')
    expect(drive(words({ cd, bootOrder: ['disk'] }))).not.toContain('bootindex')
  })
})
