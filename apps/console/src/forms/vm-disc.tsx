import type { Vm } from '@viv/api'
import { Button, Checkbox, Form, Modal, Select } from 'antd'
import { useState } from 'react'
import { imageList } from '../api/lists.ts'
import { rowsOf, useList } from '../api/use-list.ts'
import { useChange } from '../components/change.tsx'
import { useWords } from '../words/words.ts'

interface Fields {
  /** None: the drive is to be empty. */
  readonly imageId: string
  readonly force?: boolean
}

/** Changes or ejects the disc of a VM's CD drive; one that stands gets a drive where it has none. */
export function VmDisc({ vm }: { readonly vm: Vm }) {
  const { say } = useWords()
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setOpen(true)}>{say('action.changeDisc')}</Button>
      <Modal
        open={isOpen}
        title={say('action.changeDisc.title', { name: vm.name })}
        onCancel={() => setOpen(false)}
        footer={null}
        destroyOnHidden
      >
        <DiscForm vm={vm} onDone={() => setOpen(false)} />
      </Modal>
    </>
  )
}

function DiscForm({ vm, onDone }: { readonly vm: Vm; readonly onDone: () => void }) {
  const { say } = useWords()
  const change = useChange()
  const images = useList(imageList({ kind: 'iso', sort: 'name' }))
  const submit = ({ imageId, force }: Fields): void => {
    onDone()
    const body = { ...(imageId === '' ? {} : { imageId }), ...(force === true ? { force } : {}) }
    change({
      operation: 'vmChangeDisc',
      input: { params: { vmId: vm.id }, body },
      title: say('action.changeDisc.title', { name: vm.name }),
      verb: say('action.changeDisc'),
      ask: 'ifNeeded',
    })
  }
  const now = vm.hardware.cd?.disc?.imageId
  return (
    <Form<Fields> layout="vertical" initialValues={{ imageId: now ?? '' }} onFinish={submit}>
      <Form.Item
        name="imageId"
        label={say('vm.cd.disc')}
        help={images.total === 0 ? say('vm.cd.noImages') : undefined}
        extra={say('vm.cd.help')}
      >
        <Select
          options={[
            { value: '', label: say('vm.cd.empty') },
            ...rowsOf(images).map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
      </Form.Item>
      <Form.Item name="force" valuePropName="checked">
        <Checkbox>{say('vm.cd.force')}</Checkbox>
      </Form.Item>
      <Button type="primary" htmlType="submit">
        {say('form.continue')}
      </Button>
    </Form>
  )
}
