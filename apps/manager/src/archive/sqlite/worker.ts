/** The thread that owns the archive's database: its calls are answered one after another. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { HistoryTable } from './history-table.ts'
import type { ArchiveAnswer, ArchiveCall } from './sqlite-archive.ts'

if (isMainThread || parentPort === null) throw new Error('worker.ts runs as a worker thread only')
const port = parentPort
const table = new HistoryTable(String(workerData))

port.on('message', (message: ArchiveCall) => {
  const { call } = message
  try {
    send({ call, result: answer(message) })
  } catch (error) {
    send({ call, error: error instanceof Error ? error.message : String(error) })
  }
  if (message.type === 'close') port.close()
})

function answer(message: ArchiveCall): unknown {
  switch (message.type) {
    case 'append':
      return table.append(message.changes)
    case 'list':
      return table.list(message.query)
    case 'get':
      return table.get(message.id)
    case 'close':
      return table.close()
  }
}

function send(word: ArchiveAnswer): void {
  port.postMessage(word)
}
