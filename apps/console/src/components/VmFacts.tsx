import type { Vm } from '@viv/api'
import { type BootOrder, type GuestSystem, guestOf, machineText, type VmCd } from '@viv/common'
import { useHosts, useImages } from '../api/known.ts'
import { type Fact, FactList } from '../ui/FactList.tsx'
import { mebibytes, moment } from '../util/quantities.ts'
import type { Say } from '../words/say.ts'
import { useWords } from '../words/words.ts'
import { AutostartFact } from './VmAutostart.tsx'
import { CrashPolicyFact } from './VmCrashPolicy.tsx'

/** What a VM is: as wanted, and as its host's agent says. */
export function VmFacts({ vm }: { readonly vm: Vm }) {
  const { say, name, language } = useWords()
  const hosts = useHosts()
  const images = useImages()
  const { hardware } = vm
  const none = say('app.none')
  const forwards = hardware.nics.flatMap((nic) => nic.forwards)
  const exit = vm.exit === undefined ? none : `${name('exit', vm.exit.cause)}, ${moment(vm.exit.at, language)}`
  const facts: Fact[] = [
    { name: say('vm.host'), value: hosts.get(vm.hostId)?.name ?? vm.hostId },
    { name: say('vm.image'), value: vm.imageId === undefined ? none : (images.get(vm.imageId)?.name ?? vm.imageId) },
    { name: say('vm.guestSystem'), value: vm.guestSystem === undefined ? none : guestText(say, vm.guestSystem) },
    { name: say('vm.cpus'), value: <Wanted vm={vm} path="cpus" text={machineText} /> },
    { name: say('vm.topology'), value: <Wanted vm={vm} path="topology" text={machineText} /> },
    { name: say('vm.cpuModel'), value: <Wanted vm={vm} path="cpuModel" text={machineText} /> },
    { name: say('vm.memory'), value: <Wanted vm={vm} path="memoryMib" text={(mib) => mebibytes(Number(mib))} /> },
    { name: say('vm.autostart'), value: <AutostartFact vm={vm} /> },
    { name: say('vm.crash'), value: <CrashPolicyFact vm={vm} /> },
    { name: say('vm.tags'), value: vm.tags.join(', ') || none },
    { name: say('vm.accelerator'), value: say(`form.vm.accelerator.${hardware.accelerator}`) },
    { name: say('vm.runsBy'), value: vm.runsBy === undefined ? none : say(`vm.runsBy.${vm.runsBy}`) },
    { name: say('vm.machine'), value: hardware.machineType },
    { name: say('vm.firmware'), value: <Wanted vm={vm} path="firmware" text={firmwareText(say)} /> },
    { name: say('vm.secureBoot'), value: <Wanted vm={vm} path="secureBoot" text={yesOrNo(say)} /> },
    { name: say('vm.bootOrder'), value: <Wanted vm={vm} path="bootOrder" text={bootOrderText(say, vm)} /> },
    {
      name: say('vm.display'),
      value: <Wanted vm={vm} path="display" text={(display) => machineText(display ?? 'std')} />,
    },
    { name: say('vm.random'), value: <Wanted vm={vm} path="random" text={(random) => yesOrNo(say)(random ?? true)} /> },
    { name: say('vm.watchdog'), value: <Wanted vm={vm} path="watchdog" text={(one) => yesOrNo(say)(Boolean(one))} /> },
    { name: say('vm.clock'), value: <Wanted vm={vm} path="clock" text={clockText(say)} /> },
    { name: say('vm.tpm'), value: <Wanted vm={vm} path="tpm" text={yesOrNo(say)} /> },
    { name: say('vm.pointer'), value: <Wanted vm={vm} path="pointer" text={pointerText(say)} /> },
    { name: say('vm.cd'), value: cdText(say, vm, images) },
    {
      name: say('vm.forwards'),
      value:
        forwards
          .map(({ bind, hostPort, guestPort, protocol }) => {
            const from = say(bind === 'any' ? 'form.vm.bindAny' : 'form.vm.bindLoopback')
            return `${hostPort} → ${guestPort}/${protocol} (${from})`
          })
          .join(', ') || none,
    },
    { name: say('vm.created'), value: moment(vm.createdAt, language) },
    { name: say('vm.started'), value: vm.startedAt === undefined ? none : moment(vm.startedAt, language) },
    ...(vm.purgeAt === undefined ? [] : [{ name: say('vm.purgeAt'), value: moment(vm.purgeAt, language) }]),
    { name: say('vm.exit'), value: exit },
    { name: say('vm.process'), value: vm.pid ?? none },
    { name: say('vm.resets'), value: vm.resets ?? 0 },
    { name: say('vm.id'), value: <code>{vm.id}</code> },
    { name: say('vm.revision'), value: <code>{vm.revision}</code> },
  ]
  return (
    <>
      <FactList facts={facts} />
      {vm.notes === '' ? null : (
        <section aria-label={say('vm.notes')}>
          <h2>{say('vm.notes')}</h2>
          <p className="notes">{vm.notes}</p>
        </section>
      )}
      {vm.exit?.output === undefined ? null : <pre className="output">{vm.exit.output}</pre>}
    </>
  )
}

type MoreFields = 'bootOrder' | 'display' | 'random' | 'watchdog' | 'clock'
interface WantedProps {
  readonly vm: Vm
  readonly path:
    | 'cpus'
    | 'memoryMib'
    | 'topology'
    | 'cpuModel'
    | 'pointer'
    | 'firmware'
    | 'secureBoot'
    | 'tpm'
    | MoreFields
  readonly text: (value: unknown) => string
}

/** What runs now, and what will after a restart where that is something else. */
function Wanted({ vm, path, text }: WantedProps) {
  const { say } = useWords()
  const pending = vm.pending?.find((change) => change.path === path)
  if (pending === undefined) return text(vm.hardware[path])
  return say('vm.pending', { running: text(pending.running), wanted: text(pending.wanted) })
}

/** Machines of before a tablet could be chosen have a mouse. */
const pointerText = (say: Say) => (value: unknown) =>
  say(value === 'tablet' ? 'form.vm.pointer.tablet' : 'form.vm.pointer.mouse')

const firmwareText = (say: Say) => (value: unknown) => say(value === 'uefi' ? 'vm.firmware.uefi' : 'vm.firmware.bios')
const clockText = (say: Say) => (value: unknown) => say(value === 'free' ? 'vm.clock.free' : 'vm.clock.host')
const yesOrNo = (say: Say) => (value: unknown) => say(value === true ? 'app.yes' : 'app.no')

type Names = ReadonlyMap<string, { readonly name: string }>

const cdText = (say: Say, { hardware: { cd } }: Vm, images: Names): string =>
  cd === undefined ? say('app.none') : `${discText(say, cd, images)} (${cd.bus})`

/** What is in a drive. */
export const discText = (say: Say, { disc }: VmCd, images: Names): string =>
  disc === undefined ? say('vm.cd.empty') : (images.get(disc.imageId)?.name ?? disc.imageId)

/** Disks, then the CD drive where there is one, where nothing was said. */
const bootOrderText =
  (say: Say, { hardware }: Vm) =>
  (value: unknown) =>
    ((value ?? (hardware.cd === undefined ? ['disk'] : ['disk', 'cd'])) as BootOrder)
      .map((kind) => say(`vm.bootOrder.${kind}`))
      .join(' → ')

/** A system's own name, which is one in every language. */
export const guestText = (say: Say, system: GuestSystem): string =>
  system === 'other' ? say('vm.guestSystem.other') : guestOf(system).name
