import { expect, it } from 'vitest'
import { type Run, removalPlan } from './added-packages.ts'

/** A machine's packages, each with what it needs, and apt's answers about them. */
function machine(needs: Record<string, string[]>): Run {
  const closure = (names: readonly string[]): string[] => {
    const all = [...names]
    for (const name of all) all.push(...(needs[name] ?? []).filter((needed) => !all.includes(needed)))
    return all
  }
  return (program, args) => {
    const names = args.filter((word) => word in needs)
    const going = Object.keys(needs).filter((name) => closure([name]).some((needed) => names.includes(needed)))
    const answers: Record<string, string> = {
      'dpkg-query': Object.keys(needs)
        .map((name) => `${name} installed\n`)
        .join(''),
      'apt-get': going.map((name) => `Purg ${name} [1.0]\n`).join(''),
      'apt-cache': closure(names)
        .map((name) => `${name}\n  Depends: x\n`)
        .join(''),
    }
    return Promise.resolve(answers[program]!)
  }
}

it('removes all that was added when nothing else needs it', async () => {
  const run = machine({ qemu: ['seabios'], seabios: [], bash: [] })
  expect(await removalPlan(['qemu', 'seabios'], run)).toEqual({ removed: ['qemu', 'seabios'], kept: [] })
})

it('keeps what a package that came later needs, directly or not', async () => {
  const run = machine({ qemu: ['seabios'], tools: ['library'], library: [], seabios: [], libvirt: ['tools'] })
  const plan = await removalPlan(['qemu', 'seabios', 'tools', 'library'], run)
  expect(plan).toEqual({ removed: ['qemu', 'seabios'], kept: ['tools', 'library'] })
})

it('leaves out what somebody has removed meanwhile', async () => {
  expect(await removalPlan(['qemu', 'gone'], machine({ qemu: [] }))).toEqual({ removed: ['qemu'], kept: [] })
})

it('removes nothing when apt would take others along for a reason that it does not tell', async () => {
  const real = machine({ qemu: [], other: [] })
  const run: Run = async (program, args) =>
    program === 'apt-get' ? 'Purg qemu [1]\nPurg other [1]\n' : real(program, args)
  expect(await removalPlan(['qemu'], run)).toEqual({ removed: [], kept: ['qemu'] })
})
