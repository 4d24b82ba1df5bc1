import workerpool from 'workerpool';
import { allocate, noop, pid, spin } from './jobs.mjs';

workerpool.worker({ allocate, noop, pid, spin });
