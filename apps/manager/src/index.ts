export { type Manager, type ManagerHooks, startManager } from './manager.ts'
