import { Button, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useWords } from '../words/words.ts'

export interface LongTextProps {
  readonly title: string
  readonly text: string
  /** What is shown of it when it is opened; the text itself if nothing is said. */
  readonly children?: ReactNode
}

/** The first words in a row, all of them at a press: also for somebody without a mouse to point with. */
export function LongText({ title, text, children }: LongTextProps) {
  const { say } = useWords()
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button type="button" className="link" onClick={() => setOpen(true)}>
        {text}
      </button>
      <Modal
        open={isOpen}
        title={title}
        onCancel={() => setOpen(false)}
        footer={<Button onClick={() => setOpen(false)}>{say('app.close')}</Button>}
        destroyOnHidden
      >
        {children ?? text}
      </Modal>
    </>
  )
}
