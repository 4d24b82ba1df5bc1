// piscina: a pool of threads. The memory limit is that of a worker's heap; buffers are outside of it.
import { Piscina } from 'piscina';
import { measure } from './measure.mjs';

const waitMs = 500;
const pool = new Piscina({
  filename: new URL('./jobs.mjs', import.meta.url).href,
  minThreads: 4,
  maxThreads: 4,
  resourceLimits: { maxOldGenerationSizeMb: 100 },
});
const now = () => performance.timeOrigin + performance.now();

await measure({
  inHost: true,
  noop: () => pool.run(undefined, { name: 'noop' }),
  allocate: what => pool.run(what, { name: 'allocate' }),
  async stopBusyLoop(limitMs) {
    const shared = new SharedArrayBuffer(8);
    const start = now();
    await pool.run(shared, { name: 'spin', signal: AbortSignal.timeout(limitMs) }).catch(() => {});
    await new Promise(resolve => setTimeout(resolve, waitMs));
    const last = new Float64Array(shared)[0];
    return now() - last < waitMs / 2 ? null : last - start;
  },
});
