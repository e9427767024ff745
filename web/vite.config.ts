import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The server that `vite` asks for data while one works on the application: `headrace serve`. */
const SERVER = "http://127.0.0.1:8470";

// biome-ignore lint/style/noDefaultExport: vite reads the default export.
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [react()],
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    target: "es2023",
    // The policy of the server allows scripts and styles of files alone, and no data: address for either.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 400,
  },
  server: {
    proxy: { "/api": { target: SERVER, changeOrigin: true }, "/log-in/": { target: SERVER, changeOrigin: true } },
  },
});
