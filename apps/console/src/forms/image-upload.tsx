import { type ImageKind, Name } from '@viv/api'
import { Button, Form, Input, Modal, Progress, Select } from 'antd'
import { type ChangeEvent, useId, useRef, useState } from 'react'
import { uploadImage } from '../api/upload.ts'
import { ErrorText } from '../components/ErrorText.tsx'
import { bytes } from '../util/quantities.ts'
import { useWords } from '../words/words.ts'
import { rulesOf } from './field-rules.ts'

interface Fields {
  readonly name: string
  readonly kind: ImageKind
  readonly format: 'qcow2' | 'raw'
}

interface Sending {
  readonly sentBytes: number
  readonly totalBytes: number
}

/** An image from the person's own computer, streamed in; nothing is kept of one that was cancelled or cut. */
export function ImageUpload() {
  const { say } = useWords()
  const [isOpen, setOpen] = useState(false)
  const [sending, setSending] = useState<Sending>()
  const [error, setError] = useState<unknown>()
  const [doneName, setDoneName] = useState<string>()
  const cut = useRef(new AbortController())
  const close = (): void => {
    cut.current.abort()
    setOpen(false)
    setSending(undefined)
    setError(undefined)
    setDoneName(undefined)
  }
  const send = async (file: File, fields: Fields): Promise<void> => {
    cut.current = new AbortController()
    const totalBytes = file.size
    setError(undefined)
    setSending({ sentBytes: 0, totalBytes })
    try {
      const onProgress = (sentBytes: number): void => setSending({ sentBytes, totalBytes })
      const image = await uploadImage(file, fields, onProgress, cut.current.signal)
      setDoneName(image.name)
    } catch (problem) {
      if (!cut.current.signal.aborted) setError(problem)
    }
    setSending(undefined)
  }
  return (
    <>
      <Button type="primary" onClick={() => setOpen(true)}>
        {say('image.upload')}
      </Button>
      <Modal
        open={isOpen}
        title={say('image.upload')}
        onCancel={close}
        footer={null}
        destroyOnHidden
        mask={{ closable: false }}
      >
        {doneName === undefined ? (
          <UploadForm isBusy={sending !== undefined} onSend={(file, fields) => void send(file, fields)} />
        ) : (
          <p role="status">{say('image.uploaded', { name: doneName })}</p>
        )}
        {sending === undefined ? null : <Sent {...sending} />}
        <ErrorText error={error} />
        {doneName === undefined && sending === undefined ? null : (
          <div className="modal-end">
            <Button onClick={close}>{say(doneName === undefined ? 'app.cancel' : 'app.close')}</Button>
          </div>
        )}
      </Modal>
    </>
  )
}

function Sent({ sentBytes, totalBytes }: Sending) {
  const { say } = useWords()
  const sent = bytes(sentBytes)
  return (
    <div role="status">
      <Progress
        percent={Math.floor((sentBytes / Math.max(1, totalBytes)) * 100)}
        aria-label={say('image.upload')}
        status="active"
      />
      {sentBytes >= totalBytes ? say('image.checking') : say('image.uploading', { sent, total: bytes(totalBytes) })}
    </div>
  )
}

interface UploadFormProps {
  readonly isBusy: boolean
  readonly onSend: (file: File, fields: Fields) => void
}

function UploadForm({ isBusy, onSend }: UploadFormProps) {
  const { say, name } = useWords()
  const [form] = Form.useForm<Fields>()
  const [file, setFile] = useState<File>()
  const [isMissing, setMissing] = useState(false)
  const fileId = useId()
  const choose = (event: ChangeEvent<HTMLInputElement>): void => {
    const [chosen] = event.target.files ?? []
    setFile(chosen)
    setMissing(false)
    if (chosen === undefined) return
    form.setFieldsValue(guess(chosen.name))
    // By its content, whatever it is called.
    void isIso(chosen).then((is) => is && form.setFieldsValue({ kind: 'iso', format: 'raw' }))
  }
  const submit = (fields: Fields): void => {
    if (file === undefined) setMissing(true)
    else onSend(file, fields)
  }
  return (
    <Form
      form={form}
      layout="vertical"
      disabled={isBusy}
      initialValues={{ kind: 'disk', format: 'qcow2' }}
      onFinish={submit}
    >
      <div className="form-file">
        <label htmlFor={fileId}>{say('image.file')}</label>
        <input id={fileId} type="file" disabled={isBusy} onChange={choose} aria-invalid={isMissing} />
        {isMissing ? <span role="alert">{say('form.required')}</span> : null}
      </div>
      <Form.Item name="name" label={say('image.name')} rules={rulesOf(Name, say, { isRequired: true })}>
        <Input autoComplete="off" />
      </Form.Item>
      <div className="form-row">
        <Form.Item name="kind" label={say('image.kind')}>
          <Select
            options={(['disk', 'kernel', 'initrd', 'iso'] as const).map((kind) => ({
              value: kind,
              label: name('image.kind', kind),
            }))}
          />
        </Form.Item>
        <Form.Item name="format" label={say('image.format')}>
          <Select options={['qcow2', 'raw'].map((format) => ({ value: format, label: format }))} />
        </Form.Item>
      </div>
      <Button type="primary" htmlType="submit" loading={isBusy}>
        {say('image.uploadStart')}
      </Button>
    </Form>
  )
}

/** ISO 9660: its name is in the volume descriptor. */
const ISO_AT = 16 * 2048 + 1
const isIso = async (file: File): Promise<boolean> => (await file.slice(ISO_AT, ISO_AT + 5).text()) === 'CD001'

/** A name and a format from the file's own name; both can be changed. */
function guess(fileName: string): Pick<Fields, 'name' | 'format'> {
  const name = fileName
    .replace(/\.(qcow2|raw|img|iso)$/i, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replaceAll(/^[._-]+|[._-]+$/g, '')
    .slice(0, 63)
  return { name, format: /\.(raw|img)$/i.test(fileName) ? 'raw' : 'qcow2' }
}
