import type { Image } from '@viv/api'
import { Button } from 'antd'
import { imageList } from '../api/lists.ts'
import { useList } from '../api/use-list.ts'
import { useChange } from '../components/change.tsx'
import { ErrorText } from '../components/ErrorText.tsx'
import { ListTools } from '../components/ListTools.tsx'
import { ImageStateMark } from '../components/states.tsx'
import { ImageUpload } from '../forms/image-upload.tsx'
import { Link } from '../ui/Link.tsx'
import { Page } from '../ui/Page.tsx'
import { type Column, VirtualTable } from '../ui/VirtualTable.tsx'
import { paths } from '../util/paths.ts'
import { bytes, moment } from '../util/quantities.ts'
import { useQuestion } from '../util/use-question.ts'
import { useWords } from '../words/words.ts'

type ImageSort = NonNullable<Parameters<typeof imageList>[0]['sort']>

export function ImagesPage() {
  const { say } = useWords()
  const { query, search, ask, onSearch } = useQuestion()
  const sort = (query.get('sort') ?? 'name') as ImageSort
  const list = useList(imageList({ sort, ...(search === '' ? {} : { search }) }))
  return (
    <Page title={say('page.images')} appName={say('app.name')} actions={<ImageUpload />}>
      <ListTools search={search} onSearch={onSearch} list={list} />
      <ErrorText error={list.error} />
      <VirtualTable
        label={say('page.images')}
        columns={useColumns()}
        total={list.total}
        row={list.row}
        keyOf={(image) => image.id}
        onView={list.want}
        sort={sort}
        onSort={(chosen) => ask({ sort: chosen })}
        empty={say(search === '' ? 'list.empty' : 'list.emptyFiltered')}
      />
    </Page>
  )
}

function useColumns(): Column<Image>[] {
  const { say, language } = useWords()
  const none = say('app.none')
  const size = (count: number | undefined): string => (count === undefined ? none : bytes(count))
  return [
    {
      key: 'name',
      title: say('image.name'),
      width: 'minmax(150px, 2fr)',
      sort: 'name',
      render: (image) => (
        <>
          {image.name}
          {image.builtin === undefined ? null : <span className="muted"> {say('image.builtin')}</span>}
        </>
      ),
    },
    { key: 'kind', title: say('image.kind'), width: '70px', render: (image) => say(`image.kind.${image.kind}`) },
    { key: 'format', title: say('image.format'), width: '70px', render: (image) => image.format },
    {
      key: 'state',
      title: say('image.state'),
      width: 'minmax(110px, 1fr)',
      render: (image) => <ImageStateMark image={image} />,
    },
    {
      key: 'size',
      title: say('image.size'),
      width: '90px',
      sort: 'sizeBytes',
      render: (image) => size(image.sizeBytes),
    },
    { key: 'disk', title: say('image.virtualSize'), width: '90px', render: (image) => size(image.virtualSizeBytes) },
    {
      key: 'created',
      title: say('image.created'),
      width: 'minmax(170px, 1fr)',
      sort: 'createdAt',
      render: (image) => moment(image.createdAt, language, 'minute'),
    },
    { key: 'actions', title: say('list.actions'), width: '200px', render: (image) => <ImageActions image={image} /> },
  ]
}

function ImageActions({ image }: { readonly image: Image }) {
  const { say } = useWords()
  const change = useChange()
  const { id: imageId, name, state } = image
  const build = (): void =>
    change({
      operation: 'imageBuild',
      input: { params: { imageId } },
      title: say('image.buildTitle', { name }),
      verb: say('image.build'),
      ask: 'ifNeeded',
    })
  const remove = (): void =>
    change({
      operation: 'imageDelete',
      input: { params: { imageId } },
      title: say('image.deleteTitle', { name }),
      verb: say('image.delete'),
      ask: 'always',
      isDangerous: true,
    })
  return (
    <span className="row-actions">
      {image.kind === 'disk' && (state === 'ready' || state === 'available') ? (
        <Link to={`${paths.vmCreate}?image=${imageId}`}>{say('vm.create')}</Link>
      ) : null}
      {image.kind === 'iso' && state === 'ready' ? (
        <Link to={`${paths.vmCreate}?cd=${imageId}`}>{say('vm.create')}</Link>
      ) : null}
      {state === 'available' ? (
        <Button size="small" onClick={build}>
          {say('image.build')}
        </Button>
      ) : null}
      {state === 'ready' ? (
        <Button size="small" danger onClick={remove}>
          {say('image.delete')}
        </Button>
      ) : null}
    </span>
  )
}
