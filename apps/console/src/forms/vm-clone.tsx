import { type Vm, VmClone as Body } from '@viv/api'
import { Button, Checkbox, Form, Input, InputNumber, Modal } from 'antd'
import { useState } from 'react'
import { useChange } from '../components/change.tsx'
import { paths } from '../util/paths.ts'
import { navigate } from '../util/router.ts'
import { useWords } from '../words/words.ts'
import { rulesOf } from './field-rules.ts'
import { ForwardFields, type ForwardValue } from './forward-fields.tsx'

interface Fields {
  readonly name: string
  readonly cpus: number
  readonly memoryMib: number
  readonly forwards?: readonly ForwardValue[]
  readonly start?: boolean
}

const { properties } = Body

/** A new VM with a full copy of every disk; what that takes is shown before. */
export function VmClone({ vm }: { readonly vm: Vm }) {
  const { say } = useWords()
  const change = useChange()
  const [isOpen, setOpen] = useState(false)
  const title = say('vm.cloneTitle', { name: vm.name })
  const submit = ({ name, cpus, memoryMib, forwards = [], start = false }: Fields): void => {
    setOpen(false)
    change({
      operation: 'vmClone',
      input: { params: { vmId: vm.id }, body: { name, cpus, memoryMib, forwards: [...forwards], start } },
      title,
      verb: say('action.clone'),
      ask: 'always',
      onDone: (task) => navigate(paths.vm((task as { target: { id: string } }).target.id)),
    })
  }
  const { cpus, memoryMib } = vm.hardware
  return (
    <>
      <Button onClick={() => setOpen(true)}>{say('action.clone')}</Button>
      <Modal open={isOpen} title={title} onCancel={() => setOpen(false)} footer={null} destroyOnHidden>
        <Form<Fields> layout="vertical" initialValues={{ cpus, memoryMib }} onFinish={submit}>
          <Form.Item name="name" label={say('vm.name')} rules={rulesOf(properties.name, say, { isRequired: true })}>
            <Input autoFocus autoComplete="off" />
          </Form.Item>
          <Form.Item name="cpus" label={say('vm.cpus')} rules={rulesOf(properties.cpus, say, { isRequired: true })}>
            <InputNumber />
          </Form.Item>
          <Form.Item
            name="memoryMib"
            label={say('form.vm.memory')}
            rules={rulesOf(properties.memoryMib, say, { isRequired: true })}
          >
            <InputNumber />
          </Form.Item>
          <ForwardFields />
          <Form.Item name="start" valuePropName="checked">
            <Checkbox>{say('form.vm.start')}</Checkbox>
          </Form.Item>
          <Button type="primary" htmlType="submit">
            {say('form.continue')}
          </Button>
        </Form>
      </Modal>
    </>
  )
}
