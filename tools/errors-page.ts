import { ERRORS, REASONS } from '../libs/common/src/index.ts'

/** docs/errors.md, from the two tables. */
export function errorsPage(): string {
  const codes = Object.entries(ERRORS).map(
    ([code, { status, isRetryable }]) => `| \`${code}\` | ${status} | ${isRetryable ? 'yes' : 'no'} |`,
  )
  const reasons = Object.entries(REASONS).map(
    ([reason, { code, en, zh }]) => `| \`${reason}\` | \`${code}\` | ${en}<br>${zh} |`,
  )
  return `<!-- made by tools/generate.ts from libs/common, do not edit -->
# Errors

An error's body is \`{ code, message, requestId, blockers }\`. A program tells cases apart by \`code\`; people by the reason,
whose message is rendered from its facts.

| code | status | may help to repeat |
| --- | --- | --- |
${codes.join('\n')}

## Reasons

| reason | code | message |
| --- | --- | --- |
${reasons.join('\n')}
`
}
