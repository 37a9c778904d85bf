import { type Vm, VmUpdate } from '@viv/api'
import { Button, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { useChange } from '../components/change.tsx'
import { useWords } from '../words/words.ts'
import { rulesOf } from './field-rules.ts'

interface Fields {
  readonly name: string
  readonly notes: string
}

/** Renames a VM or changes its notes; somebody else's change meanwhile is never lost: the revision that was read is sent. */
export function VmEdit({ vm }: { readonly vm: Vm }) {
  const { say } = useWords()
  const change = useChange()
  const [opened, setOpened] = useState<Vm>()
  const submit = ({ name, notes }: Fields): void => {
    if (opened === undefined) return
    const body = {
      ...(name === opened.name ? {} : { name }),
      ...(notes === opened.notes ? {} : { notes: notes ?? '' }),
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
          <Form<Fields> layout="vertical" initialValues={{ name: opened.name, notes: opened.notes }} onFinish={submit}>
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
            <Button type="primary" htmlType="submit">
              {say('form.continue')}
            </Button>
          </Form>
        )}
      </Modal>
    </>
  )
}
