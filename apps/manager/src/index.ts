export { CONSOLE_FOLDER } from './config.ts'
export { type Manager, type ManagerHooks, startManager } from './manager.ts'
