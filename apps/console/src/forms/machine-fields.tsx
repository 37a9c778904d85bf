import { type Vm, VmUpdate } from '@viv/api'
import { type BootOrder, CPU_GENERATIONS, type CpuOffers, HOST_CPU_MODEL } from '@viv/common'
import { Checkbox, Collapse, Form, InputNumber, Select } from 'antd'
import { useHosts } from '../api/known.ts'
import { useWords } from '../words/words.ts'
import { rulesOf } from './field-rules.ts'

/** What of the machine can be chosen beyond its size; a field that was never looked at is absent. */
export type MachineValues = Pick<
  VmUpdate,
  | 'coresPerSocket'
  | 'threadsPerCore'
  | 'cpuModel'
  | 'pointer'
  | 'display'
  | 'random'
  | 'watchdog'
  | 'clock'
  | 'firmware'
  | 'secureBoot'
  | 'tpm'
> & { readonly bootOrder?: BootChoice }

/** A select has one value: the kinds with commas between them. */
const BOOT_CHOICES = ['disk', 'disk,cd', 'cd,disk', 'cd', 'disk,network', 'network,disk', 'network'] as const
type BootChoice = (typeof BOOT_CHOICES)[number]

/** What the contract has as a list. */
export const machineBody = ({ bootOrder, ...values }: MachineValues): VmUpdate => ({
  ...values,
  ...(bootOrder === undefined ? {} : { bootOrder: bootOrder.split(',') as BootOrder }),
})

const { properties } = VmUpdate

/** Folded up: most machines need none of it. `hostId`: whose processors are offered; of all hosts where it is open. */
export function MachineFields({ hostId, isNew = false }: { readonly hostId?: string; readonly isNew?: boolean }) {
  const { say } = useWords()
  return (
    <Collapse
      ghost
      items={[
        {
          key: 'machine',
          label: say('form.vm.hardware'),
          children: <Fields models={useModels(hostId)} isNew={isNew} />,
        },
      ]}
    />
  )
}

function Fields({ models, isNew }: { readonly models: readonly string[]; readonly isNew: boolean }) {
  const { say } = useWords()
  const modelName = (model: string): string => (model === HOST_CPU_MODEL ? say('form.vm.cpuModel.host') : model)
  return (
    <>
      <div className="form-row">
        <Form.Item
          name="coresPerSocket"
          label={say('form.vm.coresPerSocket')}
          rules={rulesOf(properties.coresPerSocket, say)}
          extra={say('form.vm.coresHelp')}
        >
          <InputNumber />
        </Form.Item>
        <Form.Item
          name="threadsPerCore"
          label={say('form.vm.threadsPerCore')}
          rules={rulesOf(properties.threadsPerCore, say)}
        >
          <InputNumber />
        </Form.Item>
      </div>
      <Form.Item name="cpuModel" label={say('vm.cpuModel')} extra={say('form.vm.cpuModelHelp')}>
        <Select
          allowClear
          showSearch
          placeholder={say('form.vm.cpuModelAuto')}
          options={models.map((value) => ({ value, label: modelName(value) }))}
        />
      </Form.Item>
      <Form.Item name="firmware" label={say('vm.firmware')} extra={say('form.vm.firmwareHelp')}>
        <Select
          allowClear
          placeholder={say('vm.firmware.bios')}
          options={(['bios', 'uefi'] as const).map((value) => ({ value, label: say(`vm.firmware.${value}`) }))}
        />
      </Form.Item>
      <Form.Item name="secureBoot" valuePropName="checked">
        <Checkbox>{say('form.vm.secureBoot')}</Checkbox>
      </Form.Item>
      <Form.Item name="tpm" valuePropName="checked">
        <Checkbox>{say('form.vm.tpm')}</Checkbox>
      </Form.Item>
      <DeviceFields />
      {isNew ? <NewFields /> : null}
      <Form.Item name="pointer" label={say('vm.pointer')}>
        <Select
          allowClear
          placeholder={say('form.vm.pointer.tablet')}
          options={(['tablet', 'mouse'] as const).map((value) => ({ value, label: say(`form.vm.pointer.${value}`) }))}
        />
      </Form.Item>
    </>
  )
}

