import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

// The built pages go into the Python package, which serves them and carries them in its wheel.
export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: '../src/armillary/web/static',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // the server's content policy takes nothing that is written into a page
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600, // three, which only the page Space loads
    rolldownOptions: { checks: { pluginTimings: false } }, // a build that is well says nothing
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8420' } },
})
