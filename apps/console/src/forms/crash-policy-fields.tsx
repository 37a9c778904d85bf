import { Form, Select } from 'antd'
import { useWords } from '../words/words.ts'

/** What its host does when it crashes. */
export function CrashPolicyFields() {
  const { say } = useWords()
  const options = (names: readonly ('keep' | 'restart' | 'stop')[]) =>
    names.map((value) => ({ value, label: say(`vm.crash.${value}`) }))
  return (
    <>
      <Form.Item name={['crashPolicy', 'guest']} label={say('form.vm.crashGuest')}>
        <Select options={options(['keep', 'restart', 'stop'])} />
      </Form.Item>
      <Form.Item name={['crashPolicy', 'qemu']} label={say('form.vm.crashQemu')}>
        <Select options={options(['keep', 'restart'])} />
      </Form.Item>
      <Form.Item name={['crashPolicy', 'watchdog']} label={say('form.vm.crashWatchdog')}>
        <Select options={options(['keep', 'restart', 'stop'])} />
      </Form.Item>
    </>
  )
}
