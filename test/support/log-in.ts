/** A translated guest takes an answer within this, on a busy host too; later it was thrown away. */
const ANSWER_MS = 6_000

/**
 * What a guest asks at the end of its last line, and what is answered. A name that came before getty had set the line up
 * makes it believe in line feeds, after which a return ends no password; a return that ends a name makes both end it.
 */
const QUESTIONS = [
  { asked: /login:$/, answer: 'root\r' },
  { asked: /assword:$/, answer: 'micro\n' },
] as const

/** Where nothing is asked, a message of the kernel may stand behind the question: a return brings it again. */
const NOTHING_ASKED = '\r'

const PROMPT = /#$/
const ESCAPES = /\x1b\[[0-9;]*[A-Za-z]/g

/**
 * Logs in to the guest micro by what its line shows, as a person does. A guest throws away what it was sent before it had
 * turned its echo off, a moment after the prompt: all of an answer, or its beginning. So it asks the same for ever, or
 * says that the login is incorrect and asks for the name again. A question is answered once it is another than before, or
 * when the answer has come to nothing.
 */
export class LogIn {
  #answered: string | undefined
  #answeredAt: number

  /** `lookedAt`: where the line is seen from its beginning, so that a question comes by itself. */
  constructor(lookedAt = 0) {
    this.#answeredAt = lookedAt
  }

  /** What is to be typed now; undefined: look again. */
  answer(shown: string, now: number): 'in' | { readonly type: string } | undefined {
    const line = (shown.split('\n').at(-1) ?? '').replaceAll(ESCAPES, '').trimEnd()
    if (PROMPT.test(line)) return 'in'
    const answer = QUESTIONS.find(({ asked }) => asked.test(line))?.answer ?? NOTHING_ASKED
    const isOver = now - this.#answeredAt > ANSWER_MS
    if (!isOver && (answer === NOTHING_ASKED || answer === this.#answered)) return undefined
    this.#answered = answer
    this.#answeredAt = now
    return { type: answer }
  }
}