function DeviceFields() {
  const { say } = useWords()
  return (
    <>
      <Form.Item name="bootOrder" label={say('vm.bootOrder')}>
        <Select
          allowClear
          placeholder={say('form.vm.bootOrder.disk')}
          options={BOOT_CHOICES.map((value) => ({ value, label: say(`form.vm.bootOrder.${value}`) }))}
        />
      </Form.Item>
      <Form.Item name="display" label={say('vm.display')}>
        <Select
          allowClear
          placeholder={say('form.vm.display.std')}
          options={(['std', 'virtio', 'none'] as const).map((value) => ({
            value,
            label: say(`form.vm.display.${value}`),
          }))}
        />
      </Form.Item>
      <Form.Item name="clock" label={say('vm.clock')}>
        <Select
          allowClear
          placeholder={say('vm.clock.host')}
          options={(['host', 'free'] as const).map((value) => ({ value, label: say(`vm.clock.${value}`) }))}
        />
      </Form.Item>
      <Form.Item name="random" valuePropName="checked" initialValue>
        <Checkbox>{say('form.vm.random')}</Checkbox>
      </Form.Item>
      <Form.Item name="watchdog" valuePropName="checked">
        <Checkbox>{say('form.vm.watchdog')}</Checkbox>
      </Form.Item>
    </>
  )
}

/** What is pinned for ever when the VM is made. */
function NewFields() {
  const { say } = useWords()
  return (
    <>
      <Form.Item name="machine" label={say('form.vm.machine')}>
        <Select
          allowClear
          placeholder={say('form.vm.machine.q35')}
          options={(['q35', 'pc'] as const).map((value) => ({ value, label: say(`form.vm.machine.${value}`) }))}
        />
      </Form.Item>
      <Form.Item name="diskBus" label={say('form.vm.diskBus')}>
        <Select
          allowClear
          placeholder={say('form.vm.diskBus.virtio')}
          options={(['virtio', 'scsi', 'sata', 'ide'] as const).map((value) => ({
            value,
            label: say(`form.vm.diskBus.${value}`),
          }))}
        />
      </Form.Item>
      <Form.Item name="nicModel" label={say('form.vm.nicModel')}>
        <Select
          allowClear
          placeholder={say('form.vm.nicModel.virtio')}
          options={(['virtio', 'virtio-multiqueue', 'e1000e'] as const).map((value) => ({
            value,
            label: say(`form.vm.nicModel.${value}`),
          }))}
        />
      </Form.Item>
    </>
  )
}

/** Those that lack nothing somewhere; the generations always, so that what a host lacks is told. */
function useModels(hostId: string | undefined): string[] {
  const hosts = useHosts()
  const offers = [...hosts.values()]
    .filter(({ id }) => hostId === undefined || id === hostId)
    .flatMap(({ facts }) => Object.values((facts as { cpuModels?: CpuOffers } | undefined)?.cpuModels ?? {}))
  const whole = offers.flatMap(({ missing }) => Object.keys(missing).filter((name) => missing[name]?.length === 0))
  return [...new Set([HOST_CPU_MODEL, ...Object.keys(CPU_GENERATIONS), ...whole])]
}

export function machineValues({ hardware }: Vm): MachineValues {
  const { topology, cpuModel, pointer, firmware = 'bios', secureBoot = false, tpm = false } = hardware
  const { bootOrder, display = 'std', random = true, watchdog, clock = 'host' } = hardware
  return {
    ...(topology === undefined ? {} : { coresPerSocket: topology.cores, threadsPerCore: topology.threads }),
    cpuModel,
    pointer: pointer ?? 'mouse',
    firmware,
    secureBoot,
    tpm,
    bootOrder: (bootOrder?.join(',') ?? (hardware.cd === undefined ? 'disk' : 'disk,cd')) as BootChoice,
    display,
    random,
    watchdog: watchdog !== undefined,
    clock,
  }
}

/** Only what is otherwise now. Emptied cores and threads mean one socket again. */
export function machineChanges(values: MachineValues, cpus: number, vm: Vm): MachineValues {
  const before = machineValues(vm)
  const names = Object.keys(values) as (keyof MachineValues)[]
  const changed = names.filter((name) => (values[name] ?? undefined) !== before[name])
  const given = changed.filter((name) => values[name] !== undefined && values[name] !== null)
  const emptied = changed.filter((name) => !given.includes(name) && name in before)
  return {
    ...Object.fromEntries(given.map((name) => [name, values[name]])),
    ...(emptied.includes('bootOrder') ? { bootOrder: 'disk' as const } : {}),
    ...(emptied.includes('display') ? { display: 'std' as const } : {}),
    ...(emptied.includes('clock') ? { clock: 'host' as const } : {}),
    ...(emptied.includes('firmware') ? { firmware: 'bios' as const } : {}),
    ...(emptied.includes('threadsPerCore') ? { threadsPerCore: 1 } : {}),
    ...(emptied.includes('coresPerSocket') ? { coresPerSocket: Math.ceil(cpus / (values.threadsPerCore ?? 1)) } : {}),
  }
}
