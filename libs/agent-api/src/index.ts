export * from './ops.ts'
export * from './paths.ts'
export * from './status.ts'
