import type { VmCd } from '@viv/common'

/** The drive, for QMP. */
export const CD = 'cd'
const NODE = 'disc-'
/** QEMU takes 31 characters, with what is behind it for the file's node. */
const ID_CHARACTERS = 24

/** A disc's node is named after its volume: so a drive can be asked which disc is in it. */
export const discNode = (volumeId: string): string => `${NODE}${volumeId.replaceAll('-', '').slice(0, ID_CHARACTERS)}`

export const discBlock = (volumeId: string, file: string) => {
  const name = discNode(volumeId)
  return {
    'node-name': name,
    driver: 'raw',
    'read-only': true,
    file: { driver: 'file', 'node-name': `${name}-f`, filename: file, 'read-only': true },
  } as const
}

/** The drive with the disc that is in it when the machine starts. `bootIndex`: undefined where it is not started from. */
export function cdArguments(cd: VmCd | undefined, discFile: string | undefined, bootIndex: number | undefined) {
  if (cd === undefined) return []
  const { bus, unit, disc } = cd
  // q35's own controller has six ports, each a bus of one; pc's has two channels of two.
  const place = bus === 'sata' ? `ide.${unit}` : `ide.${Math.floor(unit / 2)},unit=${unit % 2}`
  const boot = bootIndex === undefined ? '' : `,bootindex=${bootIndex}`
  const device = `ide-cd,id=${CD},bus=${place}${boot}`
  if (disc === undefined || discFile === undefined) return ['-device', device]
  const block = JSON.stringify(discBlock(disc.volumeId, discFile))
  return ['-blockdev', block, '-device', `${device},drive=${discNode(disc.volumeId)}`]
}

/** The same words with an empty drive: a disc is no part of the machine that it is in. */
export function withoutDisc(argv: readonly string[]): string[] {
  const isDisc = (word: string | undefined) => word?.startsWith(`{"node-name":"${NODE}`) === true
  return argv
    .filter((word, at) => !isDisc(word) && !(word === '-blockdev' && isDisc(argv[at + 1])))
    .map((word) => (word.startsWith(`ide-cd,id=${CD},`) ? word.replace(/,drive=disc-[0-9a-f]+$/, '') : word))
}
