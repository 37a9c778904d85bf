import { type Image, VmCreate } from '@viv/api'
import { GUEST_SYSTEM_NAMES, guestOf, type GuestSystem } from '@viv/common'
import { Button, Checkbox, Form, Input, InputNumber, Select } from 'antd'
import { rowsOf, useList } from '../api/use-list.ts'
import { hostList, imageList } from '../api/lists.ts'
import { useChange } from '../components/change.tsx'
import { guestText } from '../components/VmFacts.tsx'
import { paths } from '../util/paths.ts'
import { bytes } from '../util/quantities.ts'
import { navigate } from '../util/router.ts'
import type { Say } from '../words/say.ts'
import { useWords } from '../words/words.ts'
import { rulesOf } from './field-rules.ts'
import { ForwardFields, type ForwardValue } from './forward-fields.tsx'
import { MachineFields, machineBody, type MachineValues } from './machine-fields.tsx'

interface Fields extends MachineValues, Pick<VmCreate, 'machine' | 'diskBus' | 'nicModel' | 'guestSystem'> {
  readonly name: string
  readonly imageId?: string
  /** An ISO image, or `empty`. */
  readonly cd?: string
  readonly imageUse: 'overlay' | 'copy'
  readonly cpus: number
  readonly memoryMib: number
  readonly diskMib?: number
  readonly hostId?: string
  readonly accelerator?: VmCreate['accelerator']
  readonly notes?: string
  readonly forwards?: readonly ForwardValue[]
  readonly start?: boolean
}

const FIRST = { imageUse: 'overlay', cpus: 1, memoryMib: 512, start: true } as const
const { properties } = VmCreate
const EMPTY = 'empty'
/** Room for a system that is installed from a CD. */
const INSTALL_MIB = 20 * 1024

