import '@xterm/xterm/css/xterm.css'
import type { Vm } from '@viv/api'
import { isAllowed } from '@viv/common'
import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import { Button } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useWords } from '../words/words.ts'
import { ErrorText } from './ErrorText.tsx'
import { isLeaveKey, ticketAddress } from './ticket.ts'

type Line = 'connecting' | 'open' | 'ended'

/** A terminal's own colours: the same in both themes, as guests expect it. */
const COLOURS = { background: '#141414', foreground: '#f0f0f0', cursor: '#f0f0f0' }

/** The machine's serial line in a terminal. Comes with this file when it is first shown. */
export function SerialLine({ vm }: { readonly vm: Vm }) {
  const { say } = useWords()
  const place = useRef<HTMLDivElement>(null)
  const leave = useRef<HTMLButtonElement>(null)
  const [line, setLine] = useState<Line>('connecting')
  const [error, setError] = useState<unknown>()
  const [attempt, setAttempt] = useState(0)
  const hasLine = isAllowed('console', vm.state, vm.pid !== undefined)
  const label = say('serial.label', { name: vm.name })

  useEffect(() => {
    if (!hasLine || place.current === null) return
    const terminal = new Terminal({ cursorBlink: true, screenReaderMode: true, fontSize: 14, theme: COLOURS })
    const fit = new FitAddon()
    terminal.loadAddon(fit)
    terminal.open(place.current)
    fit.fit()
    terminal.textarea?.setAttribute('aria-label', label)
    terminal.attachCustomKeyEventHandler((event) => {
      if (!isLeaveKey(event)) return true
      event.preventDefault()
      leave.current?.focus()
      return false
    })
    const resize = new ResizeObserver(() => fit.fit())
    resize.observe(place.current)
    const end = connect(vm.id, terminal, setLine, setError)
    return () => {
      end()
      resize.disconnect()
      terminal.dispose()
    }
  }, [vm.id, hasLine, attempt, label])

  if (!hasLine) return <p>{say('serial.notRunning')}</p>
  return (
    <div className="console">
      <div className="console-tools">
        <Button
          ref={leave}
          type={line === 'ended' ? 'primary' : 'default'}
          disabled={line === 'connecting'}
          onClick={() => setAttempt((before) => before + 1)}
        >
          {say('screen.connect')}
        </Button>
        <span role="status">
          {line === 'connecting' ? say('serial.connecting') : line === 'ended' ? say('serial.ended') : null}
        </span>
      </div>
      <p className="muted">{say('serial.leave')}</p>
      <ErrorText error={error} />
      <section className="console-place console-serial" ref={place} aria-label={label} />
    </div>
  )
}

/** Joins the terminal with the line; returns what cuts it. */
function connect(
  vmId: string,
  terminal: Terminal,
  setLine: (line: Line) => void,
  setError: (error: unknown) => void,
): () => void {
  let isOver = false
  let socket: WebSocket | undefined
  setLine('connecting')
  setError(undefined)
  const open = async (): Promise<void> => {
    const address = await ticketAddress(vmId, 'serial')
    if (isOver) return
    socket = new WebSocket(address)
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('open', () => {
      setLine('open')
      terminal.focus()
    })
    socket.addEventListener('message', ({ data }) => terminal.write(new Uint8Array(data as ArrayBuffer)))
    socket.addEventListener('close', () => {
      if (!isOver) setLine('ended')
    })
  }
  open().catch((problem: unknown) => {
    if (isOver) return
    setError(problem)
    setLine('ended')
  })
  const encoder = new TextEncoder()
  const typed = terminal.onData((text) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(encoder.encode(text))
  })
  return () => {
    isOver = true
    typed.dispose()
    socket?.close()
  }
}
