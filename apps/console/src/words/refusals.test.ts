import { ApiError, UnreachableError } from '@viv/client'
import { EFFECTS, fillIn, REASONS, refusal, refuse, toBlocker, WARNINGS } from '@viv/common'
import { expect, test } from 'vitest'
import { insteadOf, tellBlocker, tellEffect, tellError, tellWarning } from './refusals.ts'

const blocker = () => {
  const { facts, ...rest } = toBlocker(
    refusal('vm_state', { name: 'web', state: 'running', action: 'delete', allowed: 'stop, forceStop, edit' }),
  )
  return { ...rest, facts: { ...facts } } as Parameters<typeof tellBlocker>[0]
}

test('a refusal is told in the language of the reader, with our own words in it too', () => {
  expect(tellBlocker(blocker(), 'en')).toBe(
    'VM "web" is running, so it cannot delete. Allowed now: stop, forceStop, edit.',
  )
  expect(tellBlocker(blocker(), 'zh')).toBe(
    '虚拟机“web”处于 运行中 状态，不能执行 删除。当前允许：关机、强制停止、编辑。',
  )
})

test('a kind is ours in whatever letters, a name is never translated', () => {
  const facts = { kind: 'VM', name: 'running' }
  const taken = { reason: 'name_taken', facts, message: '' }
  expect(tellBlocker(taken, 'zh')).toBe('已有名为“running”的 虚拟机。请换一个名称。')
})

test('what a newer manager says is told as it said it', () => {
  const newer = { reason: 'no_such_reason', facts: {}, message: 'Said by the server.' }
  expect(tellBlocker(newer, 'zh')).toBe('Said by the server.')
  expect(tellEffect({ effect: 'new', facts: {}, message: 'E.', when: 'now' }, 'zh')).toBe('E.')
  expect(tellWarning({ warning: 'new', facts: {}, message: 'W.' }, 'zh')).toBe('W.')
})

test.each([...Object.entries(REASONS), ...Object.entries(EFFECTS), ...Object.entries(WARNINGS)])(
  '%s reads as Chinese',
  (_name, { zh }) => expect(fillIn(zh, {})).toMatch(/[\u4e00-\u9fff]/),
)

test('another form of the same change is told by what is other in it', () => {
  const asked = { name: 'web', cpus: 1, accelerator: 'kvm' }
  const other = { ...asked, name: 'web-2', accelerator: 'any' }
  expect(insteadOf(asked, other, 'en')).toBe('Take instead: name web-2, accelerator whichever works')
  expect(insteadOf(asked, other, 'zh')).toBe('改用：名称 web-2, 加速器 任何可用方式')
})

test('every reason of an error is told, and a manager that is not there', () => {
  const body = { code: 'invalid_state', message: 'm', requestId: 'r', blockers: [blocker(), blocker()] }
  expect(tellError(new ApiError(409, body), 'en')).toHaveLength(2)
  expect(tellError(new ApiError(500, undefined), 'en')).toEqual(['the server answered 500'])
  expect(tellError(new UnreachableError('x'), 'zh')).toEqual(['管理器没有响应。'])
  expect(tellError(new Error('odd'), 'en')[0]).toContain('odd')
  expect(tellError(refuse('package_absent', { folder: 'web' }), 'zh')[0]).toContain('web 中没有 vm.json')
})
