import { Login } from '@viv/api'
import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import { logIn } from '../api/session.ts'
import { ErrorText } from '../components/ErrorText.tsx'
import { useWords } from '../words/words.ts'
import { rulesOf } from './field-rules.ts'

interface Fields {
  readonly userName: string
  readonly password: string
}

export function LoginForm() {
  const { say } = useWords()
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const submit = async ({ userName, password }: Fields): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      await logIn(userName, password)
    } catch (problem) {
      setError(problem)
      setBusy(false)
    }
  }
  const { userName, password } = Login.properties
  return (
    <Form<Fields> layout="vertical" requiredMark={false} onFinish={(fields) => void submit(fields)}>
      <Form.Item name="userName" label={say('login.user')} rules={rulesOf(userName, say, { isRequired: true })}>
        <Input autoComplete="username" autoFocus />
      </Form.Item>
      <Form.Item name="password" label={say('login.password')} rules={rulesOf(password, say, { isRequired: true })}>
        <Input.Password autoComplete="current-password" visibilityToggle={false} />
      </Form.Item>
      <ErrorText error={error} />
      <Button type="primary" htmlType="submit" loading={isBusy} block>
        {say('login.submit')}
      </Button>
    </Form>
  )
}
