import { expect, test } from 'vitest'
import { en } from './en.ts'
import { zh } from './zh.ts'

const factsOf = (template: string): string[] => [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).sort()

test('both languages say the same things, with the same facts', () => {
  expect(Object.keys(zh)).toEqual(Object.keys(en))
  for (const [key, template] of Object.entries(en)) {
    const other = zh[key as keyof typeof zh]
    expect(factsOf(other), key).toEqual(factsOf(template))
    expect(other.trim(), key).not.toBe('')
  }
})

test('Chinese is Chinese: what has no Chinese character is a name or a sign', () => {
  const same = Object.entries(zh).filter(([, words]) => !/[\u4e00-\u9fff]/.test(words.replace(/\{\w+\}/g, '')))
  expect(same.map(([key]) => key).sort()).toEqual(
    [
      'app.name',
      'app.none',
      'vm.firmware.bios',
      'vm.firmware.uefi',
      'vm.tpm',
      'image.kind.initrd',
      'image.uploading',
      'vm.cpus',
      'vm.id',
      'host.cpus',
    ].sort(),
  )
})
