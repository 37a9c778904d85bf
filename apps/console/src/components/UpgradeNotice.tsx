import type { Upgrade } from '@viv/api'
import { Alert, Button } from 'antd'
import { useCallback, useEffect, useState } from 'react'
import { client } from '../api/wire.ts'
import { useWords } from '../words/words.ts'
import { useChange } from './change.tsx'

/** While documents are rewritten. */
const LOOK_AGAIN_MS = 1_000

/** That an upgrade is not finished, and its end. */
export function UpgradeNotice() {
  const { say } = useWords()
  const change = useChange()
  const [upgrade, setUpgrade] = useState<Upgrade>()
  const look = useCallback(() => {
    // The manager is not there: the page says so already.
    client.upgradeGet().then(setUpgrade, () => undefined)
  }, [])
  useEffect(look, [look])
  useEffect(() => {
    if (upgrade?.state !== 'finishing') return
    const timer = setTimeout(look, LOOK_AGAIN_MS)
    return () => clearTimeout(timer)
  }, [upgrade, look])
  if (upgrade === undefined || upgrade.state === 'finished') return null
  const { version, state, left } = upgrade
  if (state === 'finishing') return <Alert type="info" showIcon title={say('upgrade.finishing', { version, left })} />
  const finish = (): void =>
    change({
      operation: 'upgradeFinish',
      input: {},
      title: say('upgrade.finishTitle', { version }),
      verb: say('upgrade.finish'),
      ask: 'always',
      isDangerous: true,
      onDone: look,
    })
  const button = (
    <Button size="small" onClick={finish}>
      {say('upgrade.finish')}
    </Button>
  )
  return <Alert type="info" showIcon title={say('upgrade.unfinished', { version })} action={button} />
}
