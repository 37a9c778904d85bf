/** One JSON object a line on standard error. */
export type Log = (message: string, facts?: object) => void

export const log: Log = (message, facts = {}) => {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), message, ...facts })}\n`)
}
