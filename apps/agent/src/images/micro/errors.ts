/** The image cannot be built here; the message says why and, where there is one, the way out. */
export class MicroBuildError extends Error {
  override name = 'MicroBuildError'
}
