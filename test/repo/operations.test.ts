import { existsSync, readFileSync } from 'node:fs'
import { ROUTES, type Route } from '@viv/api'
import { expect, test } from 'vitest'

/** Every operation passes files that can be guessed from its name: `vmStart` → vms.ts, vm-start.ts. */
const RESOURCES: Readonly<Record<string, string>> = {
  session: 'sessions',
  token: 'sessions',
  admin: 'sessions',
  vm: 'vms',
  image: 'images',
  task: 'tasks',
  host: 'hosts',
  datastore: 'hosts',
  event: 'events',
  history: 'history',
  ticket: 'tickets',
  upgrade: 'upgrades',
}

const routes = (Object.values(ROUTES) as Route[]).filter(({ operation }) => operation !== 'openapiGet')
const resourceOf = ({ operation }: Route): string => /^[a-z]+/.exec(operation)?.[0] ?? ''
const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
const MANAGER = 'apps/manager/src'

test.each(routes)('$operation: contract, handler, service and workflow are where its name says', (route) => {
  const resource = RESOURCES[resourceOf(route)]
  expect(resource, `${route.operation} begins with no known resource`).toBeDefined()
  const handler = route.isWebSocket === true ? 'consoles' : resource
  expect(readFileSync(`${MANAGER}/http/${handler}.ts`, 'utf8')).toContain(route.operation)
  expect(existsSync(`${MANAGER}/services/${resource}.ts`)).toBe(true)
  // A task is what a change that may take long answers with; cancelling only points at one.
  const isTask = route.status === 202 && route.operation !== 'taskCancel'
  // A file of a package makes nothing by itself: its workflow is vmAdopt's.
  const isUpload = route.streams !== undefined && route.status === 201
  if (isTask || isUpload) expect(existsSync(`${MANAGER}/workflows/${kebab(route.operation)}.ts`)).toBe(true)
})

test('the files that vmStart passes are those that the architecture names', () => {
  const page = readFileSync('docs/architecture.md', 'utf8')
  const part = page.slice(page.indexOf('## The life of a request'), page.indexOf('Back: '))
  const named = [...part.matchAll(/`((?:apps|libs)\/[^`]+)`/g)].map(([, file]) => file ?? '')
  expect(named.length).toBeGreaterThan(10)
  for (const file of named) expect(existsSync(file), file).toBe(true)
  for (const needed of ['http/vms.ts', 'services/vms.ts', 'workflows/vm-start.ts', 'agents/host-agents.ts']) {
    expect(named).toContain(`${MANAGER}/${needed}`)
  }
})

/** What changes no configuration: there is nothing to plan, and nothing for the history. */
const UNPLANNED = ['sessionCreate', 'sessionDelete', 'ticketCreate', 'vmPartSend']

test('every change can be asked for as a plan, and told why', () => {
  for (const route of routes.filter(({ method, operation }) => method !== 'GET' && !UNPLANNED.includes(operation))) {
    expect(Object.keys(route.query?.properties ?? {}), route.operation).toEqual(expect.arrayContaining(['plan', 'why']))
  }
})

test('every list has pages, an order and a search', () => {
  for (const route of routes.filter(({ operation }) => operation.endsWith('List'))) {
    const wanted = ['limit', 'cursor', 'sort', 'search']
    expect(Object.keys(route.query?.properties ?? {}), route.operation).toEqual(expect.arrayContaining(wanted))
  }
})

test('every route names its permission and target, and operations are named after their keys', () => {
  for (const [name, route] of Object.entries(ROUTES)) {
    expect(route.operation).toBe(name)
    expect(route.permission).not.toBe('')
    expect(route.target).not.toBe('')
  }
})
