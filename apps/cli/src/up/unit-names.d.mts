export interface UnitNames {
  readonly agent: string
  readonly manager: string
}
export const UNIT_FOLDER: string
export function unitNames(root: string | undefined): UnitNames
