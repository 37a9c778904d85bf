import { type Vm, VmDiskAdd } from '@viv/api'
import type { DiskBus, NicModel } from '@viv/common'
import { isAllowed } from '@viv/common'
import { Button, Form, InputNumber, Modal, Select } from 'antd'
import { type ReactNode, useState } from 'react'
import { useImages } from '../api/known.ts'
import { useChange } from '../components/change.tsx'
import { discText } from '../components/VmFacts.tsx'
import { useWords } from '../words/words.ts'
import { mebibytes } from '../util/quantities.ts'
import { rulesOf } from './field-rules.ts'

/** The disks, network cards and CD drive of a VM. What can't be done while it runs is said, with the way out, by the plan. */
export function VmParts({ vm }: { readonly vm: Vm }) {
  return (
    <>
      <Disks vm={vm} />
      <Nics vm={vm} />
      <Cd vm={vm} />
    </>
  )
}

interface PartListProps {
  readonly title: string
  readonly add: ReactNode
  readonly rows: readonly { readonly key: string; readonly text: string; readonly remove: ReactNode }[]
}

function PartList({ title, add, rows }: PartListProps) {
  const { say } = useWords()
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {rows.length === 0 ? <p className="muted">{say('app.none')}</p> : null}
      <ul className="parts">
        {rows.map(({ key, text, remove }) => (
          <li key={key}>
            <span>{text}</span>
            {remove}
          </li>
        ))}
      </ul>
      {add}
    </section>
  )
}

function Disks({ vm }: { readonly vm: Vm }) {
  const { say } = useWords()
  const change = useChange()
  const canChange = isAllowed('edit', vm.state)
  const remove = (slot: number, volumeId: string): void =>
    change({
      operation: 'vmDiskRemove',
      input: { params: { vmId: vm.id, volumeId } },
      title: say('vm.removeDiskTitle', { name: vm.name, slot }),
      verb: say('vm.removeDisk', { slot }),
      ask: 'always',
      isDangerous: true,
    })
  const diskText = (slot: number, bus: DiskBus, volume: string): string => {
    const sizeMib = vm.diskSizesMib?.[volume]
    const facts = { slot, bus, volume }
    return sizeMib === undefined ? say('vm.disk', facts) : say('vm.diskSized', { ...facts, size: mebibytes(sizeMib) })
  }
  const rows = vm.hardware.disks.map(({ slot, bus, volumeId }) => ({
    key: volumeId,
    text: diskText(slot, bus, volumeId),
    remove: canChange ? (
      <Button size="small" danger onClick={() => remove(slot, volumeId)}>
        {say('vm.removeDisk', { slot })}
      </Button>
    ) : null,
  }))
  return <PartList title={say('vm.disks')} rows={rows} add={canChange ? <DiskAdd vm={vm} /> : null} />
}

interface PartAddProps<T extends object> {
  readonly verb: string
  readonly title: string
  readonly onSubmit: (fields: T) => void
  readonly children: ReactNode
}

/** What a new part is to be like is asked for first. */
function PartAdd<T extends object>({ verb, title, onSubmit, children }: PartAddProps<T>) {
  const { say } = useWords()
  const [isOpen, setOpen] = useState(false)
  const submit = (fields: T): void => {
    setOpen(false)
    onSubmit(fields)
  }
  return (
    <>
      <Button onClick={() => setOpen(true)}>{verb}</Button>
      <Modal open={isOpen} title={title} onCancel={() => setOpen(false)} footer={null} destroyOnHidden>
        <Form<T> layout="vertical" onFinish={submit}>
          {children}
          <Button type="primary" htmlType="submit">
            {say('form.continue')}
          </Button>
        </Form>
      </Modal>
    </>
  )
}

interface DiskFields {
  readonly sizeMib: number
  readonly bus?: DiskBus
}

