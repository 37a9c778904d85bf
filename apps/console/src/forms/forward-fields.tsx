import { PortForward } from '@viv/common'
import { Button, Form, InputNumber, Select } from 'antd'
import { useWords } from '../words/words.ts'
import { rulesOf } from './field-rules.ts'

export type ForwardValue = {
  readonly protocol: 'tcp' | 'udp'
  readonly bind: 'loopback' | 'any'
  readonly hostPort: number
  readonly guestPort: number
}

const { hostPort, guestPort } = PortForward.properties

/** Ports of the host that lead into the guest; none to begin with. */
export function ForwardFields() {
  const { say } = useWords()
  return (
    <Form.List name="forwards">
      {(fields, { add, remove }) => (
        <>
          {fields.map(({ key, name }) => (
            <div className="form-row" key={key}>
              <Form.Item
                name={[name, 'hostPort']}
                label={say('form.vm.hostPort')}
                rules={rulesOf(hostPort, say, { isRequired: true })}
              >
                <InputNumber />
              </Form.Item>
              <Form.Item
                name={[name, 'guestPort']}
                label={say('form.vm.guestPort')}
                rules={rulesOf(guestPort, say, { isRequired: true })}
              >
                <InputNumber />
              </Form.Item>
              <Form.Item name={[name, 'protocol']} label={say('form.vm.protocol')}>
                <Select
                  options={[
                    { value: 'tcp', label: 'TCP' },
                    { value: 'udp', label: 'UDP' },
                  ]}
                />
              </Form.Item>
              <Form.Item name={[name, 'bind']} label={say('form.vm.bind')}>
                <Select
                  options={[
                    { value: 'loopback', label: say('form.vm.bindLoopback') },
                    { value: 'any', label: say('form.vm.bindAny') },
                  ]}
                />
              </Form.Item>
              <Button className="form-row-end" onClick={() => remove(name)}>
                {say('form.vm.removeForward')}
              </Button>
            </div>
          ))}
          <Button onClick={() => add({ protocol: 'tcp', bind: 'loopback' })}>{say('form.vm.forward')}</Button>
        </>
      )}
    </Form.List>
  )
}
