import { ERRORS } from '@viv/common'
import { isPlannable, type Route } from './route.ts'
import { ROUTES } from './routes.ts'
import { ErrorBody } from './errors.ts'
import { Plan } from './plans.ts'

type Json = Record<string, unknown>

/** The public API as OpenAPI 3.1, made from the route table alone. Shapes with a name become components. */
export function openApi(version: string): Json {
  const schemas: Json = {}
  const paths: Record<string, Json> = {}
  for (const route of Object.values(ROUTES) as Route[]) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, schemas) }
  }
  named(ErrorBody, schemas)
  return {
    openapi: '3.1.0',
    info: { title: 'Vivarium', version, description: 'Virtual machines on your own Linux servers.' },
    security: [{ token: [] }],
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } }, schemas },
  }
}

function operation(route: Route, schemas: Json): Json {
  const { operation: operationId, summary, permission, target, body, streams } = route
  return {
    operationId,
    summary,
    'x-permission': permission,
    'x-target': target,
    ...(permission === 'public' ? { security: [] } : {}),
    parameters: [
      ...parameters('path', route.params),
      ...parameters('query', route.query),
      ...(route.needsIfMatch === true ? [header('If-Match', true)] : []),
      ...(route.method === 'POST' ? [header('Idempotency-Key', false)] : []),
    ],
    ...(body === undefined ? {} : { requestBody: content('application/json', named(body, schemas)) }),
    ...(streams === undefined ? {} : { requestBody: content(streams, { type: 'string', format: 'binary' }) }),
    responses: {
      ...success(route, schemas),
      default: {
        description: `One of ${Object.keys(ERRORS).join(', ')}`,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  }
}

/** A change that may be planned answers two things, with one status where the change itself says 200. */
function success(route: Route, schemas: Json): Json {
  const { summary, status, reply, isWebSocket, answers } = route
  const json = (shape: unknown): Json => ({ content: { 'application/json': { schema: shape } } })
  const shape = reply === undefined ? undefined : named(reply, schemas)
  const bytes = { content: { [answers ?? '']: { schema: { type: 'string', format: 'binary' } } } }
  const done = {
    description: summary,
    ...(shape === undefined ? {} : json(shape)),
    ...(answers === undefined ? {} : bytes),
  }
  if (!isPlannable(route)) return { [isWebSocket === true ? 101 : status]: done }
  const plan = named(Plan, schemas)
  if (status !== 200) return { [status]: done, 200: { description: 'With plan=true', ...json(plan) } }
  return { 200: { description: `${summary}; with plan=true the plan`, ...json({ anyOf: [shape, plan] }) } }
}

const header = (name: string, required: boolean): Json => ({ name, in: 'header', required, schema: { type: 'string' } })
const content = (type: string, schema: unknown): Json => ({ required: true, content: { [type]: { schema } } })

function parameters(place: 'path' | 'query', schema: Route['params']): Json[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }))
}

/** The schema with every named part of it replaced by a reference to its component. */
function named(schema: unknown, schemas: Json): unknown {
  if (Array.isArray(schema)) return schema.map((item) => named(item, schemas))
  if (typeof schema !== 'object' || schema === null) return schema
  const { $id, ...rest } = schema as { $id?: string }
  const inner = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, named(value, schemas)]))
  if ($id === undefined) return inner
  schemas[$id] = inner
  return { $ref: `#/components/schemas/${$id}` }
}
