/** One JSON object a line on standard error. */
export type Log = (message: string, facts?: object) => void

export const log: Log = (message, facts = {}) => {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), message, ...facts })}\n`)
}

// Whoever read our words may be gone; that must not be our end in the middle of something.
process.stderr.on('error', () => undefined)
