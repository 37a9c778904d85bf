import type { ErrorBody } from '@viv/api'

type Blocker = NonNullable<ErrorBody['blockers']>[number]
type Fix = NonNullable<Blocker['fix']>

/** The `viv` command that removes a blocker; undefined where its message already says it, or nothing short would. */
export function fixCommand(blocker: Blocker): string | undefined {
  return blocker.fix === undefined ? reasonCommand(blocker) : apiCommand(blocker.fix)
}

const ACTIONS = /^\/v1\/(vm|image|task)s\/([0-9a-f-]+)\/actions\/(start|stop|reset|build|cancel)$/
const OBJECT = /^\/v1\/(vm|image|token)s\/([0-9a-f-]+)$/

function apiCommand({ method, path, body }: Fix): string | undefined {
  const [, kind, id, verb] = ACTIONS.exec(path) ?? []
  if (method === 'POST' && kind !== undefined) {
    const isForced = (body as { mode?: string } | undefined)?.mode === 'force'
    return `viv ${kind} ${verb} ${id}${isForced ? ' --force' : ''}`
  }
  const [, object, objectId] = OBJECT.exec(path) ?? []
  return method === 'DELETE' && object !== undefined ? `viv ${object} delete ${objectId}` : undefined
}

function reasonCommand({ reason, facts }: Blocker): string | undefined {
  switch (reason) {
    case 'vm_state':
      return stateCommand(String(facts['name']), String(facts['action']), String(facts['allowed']).split(', '))
    case 'image_in_use':
      return `viv vm delete ${facts['vm']}`
    case 'nothing_to_boot':
      return 'viv vm create NAME --image micro'
    case 'kvm_unavailable':
      return 'the same command with --accelerator any'
    default:
      return undefined
  }
}

/** The action that leads to where the refused one is allowed. */
function stateCommand(name: string, refused: string, allowed: readonly string[]): string | undefined {
  if (refused === 'delete' && allowed.includes('stop')) return `viv vm stop ${name}`
  if (refused === 'stop' && allowed.includes('forceStop')) return `viv vm stop ${name} --force`
  if (refused !== 'start' && allowed.includes('start')) return `viv vm start ${name}`
  return undefined
}
