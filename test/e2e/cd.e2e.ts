import { join } from 'node:path'
import type { Image, Vm } from '@viv/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { Installation } from '../support/installation.ts'
import { cutOff, writeIso } from '../support/iso.ts'
import { Serial } from '../support/serial.ts'
import { upload } from '../support/upload.ts'

let viv: Installation
let first: Image
let second: Image
beforeAll(async () => {
  viv = await Installation.create()
  first = await iso('first')
  second = await iso('second')
})
afterAll(() => viv?.[Symbol.asyncDispose]())

const params = ({ id }: Vm) => ({ params: { vmId: id } })
const get = (vm: Vm): Promise<Vm> => viv.client.vmGet(params(vm))
const change = (vm: Vm, body: { imageId?: string; force?: boolean }) =>
  viv.client.vmChangeDisc({ ...params(vm), body, query: { wait: '30' } })
const deleted = (image: Image) => viv.client.imageDelete({ params: { imageId: image.id }, query: { wait: '30' } })

async function iso(name: string): Promise<Image> {
  const file = await writeIso(join(viv.root, `${name}.iso`), `this is ${name}\n`)
  const answer = await upload(viv.root, { name, kind: 'iso' }, file)
  if (answer === 'cut' || answer.status !== 201) throw new Error(`not added: ${JSON.stringify(answer)}`)
  return answer.body
}

const MOUNT = 'mount -t iso9660 -o ro /dev/sr0 /mnt'

test('an ISO image is told by its content, and is no disk', async () => {
  expect(first).toMatchObject({ kind: 'iso', format: 'raw', state: 'ready' })
  const file = join(viv.root, 'first.iso')
  const asDisk = await upload(viv.root, { name: 'wrong' }, file)
  expect(asDisk).toMatchObject({ body: { blockers: [{ reason: 'image_format' }] } })
  const forced = await upload(viv.root, { name: 'forced', kind: 'disk', format: 'raw' }, file)
  expect(forced).toMatchObject({ status: 201, body: { kind: 'disk' } })
  await cutOff(await writeIso(join(viv.root, 'cut.iso'), 'x'.repeat(2 ** 20)), 2 ** 19)
  const cut = await upload(viv.root, { name: 'cut', kind: 'iso' }, join(viv.root, 'cut.iso'))
  expect(cut).toMatchObject({ body: { blockers: [{ reason: 'image_format' }] } })
  const body = { name: 'none', imageId: first.id }
  await expect(viv.client.vmCreate({ body })).rejects.toMatchObject({
    body: { blockers: [{ reason: 'image_is_iso', fix: { body: { cd: { imageId: first.id }, disks: [{}] } } }] },
  })
})

test('a guest reads its disc, gets another one, keeps a mounted one, and can be made to give it up', async () => {
  // The built-in image has drivers for the older machine's controller alone.
  const vm = await viv.vmCreate('reader', { machine: 'pc', cd: { imageId: first.id }, start: true })
  await expect(deleted(first)).rejects.toMatchObject({ body: { blockers: [{ reason: 'image_in_drive' }] } })
  {
    using serial = await Serial.open(viv.root, vm.id)
    await serial.logIn()
    serial.type(`${MOUNT} && cat /mnt/note.txt\r`)
    await serial.expect('this is first')
    // It is mounted: the guest holds on to it, and nothing has changed.
    expect(await change(vm, { imageId: second.id })).toMatchObject({
      state: 'failed',
      error: { blockers: [{ reason: 'disc_locked' }] },
    })
    expect((await get(vm)).hardware.cd?.disc?.imageId).toBe(first.id)
    serial.type('echo 3 > /proc/sys/vm/drop_caches; cat /mnt/note.txt; echo st""ill\r')
    await serial.expect('this is first')
    await serial.expect('still')
    expect(await change(vm, { imageId: second.id, force: true })).toMatchObject({ state: 'succeeded' })
    serial.type(`umount -l /mnt; ${MOUNT}; cat /mnt/note.txt; umount /mnt; echo un""mounted\r`)
    await serial.expect('this is second')
    await serial.expect('unmounted')
  }
  // Another agent knows of it, and the machine that is hibernated has it when it wakes.
  await viv.kill('agent')
  await viv.startAgent()
  await viv.hostKnown()
  expect(await deleted(first)).toMatchObject({ state: 'succeeded' })
  await viv.follow(await viv.client.vmHibernate(params(vm)))
  await expect(change(vm, {})).rejects.toMatchObject({ body: { blockers: [{ reason: 'vm_state' }] } })
  await viv.follow(await viv.client.vmStart(params(vm)))
  {
    using serial = await Serial.open(viv.root, vm.id)
    serial.type(`\r${MOUNT}; cat /mnt/note.txt; umount /mnt; echo un""mounted\r`)
    await serial.expect('this is second')
    await serial.expect('unmounted')
    expect(await change(vm, {})).toMatchObject({ state: 'succeeded' })
    serial.type(`${MOUNT} || echo em""pty\r`)
    await serial.expect('empty')
  }
  await viv.follow(await viv.client.vmStop({ ...params(vm), body: { mode: 'force' } }))
  // One that stands: written down, and there at the next start; a copy has it too.
  expect(await change(vm, { imageId: second.id })).toMatchObject({ state: 'succeeded' })
  const copy = await viv.follow(await viv.client.vmClone({ ...params(vm), body: { name: 'copy' } }))
  const { hardware } = await viv.client.vmGet({ params: { vmId: copy.target.id } })
  expect(hardware.cd).toEqual((await get(vm)).hardware.cd)
  for (const vmId of [vm.id, copy.target.id]) await viv.follow(await viv.client.vmPurge({ params: { vmId } }))
  expect(await deleted(second)).toMatchObject({ state: 'succeeded' })
  expect(await audit(viv)).toEqual([])
})
