import { ValueIndex } from './value-index.ts'

/** Three characters tell names apart well, and a name of nine has only nine of them. */
const PART = 3
/** Ends a name, so that its last characters begin parts too; no name has it. */
const END = '\0'.repeat(PART - 1)
/** How an id begins: a person types some characters of it, and two leave few to look at. */
const ID_PART = 2

interface Searched {
  readonly id: string
  readonly text: string
}

/** Finds what has some text in its own text, or an id that begins so, without looking at everything. */
export class TextIndex<E extends Searched> {
  /** By each part of three characters of its text. */
  readonly #parts = new ValueIndex<E>()
  /** By how its id begins. */
  readonly #ids = new ValueIndex<E>()

  add(entry: E): void {
    for (const part of partsOf(entry.text)) this.#parts.add(part, entry)
    this.#ids.add(entry.id.slice(0, ID_PART), entry)
  }

  delete(entry: E): void {
    for (const part of partsOf(entry.text)) this.#parts.delete(part, entry)
    this.#ids.delete(entry.id.slice(0, ID_PART), entry)
  }

  clear(): void {
    this.#parts.clear()
    this.#ids.clear()
  }

  /** How many `candidates` would look at. */
  size(search: string): number {
    const byText = this.#valuesFor(search).reduce((sum, part) => sum + this.#parts.size(part), 0)
    return byText + this.#ids.size(search.slice(0, ID_PART))
  }

  /** Everything that fits, and more; something may come twice. */
  *candidates(search: string): Iterable<E> {
    for (const part of this.#valuesFor(search)) yield* this.#parts.of(part)
    if (search.length >= ID_PART) yield* this.#ids.of(search.slice(0, ID_PART))
  }

  fits({ id, text }: E, search: string): boolean {
    return text.includes(search) || (search.length >= ID_PART && id.startsWith(search))
  }

  /** The rarest part of what is searched; a text too short for one is how some parts begin, wherever it stands. */
  #valuesFor(search: string): string[] {
    if (search.length < PART) return [...this.#parts.values].filter((part) => part.startsWith(search))
    const parts = Array.from({ length: search.length - PART + 1 }, (_, at) => search.slice(at, at + PART))
    return [parts.reduce((rarest, part) => (this.#parts.size(part) < this.#parts.size(rarest) ? part : rarest))]
  }
}

function partsOf(text: string): Set<string> {
  const padded = text + END
  const parts = new Set<string>()
  for (let at = 0; at < text.length; at++) parts.add(padded.slice(at, at + PART))
  return parts
}
