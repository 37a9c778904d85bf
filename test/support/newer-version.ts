import type { Format, JsonObject } from '@viv/common'
import type { startAgent } from '../../apps/agent/src/index.ts'

type VmFormat = NonNullable<NonNullable<Parameters<typeof startAgent>[2]>['vmFormat']>
type VmConfig = VmFormat extends Format<infer T> ? T : never

/** A version of the product whose hosts describe VMs otherwise than this one's: format 2 has a title where format 1 has a name. */
export const NEWER_VM_JSON: VmFormat = {
  newest: 2,
  encodings: {
    2: {
      read: ({ title, ...rest }: JsonObject) => ({ ...rest, name: title }) as unknown as VmConfig,
      write: ({ name, ...rest }: VmConfig) => ({ ...rest, title: name }) as unknown as JsonObject,
    },
  },
}
export const NEWER_HOST_FORMATS = { 'vm.json': NEWER_VM_JSON.newest }
