import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CPU_GENERATIONS, type CpuOffer, offeredGenerations } from '@viv/common'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cpuOffer, cpuOffers } from './cpu-models.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cpu-models-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const kept = { static: false, 'migration-safe': true }

test('tells what each model lacks, what a name means, and nothing of models that no later QEMU keeps', () => {
  const definitions = [
    { ...kept, name: 'Haswell', 'alias-of': 'Haswell-v1', 'unavailable-features': ['rtm'] },
    { ...kept, name: 'Haswell-v1', 'unavailable-features': ['rtm', 'hle', 'rtm'] },
    { ...kept, name: 'Nehalem-v1', 'unavailable-features': [] },
    { name: 'host', static: false, 'migration-safe': false, 'unavailable-features': ['kvm'] },
    { ...kept, name: 'base', static: true, 'unavailable-features': [] },
  ]
  const v3 = Object.fromEntries(CPU_GENERATIONS['x86-64-v3'].map((flag) => [flag, true]))
  const offer = cpuOffer(definitions, { ...v3, avx512f: true, avx512bw: false })
  expect(offer.aliases).toEqual({ Haswell: 'Haswell-v1' })
  expect(offer.missing).toEqual({
    'x86-64-v2': [],
    'x86-64-v3': [],
    'x86-64-v4': ['avx512bw', 'avx512cd', 'avx512dq', 'avx512vl'],
    'Haswell-v1': ['hle', 'rtm'],
    'Nehalem-v1': [],
  })
  expect(offeredGenerations(offer)).toEqual(['x86-64-v3', 'x86-64-v2'])
})

test('asks once for each boot, QEMU and accelerator; what did not answer is left out and asked again', async () => {
  const asked: string[] = []
  const offer: CpuOffer = { missing: {}, aliases: {} }
  let isAnswering = false
  const offers = (bootId: string, qemuVersion: string, accelerators: ('kvm' | 'tcg')[]) =>
    cpuOffers({
      cacheFile: join(folder, 'cpu-models.json'),
      bootId,
      qemuVersion,
      accelerators,
      ask: (accelerator) => {
        asked.push(`${bootId} ${qemuVersion} ${accelerator}`)
        return isAnswering ? Promise.resolve(offer) : Promise.reject(new Error('silent'))
      },
    })
  expect(await offers('a', '7.2', ['tcg'])).toEqual({})
  isAnswering = true
  expect(await offers('a', '7.2', ['tcg'])).toEqual({ tcg: offer })
  expect(await offers('a', '7.2', ['tcg'])).toEqual({ tcg: offer })
  expect(await offers('a', '7.2', ['kvm', 'tcg'])).toEqual({ kvm: offer, tcg: offer })
  await offers('b', '7.2', ['tcg'])
  await offers('b', '8.0', ['tcg'])
  expect(asked).toEqual(['a 7.2 tcg', 'a 7.2 tcg', 'a 7.2 kvm', 'a 7.2 tcg', 'b 7.2 tcg', 'b 8.0 tcg'])
})
