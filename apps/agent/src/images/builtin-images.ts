import { type AppError, refuse } from '@viv/common'
import type { OpOutputs } from '../domain/contract.ts'
import type { Volumes } from '../storage/volumes.ts'
import { microCached } from './micro/cache.ts'
import { MicroBuildError } from './micro/errors.ts'

interface BuildContext {
  readonly signal: AbortSignal
  progress(fraction: number, note: string): void
}

/** Makes the built-in images into volumes. Who asks for one that is being made waits for the same making. */
export class BuiltinImages {
  readonly #cacheFolder: string
  readonly #volumes: Volumes
  readonly #making = new Map<string, Promise<OpOutputs['imageBuild']>>()

  constructor(cacheFolder: string, volumes: Volumes) {
    this.#cacheFolder = cacheFolder
    this.#volumes = volumes
  }

  build(volumeId: string, name: string, context: BuildContext): Promise<OpOutputs['imageBuild']> {
    const known = this.#making.get(volumeId)
    if (known !== undefined) return known
    const making = this.#make(volumeId, name, context).finally(() => this.#making.delete(volumeId))
    this.#making.set(volumeId, making)
    return making
  }

  async #make(volumeId: string, name: string, { signal, progress }: BuildContext): Promise<OpOutputs['imageBuild']> {
    try {
      const { file, versions, virtualSizeBytes } = await microCached(this.#cacheFolder, {
        signal,
        onProgress: progress,
      })
      const { sizeBytes } = await this.#volumes.adoptImage({ volumeId, file, format: 'qcow2', virtualSizeBytes })
      return { sizeBytes, virtualSizeBytes, versions }
    } catch (error) {
      throw asRefusal(name, error)
    }
  }
}

function asRefusal(name: string, error: unknown): AppError | unknown {
  if (!(error instanceof MicroBuildError)) return error
  return refuse('image_build_failed', { name, problem: error.message }, { cause: error })
}
