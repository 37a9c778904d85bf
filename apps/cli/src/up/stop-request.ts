/**
 * Aborted when we are asked to stop: Ctrl-C, a terminal that went away, or, if `isUntilInputEnds`, the end of
 * standard input: the set-up that started us holds its other end, and sudo between us passes no channel.
 */
export function stopRequest(isUntilInputEnds: boolean): { signal: AbortSignal } & Disposable {
  const request = new AbortController()
  const stop = (): void => request.abort()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.on(name, stop)
  if (isUntilInputEnds) process.stdin.on('end', stop).on('error', stop).resume()
  return {
    signal: request.signal,
    [Symbol.dispose]: () => {
      for (const name of signals) process.off(name, stop)
      if (isUntilInputEnds) process.stdin.destroy()
    },
  }
}
