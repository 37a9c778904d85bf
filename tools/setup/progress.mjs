/** Progress on one line that is written over on a terminal; elsewhere one line a step of ten per cent. */
export function progressLine(label) {
  const isTerminal = process.stdout.isTTY
  // A terminal that was never told its size has 0 columns.
  const room = (process.stdout.columns || 80) - label.length - 5
  let lastTenth = -1
  const show = (text) => {
    process.stdout.write(isTerminal ? `\r\x1b[K  ${label}: ${text.slice(0, room)}` : `  ${label}: ${text}\n`)
  }
  return {
    update(fraction, text) {
      const tenth = Math.floor(fraction * 10)
      if (!isTerminal && tenth === lastTenth) return
      lastTenth = tenth
      show(`${String(Math.round(fraction * 100)).padStart(3)} %  ${text}`)
    },
    tick(text) {
      if (isTerminal) show(text)
    },
    end(text) {
      show(text)
      if (isTerminal) process.stdout.write('\n')
    },
  }
}

/** Shows for how long something goes on that can't say how far it is. */
export async function ticking(label, work) {
  const startedAtMs = Date.now()
  const line = progressLine(label)
  const seconds = () => `${Math.round((Date.now() - startedAtMs) / 1000)} s`
  line.tick('…')
  const timer = setInterval(() => line.tick(`… ${seconds()}`), 1000)
  try {
    return await work
  } finally {
    clearInterval(timer)
    line.end(seconds())
  }
}
