import { type Static, Type } from 'typebox'

export const CPU_MODEL_NAME = '^[A-Za-z0-9._-]{1,64}$'

/** How the guest sees its CPUs; their product is `cpus`. Guests are licensed and schedule by it. */
export const CpuTopology = Type.Object(
  {
    sockets: Type.Integer({ minimum: 1, maximum: 288 }),
    cores: Type.Integer({ minimum: 1, maximum: 288, description: 'in each socket' }),
    threads: Type.Integer({ minimum: 1, maximum: 288, description: 'of each core' }),
  },
  { additionalProperties: false },
)
export type CpuTopology = Static<typeof CpuTopology>

/** undefined where the CPUs can't be shared out so. */
export function topologyOf(cpus: number, coresPerSocket: number, threadsPerCore: number): CpuTopology | undefined {
  const sockets = cpus / (coresPerSocket * threadsPerCore)
  return Number.isInteger(sockets) ? { sockets, cores: coresPerSocket, threads: threadsPerCore } : undefined
}

/** What each generation has beyond the one before it, by QEMU's names of the flags. */
const V2 = ['cx16', 'lahf-lm', 'popcnt', 'pni', 'sse4.1', 'sse4.2', 'ssse3']
const V3 = ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave', 'xsaveopt']
const V4 = ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl']

/**
 * Generations of x86-64 processors, as the psABI defines them (https://gitlab.com/x86-psABIs/x86-64-ABI, "micro-
 * architecture levels"): any host of the generation runs the same machine. They are fixed for ever, so the name in a
 * VM's hardware says all. (`abm` is QEMU's name for LZCNT, `pni` for SSE3; OSXSAVE follows from `xsave`.)
 *
 * `xsaveopt` alone is not of its level. Every processor of the level has it, and Linux 6.1 hangs early on one of AMD's that
 * has `xsave` without it.
 */
export const CPU_GENERATIONS = {
  'x86-64-v2': V2,
  'x86-64-v3': [...V2, ...V3],
  'x86-64-v4': [...V2, ...V3, ...V4],
} as const satisfies Record<string, readonly string[]>
export type CpuGeneration = keyof typeof CPU_GENERATIONS

export const isCpuGeneration = (model: string): model is CpuGeneration => Object.hasOwn(CPU_GENERATIONS, model)

/** The model that is the processor of the host itself. */
export const HOST_CPU_MODEL = 'host'

/** What every x86-64 host and TCG give, less what a host has not: chosen where nobody says otherwise. */
export const PLAIN_CPU_MODEL = 'qemu64'

/** Models that promise no set of flags, so that a host can lack none. */
export const isLooseModel = (model: string): boolean => model === HOST_CPU_MODEL || model === PLAIN_CPU_MODEL

/** What one accelerator of a host can give: models and generations by name, each with the flags that it lacks. */
export interface CpuOffer {
  readonly missing: Readonly<Record<string, readonly string[]>>
  /** Names that mean another today: `Haswell` is `Haswell-v1`, which is what a VM is pinned to. */
  readonly aliases: Readonly<Record<string, string>>
}
export type CpuOffers = Readonly<Partial<Record<'kvm' | 'tcg', CpuOffer>>>

/** The generations that need nothing which is missing, the newest first. */
export function offeredGenerations({ missing }: CpuOffer): CpuGeneration[] {
  const generations = Object.keys(CPU_GENERATIONS) as CpuGeneration[]
  return generations.filter((name) => missing[name]?.length === 0).reverse()
}
