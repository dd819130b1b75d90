import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/long/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: end-to-end files each run an Envoy, and more of them at once only slow each other down.
    maxWorkers: 2,
  },
});
