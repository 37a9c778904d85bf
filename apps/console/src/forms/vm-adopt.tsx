import { type Task, VmAdopt as Body } from '@viv/api'
import { Button, Checkbox, Form, Input, Modal, Progress } from 'antd'
import { type ChangeEvent, useEffect, useId, useRef, useState } from 'react'
import { type ChosenPackage, openPackage, sendPackage, type SentSoFar } from '../api/adopt.ts'
import { useChange } from '../components/change.tsx'
import { ErrorText } from '../components/ErrorText.tsx'
import { paths } from '../util/paths.ts'
import { bytes } from '../util/quantities.ts'
import { navigate } from '../util/router.ts'
import { useWords } from '../words/words.ts'
import { rulesOf } from './field-rules.ts'

interface Fields {
  readonly name: string
  readonly start?: boolean
}

/** A packed VM from the person's own computer; nothing is kept of one that was cancelled, cut or left. */
export function VmAdopt() {
  const { say } = useWords()
  const change = useChange()
  const [isOpen, setOpen] = useState(false)
  const [sent, setSent] = useState<SentSoFar & { readonly totalBytes: number }>()
  const [error, setError] = useState<unknown>()
  const cut = useRef(new AbortController())
  useEffect(() => () => cut.current.abort(), [])
  const close = (): void => {
    cut.current.abort()
    setOpen(false)
    setSent(undefined)
    setError(undefined)
  }
  const send = async (chosen: ChosenPackage, task: Task): Promise<void> => {
    const { signal } = (cut.current = new AbortController())
    const totalBytes = chosen.sizeBytes
    setOpen(true)
    try {
      await sendPackage(chosen, task, (soFar) => setSent({ ...soFar, totalBytes }), signal)
      if (!signal.aborted) navigate(paths.vm(task.target.id))
    } catch (problem) {
      setSent(undefined)
      // Whoever closed it, or cancelled its task, knows why.
      if (!signal.aborted && !isAbort(problem)) setError(problem)
    }
  }
  const submit = (chosen: ChosenPackage, { name, start = false }: Fields): void => {
    setOpen(false)
    setError(undefined)
    change({
      operation: 'vmAdopt',
      input: { body: { package: chosen.description, name, start } },
      title: say('vm.adopt'),
      verb: say('vm.adopt'),
      ask: 'always',
      onDone: (task) => void send(chosen, task as Task),
    })
  }
  return (
    <>
      <Button onClick={() => setOpen(true)}>{say('vm.adopt')}</Button>
      <Modal
        open={isOpen}
        title={say('vm.adopt')}
        onCancel={close}
        footer={null}
        destroyOnHidden
        mask={{ closable: false }}
      >
        {sent === undefined ? (
          <AdoptForm onSubmit={submit} />
        ) : (
          <>
            <Sent {...sent} />
            <div className="modal-end">
              <Button onClick={close}>{say('app.cancel')}</Button>
            </div>
          </>
        )}
        <ErrorText error={error} />
      </Modal>
    </>
  )
}

const isAbort = (problem: unknown): boolean => problem instanceof DOMException && problem.name === 'AbortError'

function Sent({ part, sentBytes, totalBytes }: SentSoFar & { readonly totalBytes: number }) {
  const { say } = useWords()
  const percent = Math.floor((sentBytes / Math.max(1, totalBytes)) * 100)
  return (
    <div role="status">
      <Progress percent={percent} aria-label={say('vm.adopt')} status="active" />
      {sentBytes >= totalBytes
        ? say('vm.adoptSent')
        : say('vm.adoptSending', { part, sent: bytes(sentBytes), total: bytes(totalBytes) })}
    </div>
  )
}

interface AdoptFormProps {
  readonly onSubmit: (chosen: ChosenPackage, fields: Fields) => void
}

function AdoptForm({ onSubmit }: AdoptFormProps) {
  const { say } = useWords()
  const [form] = Form.useForm<Fields>()
  const [chosen, setChosen] = useState<ChosenPackage>()
  const [isMissing, setMissing] = useState(false)
  const [error, setError] = useState<unknown>()
  const folderId = useId()
  const choose = async ({ target }: ChangeEvent<HTMLInputElement>): Promise<void> => {
    setChosen(undefined)
    setMissing(false)
    setError(undefined)
    try {
      const opened = await openPackage([...(target.files ?? [])])
      setChosen(opened)
      // Whoever was quicker than the file has said another.
      if (!form.isFieldTouched('name')) form.setFieldsValue({ name: opened.description.name })
    } catch (problem) {
      setError(problem)
    }
  }
  const submit = (fields: Fields): void => {
    if (chosen === undefined) setMissing(true)
    else onSubmit(chosen, fields)
  }
  return (
    <Form<Fields> form={form} layout="vertical" onFinish={submit}>
      <div className="form-file">
        <label htmlFor={folderId}>{say('vm.adoptFolder')}</label>
        <input
          id={folderId}
          type="file"
          multiple
          // React knows no such attribute; a browser without it lets the files be chosen instead.
          {...{ webkitdirectory: '' }}
          onChange={(event) => void choose(event)}
          aria-invalid={isMissing || error !== undefined}
        />
        {isMissing ? <span role="alert">{say('form.required')}</span> : null}
        {chosen === undefined ? null : (
          <span role="status">{say('vm.adoptFiles', { count: chosen.files.size, size: bytes(chosen.sizeBytes) })}</span>
        )}
        <ErrorText error={error} />
      </div>
      <Form.Item name="name" label={say('vm.name')} rules={rulesOf(Body.properties.name, say, { isRequired: true })}>
        <Input autoComplete="off" />
      </Form.Item>
      <Form.Item name="start" valuePropName="checked">
        <Checkbox>{say('form.vm.start')}</Checkbox>
      </Form.Item>
      <Button type="primary" htmlType="submit">
        {say('form.continue')}
      </Button>
    </Form>
  )
}
