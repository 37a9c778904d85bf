import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Platform } from '../../manager/test/platform.ts'
import { Viv } from './viv.ts'

let platform: Platform
let viv: Viv
beforeAll(async () => {
  platform = await Platform.start()
  viv = new Viv({ VIV_ROOT: platform.folder })
})
afterAll(async () => {
  viv?.[Symbol.dispose]()
  await platform?.[Symbol.asyncDispose]()
})

async function file(name: string, content: Buffer | string, sizeBytes?: number): Promise<string> {
  const path = join(viv.home, name)
  await writeFile(path, content)
  if (sizeBytes !== undefined) await truncate(path, sizeBytes)
  return path
}

test('sends a file, and guesses its format by its first bytes', async () => {
  const qcow2 = await file('disk', Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'), 3_000_000)
  const { code, stdout } = await viv.run(['image', 'add', 'debian', qcow2])
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringContaining('Image "debian" is ready (2.9 MiB, qcow2).'),
  })
  const kernel = await file('vmlinuz', 'MZ kernel')
  expect(await viv.json(['image', 'add', 'vmlinuz', kernel, '--kind', 'kernel'])).toMatchObject({
    format: 'raw',
    kind: 'kernel',
    sizeBytes: 9,
  })
  expect((await viv.run(['image', 'list'])).stdout).toMatch(/^debian +disk +qcow2 +ready +2\.9 MiB +2\.9 MiB$/m)
})

test('refuses before sending what can be no disk image', async () => {
  const vmdk = await file('a.vmdk', 'KDMV....')
  const { code, stderr } = await viv.run(['image', 'add', 'vmware', vmdk])
  expect(code).toBe(2)
  expect(stderr).toContain('qemu-img convert -f vmdk -O qcow2')
  expect(await viv.run(['image', 'add', 'pipe', '-'], 'bytes')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('< FILE'),
  })
  expect(await viv.run(['image', 'add', 'none', '/nowhere'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('/nowhere'),
  })
})

test('takes stdin where it is a file, of which the size is known', async () => {
  const path = await file('redirected', 'raw bytes')
  const command = `"$NODE" "$MAIN" image add redirected - -o json < "${path}"`
  const shell = await viv.shell(command)
  expect(shell).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(shell.stdout)).toMatchObject({ name: 'redirected', sizeBytes: 9 })
})

test('hears a refusal while a large file is still going out', async () => {
  const large = await file('large', 'raw', 512 * 1024 * 1024)
  const { code, stderr } = await viv.run(['image', 'add', 'micro', large])
  expect(code).toBe(1)
  expect(stderr).toContain('The name "micro" is taken by another image')
})

test('makes the built-in image, shows it, and refuses to delete one in use', async () => {
  expect(await viv.run(['image', 'build', 'micro'])).toMatchObject({ code: 0, stdout: 'Image "micro" is ready.\n' })
  expect((await viv.run(['image', 'show', 'micro'])).stdout).toMatch(/^State +ready$/m)
  await platform.vm('user')
  const { code, stderr } = await viv.run(['image', 'delete', 'micro', '--yes'])
  expect(code).toBe(1)
  expect(stderr).toContain('Try: viv vm purge user')
})

test('deletes an image that nobody uses', async () => {
  await viv.run(['image', 'add', 'brief', await file('brief', 'raw')])
  expect(await viv.run(['image', 'delete', 'brief', '--yes'])).toMatchObject({ code: 0 })
  expect((await viv.run(['image', 'list'])).stdout).not.toContain('brief')
})
