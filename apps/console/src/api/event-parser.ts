/** One server-sent event. https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
export interface ServerEvent {
  readonly event: string
  readonly data: string
  /** Of the last message of a transaction: what to resume after. */
  readonly id?: string
}

/** Makes events of text that arrives in any pieces. */
export class EventParser {
  #rest = ''
  #event = ''
  #data: string[] = []
  #id: string | undefined

  push(text: string): ServerEvent[] {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    const events: ServerEvent[] = []
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
      if (line === '') this.#end(events)
      else this.#field(line)
    }
    return events
  }

  #field(line: string): void {
    const colon = line.indexOf(':')
    // A comment: it only says that the line is alive.
    if (colon === 0) return
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'event') this.#event = value
    else if (name === 'data') this.#data.push(value)
    else if (name === 'id') this.#id = value
  }

  #end(events: ServerEvent[]): void {
    if (this.#data.length > 0) {
      const id = this.#id === undefined ? {} : { id: this.#id }
      events.push({ event: this.#event === '' ? 'message' : this.#event, data: this.#data.join('\n'), ...id })
    } else if (this.#id !== undefined) {
      // Nothing happened, but what to resume after has moved on.
      events.push({ event: 'alive', data: '', id: this.#id })
    }
    this.#event = ''
    this.#data = []
    this.#id = undefined
  }
}