/** A VM from an image, or a CD. What it would do is shown before it is made. */
export function VmCreateForm({ imageId, cd }: { readonly imageId?: string; readonly cd?: string }) {
  const { say } = useWords()
  const change = useChange()
  const [form] = Form.useForm<Fields>()
  const chosenCd = Form.useWatch('cd', form)
  const needsImage = chosenCd === undefined || chosenCd === EMPTY
  const hosts = useList(hostList({ sort: 'name' }))
  const submit = (fields: Fields): void =>
    change({
      operation: 'vmCreate',
      input: { body: bodyOf(fields) },
      title: say('form.vm.title'),
      verb: say('vm.create'),
      ask: 'always',
      onDone: (task) => navigate(paths.vm((task as { target: { id: string } }).target.id)),
    })
  const initial = {
    ...FIRST,
    ...(imageId === undefined ? {} : { imageId }),
    ...(cd === undefined ? {} : { cd, diskMib: INSTALL_MIB }),
  }
  return (
    <Form<Fields>
      form={form}
      layout="vertical"
      className="form"
      initialValues={initial}
      onFinish={submit}
      scrollToFirstError
    >
      <Form.Item
        name="name"
        label={say('vm.name')}
        required
        rules={rulesOf(properties.name, say, { isRequired: true })}
      >
        <Input autoFocus autoComplete="off" maxLength={80} />
      </Form.Item>
      <ImageField needsImage={needsImage} />
      <Form.Item name="imageUse" label={say('form.vm.imageUse')}>
        <Select
          options={[
            { value: 'overlay', label: say('form.vm.overlay') },
            { value: 'copy', label: say('form.vm.copy') },
          ]}
        />
      </Form.Item>
      <CdField />
      <Form.Item name="guestSystem" label={say('vm.guestSystem')} extra={say('form.vm.guestHelp')}>
        <Select
          allowClear
          onChange={(system: GuestSystem | undefined) => form.setFieldsValue(sizeFor(system))}
          options={GUEST_SYSTEM_NAMES.map((value) => ({ value, label: guestText(say, value) }))}
        />
      </Form.Item>
      <div className="form-row">
        <Form.Item
          name="cpus"
          label={say('vm.cpus')}
          required
          rules={rulesOf(properties.cpus, say, { isRequired: true })}
        >
          <InputNumber />
        </Form.Item>
        <Form.Item
          name="memoryMib"
          label={say('form.vm.memory')}
          required
          rules={rulesOf(properties.memoryMib, say, { isRequired: true })}
        >
          <InputNumber step={128} />
        </Form.Item>
        <Form.Item
          name="diskMib"
          label={say('form.vm.diskMib')}
          rules={rulesOf(properties.diskMib, say)}
          extra={say('form.vm.diskHelp')}
        >
          <InputNumber step={1024} />
        </Form.Item>
      </div>
      <Form.Item name="hostId" label={say('vm.host')}>
        <Select
          allowClear
          placeholder={say('form.vm.hostAuto')}
          options={rowsOf(hosts).map(({ id, name }) => ({ value: id, label: name }))}
        />
      </Form.Item>
      <Form.Item name="accelerator" label={say('vm.accelerator')}>
        <Select
          allowClear
          placeholder={say('form.vm.acceleratorAuto')}
          options={(['kvm', 'any', 'translate'] as const).map((value) => ({
            value,
            label: say(`form.vm.accelerator.${value}`),
          }))}
        />
      </Form.Item>
      <MachineFields isNew />
      <Form.Item label={say('vm.forwards')}>
        <ForwardFields />
      </Form.Item>
      <Form.Item name="notes" label={say('vm.notes')} rules={rulesOf(properties.notes, say)}>
        <Input.TextArea rows={2} />
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

function ImageField({ needsImage }: { readonly needsImage: boolean }) {
  const { say } = useWords()
  const images = useList(imageList({ kind: 'disk', sort: 'name' }))
  return (
    <Form.Item
      name="imageId"
      label={say('vm.image')}
      required={needsImage}
      rules={needsImage ? rulesOf({}, say, { isRequired: true }) : []}
      help={images.total === 0 ? say('form.vm.noImages') : undefined}
      extra={say('form.vm.imageHelp')}
    >
      <Select
        allowClear
        options={rowsOf(images).map((image) => ({ value: image.id, label: imageLabel(image, say) }))}
      />
    </Form.Item>
  )
}

function CdField() {
  const { say } = useWords()
  const isos = useList(imageList({ kind: 'iso', sort: 'name' }))
  return (
    <Form.Item name="cd" label={say('vm.cd')} extra={say('form.vm.cdHelp')}>
      <Select
        allowClear
        placeholder={say('app.none')}
        options={[
          { value: EMPTY, label: say('vm.cd.empty') },
          ...rowsOf(isos).map(({ id, name }) => ({ value: id, label: name })),
        ]}
      />
    </Form.Item>
  )
}

/** What the form has filled in from the start is never unsaid: it follows the guest where people can see it. */
function sizeFor(system: GuestSystem | undefined): Pick<Fields, 'cpus' | 'memoryMib'> {
  const { cpus = FIRST.cpus, memoryMib = FIRST.memoryMib } = system === undefined ? {} : guestOf(system).defaults
  return { cpus, memoryMib }
}

/** Only what was filled in: an empty field means what the contract says if nothing is said. */
function bodyOf({ forwards, cd, ...all }: Fields): VmCreate {
  const fields = { ...machineBody(all), ...(cd ? { cd: cd === EMPTY ? {} : { imageId: cd } } : {}), ...firstDisk(all) }
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== '')
  const body = Object.fromEntries(given) as unknown as VmCreate
  return forwards === undefined || forwards.length === 0 ? body : { ...body, forwards: [...forwards] }
}

/** Without an image it is an empty one. */
function firstDisk({ imageId, diskMib }: Fields): object {
  if (imageId) return {}
  return { imageUse: undefined, diskMib: undefined, ...(diskMib ? { disks: [{ sizeMib: diskMib }] } : {}) }
}

function imageLabel({ name, state, virtualSizeBytes }: Image, say: Say): string {
  const size = virtualSizeBytes === undefined ? '' : `, ${bytes(virtualSizeBytes)}`
  return `${name} (${say(`imageState.${state}`)}${size})`
}
