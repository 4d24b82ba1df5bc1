// workerpool with processes. The memory limit is that of a worker's heap; buffers are outside of it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import workerpool from 'workerpool';
import { measure } from './measure.mjs';

const patienceMs = 5000;
const start = workers => workerpool.pool(fileURLToPath(new URL('./workerpool-worker.mjs', import.meta.url)), {
  workerType: 'process',
  minWorkers: workers,
  maxWorkers: workers,
  workerTerminateTimeout: 1, // The default gives a busy loop two more seconds.
  forkOpts: { execArgv: ['--max-old-space-size=100'] },
});
const pool = start(4);

function hasEnded(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return 'ZX'.includes(stat[stat.lastIndexOf(')') + 2]);
  } catch {
    return true;
  }
}

await measure({
  inHost: false,
  noop: () => pool.exec('noop'),
  allocate: what => pool.exec('allocate', [what]),
  async stopBusyLoop(limitMs) {
    const one = start(1);
    const pid = await one.exec('pid');
    const begin = performance.now();
    one.exec('spin').timeout(limitMs).catch(() => {});
    while (performance.now() - begin < limitMs + patienceMs) {
      if (hasEnded(pid)) {
        const stopped = performance.now() - begin;
        await one.terminate(true);
        return stopped;
      }

      await new Promise(resolve => setTimeout(resolve, 1));
    }
    return null;
  },
});
