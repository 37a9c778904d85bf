import type { Vm } from '@viv/api'
import { isAllowed } from '@viv/common'
import { Button } from 'antd'
import { useEffect, useRef, useState } from 'react'
import type RFB from '@novnc/novnc'
import { useWords } from '../words/words.ts'
import { ErrorText } from './ErrorText.tsx'
import { isLeaveKey, ticketAddress } from './ticket.ts'

type Line = 'connecting' | 'open' | 'ended'

/** The machine's screen: noVNC over a WebSocket that a ticket opens. Comes with this file when it is first shown. */
export function Screen({ vm }: { readonly vm: Vm }) {
  const { say } = useWords()
  const place = useRef<HTMLDivElement>(null)
  const leave = useRef<HTMLButtonElement>(null)
  const screen = useRef<RFB>(undefined)
  const [line, setLine] = useState<Line>('connecting')
  const [error, setError] = useState<unknown>()
  const [attempt, setAttempt] = useState(0)
  const hasScreen = isAllowed('console', vm.state, vm.pid !== undefined) && vm.state !== 'starting'

  useEffect(() => {
    if (!hasScreen || place.current === null) return
    const target = place.current
    let isOver = false
    setLine('connecting')
    setError(undefined)
    const open = async (): Promise<void> => {
      const [{ default: Rfb }, address] = await Promise.all([import('@novnc/novnc'), ticketAddress(vm.id, 'screen')])
      if (isOver) return
      const rfb = new Rfb(target, address)
      rfb.scaleViewport = true
      rfb.background = 'transparent'
      rfb.addEventListener('connect', () => {
        setLine('open')
        rfb.focus()
      })
      rfb.addEventListener('disconnect', () => {
        if (!isOver) setLine('ended')
      })
      screen.current = rfb
    }
    open().catch((problem: unknown) => {
      if (isOver) return
      setError(problem)
      setLine('ended')
    })
    // Before noVNC sees it: the machine gets every other key.
    const onKey = (event: KeyboardEvent): void => {
      if (!isLeaveKey(event)) return
      event.stopPropagation()
      event.preventDefault()
      leave.current?.focus()
    }
    target.addEventListener('keydown', onKey, true)
    return () => {
      isOver = true
      target.removeEventListener('keydown', onKey, true)
      screen.current?.disconnect()
      screen.current = undefined
    }
  }, [vm.id, hasScreen, attempt])

  if (!hasScreen) return <p>{say('screen.notRunning')}</p>
  return (
    <div className="console">
      <div className="console-tools">
        <Button ref={leave} disabled={line !== 'open'} onClick={() => screen.current?.sendCtrlAltDel()}>
          {say('screen.ctrlAltDel')}
        </Button>
        <Button disabled={line !== 'open'} onClick={() => void place.current?.requestFullscreen()}>
          {say('screen.fullScreen')}
        </Button>
        {line === 'ended' ? (
          <Button type="primary" onClick={() => setAttempt((before) => before + 1)}>
            {say('screen.connect')}
          </Button>
        ) : null}
        <span role="status">
          {line === 'connecting' ? say('screen.connecting') : line === 'ended' ? say('screen.ended') : null}
        </span>
      </div>
      <p className="muted">{say('screen.leave')}</p>
      <ErrorText error={error} />
      <div
        className="console-place"
        ref={place}
        role="application"
        aria-label={say('screen.label', { name: vm.name })}
      />
    </div>
  )
}
