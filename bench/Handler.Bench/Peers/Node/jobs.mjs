// The jobs of the peers on Node.js.
const allocatedBytes = 2 ** 30;
const objectBytes = 8 * 1024;

export function noop() {
  return 0;
}

// Writes the time into shared memory, if there is any, so that the caller sees how long it ran.
export function spin(shared) {
  const time = shared ? new Float64Array(shared) : [0];
  for (;;) time[0] = performance.timeOrigin + performance.now();
}

export function pid() {
  return process.pid;
}

export function allocate(what) {
  if (what === 'buffer') return Buffer.alloc(allocatedBytes, 1).length;
  const objects = [];
  while (objects.length < allocatedBytes / objectBytes) objects.push(new Array(objectBytes / 8).fill(objects.length));
  return objects.length;
}
