/** Something `viv up` or `viv uninstall` can't do, in words for the person at the terminal. */
export class UpError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UpError'
  }
}
