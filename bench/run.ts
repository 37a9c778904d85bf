import { events } from './events.ts'
import { hibernate } from './hibernate.ts'
import { footprint } from './footprint.ts'
import type { Outcome } from './support/samples.ts'
import { vmBoot } from './vm-boot.ts'
import { vmList } from './vm-list.ts'
import { vmStart } from './vm-start.ts'
import { vmStartLibvirt } from './vm-start-libvirt.ts'

/** `npm run bench` measures everything, `npm run bench -- NAME` one thing; 0 only where every limit is met. */
const benches: Readonly<Record<string, () => Promise<Outcome>>> = {
  'vm-start': vmStart,
  'vm-start-libvirt': vmStartLibvirt,
  'vm-boot': vmBoot,
  hibernate,
  footprint,
  'vm-list': vmList,
  events,
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in benches))
if (unknown.length > 0) {
  console.error(`There is no measurement ${unknown.join(', ')}: choose among ${Object.keys(benches).join(', ')}.`)
  process.exit(2)
}
for (const [name, measure] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  console.log(`${name}:`)
  try {
    const { ratio, limit, isMet } = await measure()
    console.log(`${name} ratio=${ratio.toFixed(2)} limit=${limit} ${isMet ? 'met' : 'short'}`)
    if (!isMet) process.exitCode = 1
  } catch (error) {
    console.error(`${name} could not be measured:`, error)
    process.exitCode = 1
  }
}
