import { type Static, Type } from 'typebox'
import { BUS_UNITS } from './devices.ts'

const Id = Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' })
const closed = { additionalProperties: false } as const

/** An ISO image as it lies in a drive. */
export const VmDisc = Type.Object({ imageId: Id, volumeId: Id }, closed)
export type VmDisc = Static<typeof VmDisc>

/** A CD drive, on the machine's own controller: SATA on q35, IDE on pc. Empty where it has no disc. */
export const VmCd = Type.Object(
  {
    bus: Type.Union([Type.Literal('sata'), Type.Literal('ide')]),
    unit: Type.Integer({ minimum: 0, maximum: BUS_UNITS.sata - 1 }),
    disc: Type.Optional(VmDisc),
  },
  closed,
)
export type VmCd = Static<typeof VmCd>

interface Places {
  readonly machineType: string
  readonly disks: readonly { readonly bus: string; readonly unit?: number }[]
}

/** Disks take their places from the first on, the drive the last that is free; undefined where none is. */
export function placeCd({ machineType, disks }: Places): VmCd | undefined {
  const bus = machineType.includes('q35') ? 'sata' : 'ide'
  const taken = disks.filter((disk) => disk.bus === bus).map(({ unit }) => unit)
  for (let unit = BUS_UNITS[bus] - 1; unit >= 0; unit--) if (!taken.includes(unit)) return { bus, unit }
  return undefined
}

/** The drive with that disc in it, or with none. */
export const withDisc = ({ bus, unit }: VmCd, disc: VmDisc | undefined): VmCd => ({
  bus,
  unit,
  ...(disc === undefined ? {} : { disc: { imageId: disc.imageId, volumeId: disc.volumeId } }),
})
