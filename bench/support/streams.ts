import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { StringDecoder } from 'node:string_decoder'

export interface Streams extends Disposable {
  readonly count: number
  /** Of those that are still open. */
  readonly open: number
}

/** Readers of the stream of changes. Each is told every message's data as text, or none where only the reading counts. */
export async function openStreams(
  socketPath: string,
  count: number,
  onData?: (reader: number, data: string) => void,
): Promise<Streams> {
  const responses: IncomingMessage[] = []
  for (let reader = 0; reader < count; reader++) {
    const sent = request({ socketPath, path: '/v1/events', agent: false }).end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    responses.push(response)
    response.on('error', () => undefined)
    if (onData === undefined) response.resume()
    else
      response.on(
        'data',
        dataReader((data) => onData(reader, data)),
      )
  }
  return {
    count,
    get open() {
      return responses.filter(({ closed }) => !closed).length
    },
    [Symbol.dispose]: () => {
      for (const response of responses) response.destroy()
    },
  }
}

function dataReader(onData: (data: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8')
  let text = ''
  return (chunk) => {
    text += decoder.write(chunk)
    const end = text.lastIndexOf('\n\n')
    if (end < 0) return
    for (const line of text.slice(0, end).split('\n')) if (line.startsWith('data: ')) onData(line.slice(6))
    text = text.slice(end + 2)
  }
}