function DiskAdd({ vm }: { readonly vm: Vm }) {
  const { say } = useWords()
  const change = useChange()
  const [title, verb] = [say('vm.addDiskTitle', { name: vm.name }), say('vm.addDisk')]
  const submit = ({ sizeMib, bus }: DiskFields): void =>
    change({
      operation: 'vmDiskAdd',
      input: { params: { vmId: vm.id }, body: { sizeMib, ...(bus === undefined ? {} : { bus }) } },
      title,
      verb,
      ask: 'always',
    })
  const buses = (['virtio', 'scsi', 'sata', 'ide'] as const).map((value) => ({
    value,
    label: say(`form.vm.diskBus.${value}`),
  }))
  return (
    <PartAdd<DiskFields> verb={verb} title={title} onSubmit={submit}>
      <Form.Item
        name="sizeMib"
        label={say('form.vm.diskMib')}
        rules={rulesOf(VmDiskAdd.properties.sizeMib, say, { isRequired: true })}
      >
        <InputNumber autoFocus />
      </Form.Item>
      <Form.Item name="bus" label={say('form.vm.bus')}>
        <Select allowClear placeholder={say('form.vm.busAuto')} options={buses} />
      </Form.Item>
    </PartAdd>
  )
}

function Nics({ vm }: { readonly vm: Vm }) {
  const { say } = useWords()
  const change = useChange()
  const canChange = isAllowed('edit', vm.state)
  const remove = (slot: number, mac: string): void =>
    change({
      operation: 'vmNicRemove',
      input: { params: { vmId: vm.id, mac } },
      title: say('vm.removeNicTitle', { name: vm.name, slot }),
      verb: say('vm.removeNic', { slot }),
      ask: 'always',
      isDangerous: true,
    })
  const rows = vm.hardware.nics.map(({ slot, model, mac, network }) => ({
    key: mac,
    text: say('vm.nic', { slot, model, mac, network }),
    remove: canChange ? (
      <Button size="small" danger onClick={() => remove(slot, mac)}>
        {say('vm.removeNic', { slot })}
      </Button>
    ) : null,
  }))
  return <PartList title={say('vm.nics')} rows={rows} add={canChange ? <NicAdd vm={vm} /> : null} />
}

interface NicFields {
  readonly model?: NicModel
}

function NicAdd({ vm }: { readonly vm: Vm }) {
  const { say } = useWords()
  const change = useChange()
  const [title, verb] = [say('vm.addNicTitle', { name: vm.name }), say('vm.addNic')]
  const submit = ({ model }: NicFields): void =>
    change({
      operation: 'vmNicAdd',
      input: { params: { vmId: vm.id }, body: model === undefined ? {} : { model } },
      title,
      verb,
      ask: 'always',
    })
  const models = (['virtio', 'virtio-multiqueue', 'e1000e'] as const).map((value) => ({
    value,
    label: say(`form.vm.nicModel.${value}`),
  }))
  return (
    <PartAdd<NicFields> verb={verb} title={title} onSubmit={submit}>
      <Form.Item name="model" label={say('form.vm.nicModel')}>
        <Select allowClear placeholder={say('form.vm.nicAuto')} options={models} />
      </Form.Item>
    </PartAdd>
  )
}

/** It has one at most. Its disc is changed by an action of its own, whether the VM runs or stands. */
function Cd({ vm }: { readonly vm: Vm }) {
  const { say } = useWords()
  const change = useChange()
  const images = useImages()
  const { cd } = vm.hardware
  const canChange = isAllowed('edit', vm.state)
  const [input, ask] = [{ params: { vmId: vm.id } }, 'always'] as const
  const add = (): void =>
    change({
      operation: 'vmCdAdd',
      input,
      title: say('vm.addCdTitle', { name: vm.name }),
      verb: say('vm.addCd'),
      ask,
    })
  const remove = (): void =>
    change({
      operation: 'vmCdRemove',
      input,
      title: say('vm.removeCdTitle', { name: vm.name }),
      verb: say('vm.removeCd'),
      ask,
      isDangerous: true,
    })
  const removal = canChange ? (
    <Button size="small" danger onClick={remove}>
      {say('vm.removeCd')}
    </Button>
  ) : null
  const rows = cd && [
    { key: 'cd', text: say('vm.cdText', { bus: cd.bus, disc: discText(say, cd, images) }), remove: removal },
  ]
  const canAdd = canChange && cd === undefined
  return (
    <PartList
      title={say('vm.cd')}
      rows={rows ?? []}
      add={canAdd ? <Button onClick={add}>{say('vm.addCd')}</Button> : null}
    />
  )
}
