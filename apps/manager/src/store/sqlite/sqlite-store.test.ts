import { storeConformance } from '../conformance/conformance.test-suite.ts'
import { openHarness } from './harness.test-suite.ts'

storeConformance('SQLite', openHarness)
