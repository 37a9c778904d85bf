import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { CPU_GENERATIONS, type CpuGeneration } from '@viv/common'
import { expect, test } from 'vitest'
import { askCpuOffer } from '../src/host/cpu-models.ts'
import { cpuArguments } from '../src/qemu/cpu-argv.ts'

const nobody = { uid: 65534, gids: [65534] }

/** Whether a QEMU makes that machine; it is told to quit at once. */
async function starts(cpuModel: string): Promise<{ code: number; output: string }> {
  const machine = ['-machine', 'q35', '-accel', 'tcg', '-nodefaults', '-display', 'none', '-S', '-qmp', 'stdio']
  const child = spawn('qemu-system-x86_64', [...machine, ...cpuArguments({ cpuModel, cpus: 2 })], {
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stdin.on('error', () => undefined)
  child.stdin.write('{"execute":"qmp_capabilities"}\n{"execute":"quit"}\n')
  const [code] = (await once(child, 'close')) as [number]
  return { code, output }
}

test('what QEMU offers by translation is what it starts, and what it lacks it names', async () => {
  const offer = await askCpuOffer('tcg', nobody)
  expect(offer.aliases['Haswell']).toBe('Haswell-v1')
  expect(offer.missing['Nehalem-v1']).toEqual([])
  for (const generation of Object.keys(CPU_GENERATIONS) as CpuGeneration[]) {
    const missing = offer.missing[generation] ?? ['not told']
    const { code, output } = await starts(generation)
    expect({ generation, isStarted: code === 0 }).toEqual({ generation, isStarted: missing.length === 0 })
    for (const flag of missing) expect(output).toContain(flag)
  }
  const short = Object.entries(offer.missing).find(([name, missing]) => /-v1$/.test(name) && missing.length > 0)
  expect((await starts(short?.[0] ?? '')).code).toBe(1)
})

test('a QEMU that cannot be asked is an error, not an empty list', async () => {
  await expect(askCpuOffer('tcg', { ...nobody, qemu: 'false' })).rejects.toThrow('says nothing')
})
