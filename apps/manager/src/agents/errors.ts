/** The agent did not answer: whether it got the request is not known. */
export class HostUnreachableError extends Error {
  readonly hostId: string
  constructor(hostId: string, cause?: unknown) {
    super(`the agent of host ${hostId} does not answer`, { cause })
    this.name = 'HostUnreachableError'
    this.hostId = hostId
  }
}

/** The agent was restarted while it worked on the operation; a higher attempt repeats it. */
export class OpInterruptedError extends Error {
  constructor(opId: string) {
    super(`operation ${opId} was interrupted by a restart of the agent`)
    this.name = 'OpInterruptedError'
  }
}

/** The agent answered, but with something that the contract does not know. */
export class AgentContractError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'AgentContractError'
  }
}
