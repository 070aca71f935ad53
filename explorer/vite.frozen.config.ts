import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

// The same pages as one classic script and one style sheet: a browser lets a page that was opened from a disk load no
// modules. `armillary explore --export` puts them beside the answers.
export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: '../src/armillary/web/static/frozen',
    emptyOutDir: true,
    target: 'es2022',
    cssCodeSplit: false,
    modulePreload: false,
    chunkSizeWarningLimit: 2000, // all pages and three
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: 'src/main.ts',
      // Vite's helper for chunks asks where it lies; here there are none.
      onwarn: (warning, warn) => warning.code !== 'EMPTY_IMPORT_META' && warn(warning),
      output: { format: 'iife', entryFileNames: 'armillary.js', assetFileNames: 'armillary[extname]' },
    },
  },
})
