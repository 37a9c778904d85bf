export {
  type CallInput,
  type Client,
  createClient,
  pathOf,
  type PlainOperation,
  type PlannableOperation,
  readAnswer,
  type Wire,
  type WireAnswer,
  type WireRequest,
} from './client.ts'
export { ApiError, UnreachableError } from './errors.ts'
export { everyItem } from './lists.ts'
export { type PartsToSend, sendParts } from './sending.ts'
export { followTask, hasEnded } from './tasks.ts'
