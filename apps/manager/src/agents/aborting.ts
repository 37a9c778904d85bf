/** Rejects when the signal says so; nothing stays on the signal afterwards, which may live as long as the process. */
export function aborting(signal: AbortSignal): { promise: Promise<never> } & Disposable {
  const { promise, reject } = Promise.withResolvers<never>()
  const fail = () => reject(signal.reason as Error)
  promise.catch(() => undefined)
  if (signal.aborted) fail()
  else signal.addEventListener('abort', fail, { once: true })
  return { promise, [Symbol.dispose]: () => signal.removeEventListener('abort', fail) }
}
