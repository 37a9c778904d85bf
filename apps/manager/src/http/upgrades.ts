import type { UpgradeService } from '../services/upgrades.ts'
import type { Answers, Handlers } from './handler.ts'

export const upgradeHandlers = (
  upgrades: UpgradeService,
  { done }: Answers,
): Pick<Handlers, 'upgradeGet' | 'upgradeFinish'> => ({
  upgradeGet: () => upgrades.get(),
  upgradeFinish: ({ query }) => done(query, () => upgrades.finish()),
})
