import { Alert } from 'antd'
import { tellError } from '../words/refusals.ts'
import { useWords } from '../words/words.ts'

/** Why something failed, in the reader's language; nothing where nothing failed. */
export function ErrorText({ error }: { readonly error: unknown }) {
  const { language } = useWords()
  if (error === undefined) return null
  const texts = tellError(error, language)
  return <Alert type="error" showIcon role="alert" title={texts.length === 1 ? texts[0] : <TextList texts={texts} />} />
}

export function TextList({ texts }: { readonly texts: readonly string[] }) {
  return (
    <ul className="texts">
      {texts.map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  )
}
