// Measures one peer and prints its figures as one line of JSON, like PeerChild.cs.
const timeLimitMs = 100;
const stopSamples = 5;

function median(values) {
  values.sort((a, b) => a - b);
  return values[Math.ceil(values.length / 2) - 1];
}

async function runFor(seconds, inFlight, call) {
  const start = performance.now();
  const end = start + seconds * 1000;
  let calls = 0;
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (performance.now() < end) {
      await call();
      calls++;
    }
  }));
  return calls * 1000 / (performance.now() - start);
}

async function medianUs(seconds, call) {
  const times = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const start = performance.now();
    await call();
    times.push(performance.now() - start);
  }
  return median(times) * 1000;
}

async function speed(peer, warmUp, round) {
  await runFor(warmUp, 1, peer.noop);
  const latency = await medianUs(round, peer.noop);
  await runFor(warmUp, 16, peer.noop);
  return {
    jobs_per_s_4: await runFor(round, 4, peer.noop),
    jobs_per_s_16: await runFor(round, 16, peer.noop),
    noop_p50_us: latency,
  };
}

// The median of several; null as soon as a loop runs on.
async function medianStop(peer) {
  const times = [];
  for (let sample = 0; sample < stopSamples; sample++) {
    const time = await peer.stopBusyLoop(timeLimitMs);
    if (time === null) return null;
    times.push(time);
  }
  return median(times);
}

async function allocate(peer, what) {
  try {
    await peer.allocate(what);
    return { completed: true, in_host: peer.inHost };
  } catch (error) {
    console.error(error);
    return { completed: false, in_host: peer.inHost };
  }
}

export async function measure(peer) {
  const [measurement, warmUp, round] = process.argv.slice(2);
  await peer.noop();
  const figures = measurement === 'speed' ? await speed(peer, Number(warmUp), Number(round))
    : measurement === 'stop' ? { stopped_ms: await medianStop(peer) }
    : await allocate(peer, measurement);
  console.log(JSON.stringify(figures));
}
