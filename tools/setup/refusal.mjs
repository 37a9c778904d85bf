/** Something the set-up can't do, in words for the person at the terminal: no stack is shown for it. */
export class Refusal extends Error {
  constructor(message) {
    super(message)
    this.name = 'Refusal'
  }
}

/** Runs a command's main function; a refusal ends it with its words alone. */
export async function runMain(main) {
  try {
    process.exitCode = await main()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    console.error(`\n${error.message}`)
    process.exitCode = 1
  }
}
