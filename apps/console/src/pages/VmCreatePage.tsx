import { VmCreateForm } from '../forms/vm-create.tsx'
import { Page } from '../ui/Page.tsx'
import { usePlace } from '../util/router.ts'
import { useWords } from '../words/words.ts'

export function VmCreatePage() {
  const { say } = useWords()
  const { query } = usePlace()
  const [imageId, cd] = [query.get('image') ?? undefined, query.get('cd') ?? undefined]
  return (
    <Page title={say('form.vm.title')} appName={say('app.name')}>
      <VmCreateForm {...(imageId === undefined ? {} : { imageId })} {...(cd === undefined ? {} : { cd })} />
    </Page>
  )
}
