/** Resolves when `wake`, which `keep` is given, is called, or when the time is over. */
export function wokenWithin(timeoutMs: number, keep: (wake: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs)
    keep(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
