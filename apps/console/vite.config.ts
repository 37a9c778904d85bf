import { defineConfig } from 'vite'

/** JSX and types are the bundler's own work: no plugin. */
export default defineConfig({
  root: import.meta.dirname,
  build: {
    target: 'es2022',
    // The policy of the page allows no `data:` script or font, and a hashed file is kept for a year.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
})
