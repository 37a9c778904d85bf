import { type Vm, VmUpdate } from '@viv/api'
import { isSamePolicy } from '@viv/common'
import { Button, Form, Input, InputNumber, Modal, Select } from 'antd'
import { useState } from 'react'
import { useChange } from '../components/change.tsx'
import { useWords } from '../words/words.ts'
import { AutostartFields } from './autostart-fields.tsx'
import { CrashPolicyFields } from './crash-policy-fields.tsx'
import { rulesOf } from './field-rules.ts'
import { MachineFields, type MachineValues, machineBody, machineChanges, machineValues } from './machine-fields.tsx'

interface Fields extends MachineValues {
  readonly name: string
  readonly notes: string
  readonly tags: string[]
  readonly cpus: number
  readonly memoryMib: number
  readonly autostart: Vm['autostart']
  readonly crashPolicy: Vm['crashPolicy']
}

/** Changes a VM's name, notes, tags, virtual hardware or start with its host; somebody else's change meanwhile is never lost: the revision that was read is sent. */
export function VmEdit({ vm }: { readonly vm: Vm }) {
  const { say } = useWords()
  const change = useChange()
  const [opened, setOpened] = useState<Vm>()
  const submit = ({ name, notes, tags, cpus, memoryMib, autostart, crashPolicy, ...machine }: Fields): void => {
    if (opened === undefined) return
    const body = {
      ...(name === opened.name ? {} : { name }),
      ...(notes === opened.notes ? {} : { notes: notes ?? '' }),
      ...(String(tags) === String(opened.tags) ? {} : { tags }),
      ...(cpus === opened.hardware.cpus ? {} : { cpus }),
      ...(memoryMib === opened.hardware.memoryMib ? {} : { memoryMib }),
      ...(isSameTurn(autostart, opened.autostart) ? {} : { autostart }),
      ...(isSamePolicy(crashPolicy, opened.crashPolicy) ? {} : { crashPolicy }),
      ...machineBody(machineChanges(machine, cpus, opened)),
    }
    setOpened(undefined)
    change({
      operation: 'vmUpdate',
      input: { params: { vmId: opened.id }, body, ifMatch: opened.revision },
      title: say('vm.editTitle', { name: opened.name }),
      verb: say('vm.save'),
      ask: 'always',
    })
  }
  return (
    <>
      <Button onClick={() => setOpened(vm)}>{say('vm.edit')}</Button>
      <Modal
        open={opened !== undefined}
        title={say('vm.editTitle', { name: vm.name })}
        onCancel={() => setOpened(undefined)}
        footer={null}
        destroyOnHidden
      >
        {opened === undefined ? null : (
          <Form<Fields> layout="vertical" initialValues={fieldsOf(opened)} onFinish={submit}>
            <Form.Item
              name="name"
              label={say('vm.name')}
              rules={rulesOf(VmUpdate.properties.name, say, { isRequired: true })}
            >
              <Input autoComplete="off" />
            </Form.Item>
            <Form.Item name="notes" label={say('vm.notes')} rules={rulesOf(VmUpdate.properties.notes, say)}>
              <Input.TextArea rows={4} />
            </Form.Item>
            <Form.Item name="tags" label={say('vm.tags')} extra={say('vm.tagsHelp')}>
              <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', ' ']} />
            </Form.Item>
            <Form.Item
              name="cpus"
              label={say('vm.cpus')}
              rules={rulesOf(VmUpdate.properties.cpus, say, { isRequired: true })}
            >
              <InputNumber />
            </Form.Item>
            <Form.Item
              name="memoryMib"
              label={say('form.vm.memory')}
              rules={rulesOf(VmUpdate.properties.memoryMib, say, { isRequired: true })}
            >
              <InputNumber />
            </Form.Item>
            <MachineFields hostId={opened.hostId} />
            <AutostartFields />
            <CrashPolicyFields />
            <Button type="primary" htmlType="submit">
              {say('form.continue')}
            </Button>
          </Form>
        )}
      </Modal>
    </>
  )
}

const isSameTurn = (a: Vm['autostart'], b: Vm['autostart']): boolean =>
  a.enabled === b.enabled && a.order === b.order && a.delaySeconds === b.delaySeconds

const fieldsOf = (vm: Vm): Fields => ({
  name: vm.name,
  notes: vm.notes,
  tags: vm.tags,
  cpus: vm.hardware.cpus,
  memoryMib: vm.hardware.memoryMib,
  autostart: vm.autostart,
  crashPolicy: vm.crashPolicy,
  ...machineValues(vm),
})
