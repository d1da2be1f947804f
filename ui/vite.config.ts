import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  // Tauri's window loads this address while developing (src-tauri/tauri.conf.json); another port would show nothing.
  server: {
    port: 5173,
    strictPort: true,
    // The words lie beside the other packages' words.
    fs: { allow: [".", "../messages"] },
  },
  build: {
    // The oldest web view that we support: WebKitGTK and Safari of macOS 13.
    target: ["safari16", "chrome111"],
    // The page's policy allows no data: scripts or styles; keep everything in files.
    assetsInlineLimit: 0,
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.ts"],
    setupFiles: ["src/test-setup.ts"],
    // axe over a whole screen takes seconds where other builds keep the machine busy; nothing here is about time.
    testTimeout: 30_000,
  },
});
