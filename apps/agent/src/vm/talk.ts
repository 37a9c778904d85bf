import { type AppError, refuse } from '@viv/common'
import { QmpDisconnectedError, QmpTimeoutError } from '@viv/qmp'

export function qemuSilent(name: string, timeoutMs: number): AppError {
  return refuse('qemu_silent', { name, seconds: timeoutMs / 1000 })
}

/** Work that talks to QEMU: one that does not answer is told as what it is. */
export async function talk<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof QmpTimeoutError ? qemuSilent(name, error.timeoutMs) : error
  }
}

/** Not answered in time, or gone meanwhile: whoever follows the machine tells what became of it. */
export function ignoreSilence(error: unknown): void {
  if (!(error instanceof QmpTimeoutError || error instanceof QmpDisconnectedError)) throw error
}
