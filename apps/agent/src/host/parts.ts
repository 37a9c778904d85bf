import { access, constants } from 'node:fs/promises'
import type { HostParts } from '@viv/common'
import { ovmf, SWTPM } from '../domain/firmware-files.ts'

/** Which parts of machines are installed here. */
export async function hostParts(): Promise<HostParts> {
  const areThere = async (files: readonly string[], mode: number): Promise<boolean> => {
    const found = await Promise.all(files.map((file) => access(file, mode).then(...YES_OR_NO)))
    return found.every(Boolean)
  }
  const [uefi, secureBoot, tpm] = await Promise.all([
    areThere(Object.values(ovmf(false)), constants.R_OK),
    areThere(Object.values(ovmf(true)), constants.R_OK),
    areThere([SWTPM], constants.X_OK),
  ])
  return { uefi, secureBoot, tpm }
}

const YES_OR_NO = [() => true, () => false] as const
