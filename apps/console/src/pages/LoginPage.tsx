import { LoginForm } from '../forms/login.tsx'
import { Page } from '../ui/Page.tsx'
import { useWords } from '../words/words.ts'

export function LoginPage({ hasEnded }: { readonly hasEnded: boolean }) {
  const { say } = useWords()
  return (
    <main className="login" id="main" tabIndex={-1}>
      <Page title={say('login.title')} appName={say('app.name')}>
        {hasEnded ? <p role="status">{say('login.ended')}</p> : null}
        <LoginForm />
        <p className="muted login-hint">{say('login.hint')}</p>
      </Page>
    </main>
  )
}
