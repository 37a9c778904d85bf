import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { allowedActions, isAllowed, VM_ACTIONS, VM_STATES, type VmAction } from './states.ts'

test('a machine can always be got out of a state: started, forced to stop, restored, or waited for: for an agent that can read it too', () => {
  for (const state of VM_STATES) {
    const isWaitedFor = ['creating', 'deleting', 'hibernating', 'unreadable'].includes(state)
    expect(
      isWaitedFor || isAllowed('restore', state) || isAllowed('start', state) || isAllowed('forceStop', state),
      state,
    ).toBe(true)
  }
})

test('a machine that may run is never deleted, and one that stands is never asked to stop', () => {
  for (const state of [
    'starting',
    'running',
    'paused',
    'unresponsive',
    'stopping',
    'hibernating',
    'unreadable',
  ] as const)
    expect(isAllowed('delete', state) || isAllowed('purge', state)).toBe(false)
  expect(isAllowed('stop', 'stopped')).toBe(false)
})

test('the glossary tells the same as the table', () => {
  const glossary = readFileSync('docs/glossary.md', 'utf8')
  const words: Record<VmAction, string> = {
    start: 'start',
    stop: 'stop',
    forceStop: 'force stop',
    pause: 'pause',
    resume: 'resume',
    reboot: 'reboot',
    suspend: 'suspend',
    changeDisc: 'change disc',
    hibernate: 'hibernate',
    discard: 'discard',
    reset: 'reset',
    console: 'console',
    edit: 'edit',
    delete: 'delete',
    clone: 'clone',
    addDisk: 'add disk',
    removeDisk: 'remove disk',
    addNic: 'add network card',
    removeNic: 'remove network card',
    addCd: 'add CD drive',
    removeCd: 'remove CD drive',
    pack: 'pack',
    restore: 'restore',
    purge: 'purge',
  }
  expect(Object.keys(words).sort()).toEqual(Object.keys(VM_ACTIONS).sort())
  for (const state of VM_STATES) {
    const row = new RegExp(`^\\| ${state} \\|.*\\| ([^|]*) \\|$`, 'm').exec(glossary)?.[1] ?? ''
    expect(row, state).toBe(
      allowedActions(state)
        .map((action) => words[action])
        .join(', ') || '–',
    )
  }
})
