import { readFile } from 'node:fs/promises'

/** What was found out about this host and written down; what cannot be read is only to be found out again. */
export async function readKept<T extends { readonly format: 1 }>(file: string): Promise<T | undefined> {
  try {
    const kept = JSON.parse(await readFile(file, 'utf8')) as T
    return kept.format === 1 ? kept : undefined
  } catch {
    return undefined
  }
}
