/** Pauses between tries of work that is repeated until it succeeds: quick at first, then every half minute. */
const FIRST_MS = 100
const LAST_MS = 30_000

export const retryDelayMs = (tries: number): number => Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(tries, 12))
