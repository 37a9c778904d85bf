import { Form, InputNumber, Switch } from 'antd'
import { VmAutostart } from '@viv/common'
import { useWords } from '../words/words.ts'
import { rulesOf } from './field-rules.ts'

/** Whether the VM starts with its host, and when. Its place in the line counts only where it does. */
export function AutostartFields() {
  const { say } = useWords()
  const form = Form.useFormInstance()
  const isEnabled = Form.useWatch(['autostart', 'enabled'], form) === true
  const { order, delaySeconds } = VmAutostart.properties
  return (
    <>
      <Form.Item name={['autostart', 'enabled']} label={say('vm.autostart')} valuePropName="checked">
        <Switch />
      </Form.Item>
      <Form.Item
        name={['autostart', 'order']}
        label={say('form.vm.autostartOrder')}
        extra={say('form.vm.autostartOrderHelp')}
        rules={rulesOf(order, say, { isRequired: true })}
        hidden={!isEnabled}
      >
        <InputNumber />
      </Form.Item>
      <Form.Item
        name={['autostart', 'delaySeconds']}
        label={say('form.vm.autostartDelay')}
        extra={say('form.vm.autostartDelayHelp')}
        rules={rulesOf(delaySeconds, say, { isRequired: true })}
        hidden={!isEnabled}
      >
        <InputNumber />
      </Form.Item>
    </>
  )
}
