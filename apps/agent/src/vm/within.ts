/** Whether it happens in time. */
export async function within(event: Promise<unknown>, milliseconds: number, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), Math.max(0, milliseconds))
  try {
    return await unlessAborted(Promise.race([event.then(() => true), promise]), signal)
  } finally {
    clearTimeout(timer)
  }
}

/** Who waits no longer is let go at once, whatever the guest does. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason as Error)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
