import { type Token, TokenCreate } from '@viv/api'
import { Button, Form, Input, InputNumber, Modal } from 'antd'
import { useState } from 'react'
import { useChange } from '../components/change.tsx'
import { useWords } from '../words/words.ts'
import { rulesOf } from './field-rules.ts'

interface Fields {
  readonly name: string
  readonly days?: number | null
}

/** Makes a token, and shows its secret this once. */
export function TokenCreateForm({ onMade }: { readonly onMade: () => void }) {
  const { say } = useWords()
  const change = useChange()
  const [isOpen, setOpen] = useState(false)
  const [made, setMade] = useState<Token>()
  const submit = ({ name, days }: Fields): void => {
    setOpen(false)
    change({
      operation: 'tokenCreate',
      input: { body: { name, ...(days === undefined || days === null ? {} : { days }) } },
      title: say('token.create'),
      verb: say('token.create'),
      ask: 'always',
      onDone: (token) => {
        setMade(token as Token)
        onMade()
      },
    })
  }
  return (
    <>
      <Button type="primary" onClick={() => setOpen(true)}>
        {say('token.create')}
      </Button>
      <Modal open={isOpen} title={say('token.create')} onCancel={() => setOpen(false)} footer={null} destroyOnHidden>
        <Form<Fields> layout="vertical" onFinish={submit}>
          <Form.Item
            name="name"
            label={say('token.name')}
            rules={rulesOf(TokenCreate.properties.name, say, { isRequired: true })}
          >
            <Input autoComplete="off" autoFocus />
          </Form.Item>
          <Form.Item
            name="days"
            label={say('token.days')}
            extra={say('token.daysHelp')}
            rules={rulesOf(TokenCreate.properties.days, say)}
          >
            <InputNumber />
          </Form.Item>
          <Button type="primary" htmlType="submit">
            {say('form.continue')}
          </Button>
        </Form>
      </Modal>
      <Secret token={made} onClose={() => setMade(undefined)} />
    </>
  )
}

function Secret({ token, onClose }: { readonly token: Token | undefined; readonly onClose: () => void }) {
  const { say } = useWords()
  const [isCopied, setCopied] = useState(false)
  const secret = token?.secret ?? ''
  const copy = (): void => {
    // Refused without the person's leave: then it is copied by hand.
    navigator.clipboard.writeText(secret).then(
      () => setCopied(true),
      () => undefined,
    )
  }
  return (
    <Modal
      open={token !== undefined}
      title={say('token.secret', { name: token?.name ?? '' })}
      onCancel={onClose}
      footer={<Button onClick={onClose}>{say('app.close')}</Button>}
    >
      <p>{say('token.secretOnce')}</p>
      <div className="secret">
        <Input readOnly value={secret} aria-label={say('token.secret', { name: token?.name ?? '' })} />
        <Button onClick={copy}>{say(isCopied ? 'app.copied' : 'app.copy')}</Button>
      </div>
    </Modal>
  )
}
